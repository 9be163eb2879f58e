namespace Luma.Tests;

/// <summary>What others do with a file for a moment, and what stays.</summary>
public sealed class FileOperationsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void File_operation_is_retried_until_the_file_is_free()
    {
        int tries = 0;
        int result = FileOperations.Retry(
            () => ++tries < 3 ? throw new IOException("in use") : tries, exception => exception is IOException, new ManualTimeProvider());
        Assert.Equal(3, result);
    }

    [Fact]
    public void An_operation_is_given_up_after_two_seconds()
    {
        var time = new ManualTimeProvider();
        int tries = 0;
        var failure = Assert.Throws<IOException>(() => FileOperations.Retry<int>(
            () =>
            {
                tries++;
                time.Advance(TimeSpan.FromSeconds(0.5));
                throw new IOException("in use");
            },
            exception => exception is IOException,
            time));
        Assert.Equal(("in use", 4), (failure.Message, tries));
    }

    [Fact]
    public void What_does_not_pass_is_not_tried_again()
    {
        int tries = 0;
        Assert.Throws<FileNotFoundException>(() => FileOperations.Retry<int>(() =>
        {
            tries++;
            throw new FileNotFoundException();
        }));
        Assert.Equal(1, tries);
    }

    [WindowsFact]
    public async Task File_operation_waits_for_a_virus_scanner()
    {
        string path = _folder["a"];
        await File.WriteAllTextAsync(path, "1");
        Action[] operations =
        [
            () => FileOperations.Write(path, "2"),
            () => FileOperations.Move(path, path = _folder["b"]),
            () => FileOperations.Delete(path),
        ];
        foreach (Action operation in operations)
        {
            Task done;
            await using (new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read))
            {
                done = Task.Run(operation);
                Assert.NotSame(done, await Task.WhenAny(done, Task.Delay(60)));
            }

            await done;
            if (File.Exists(path)) Assert.Equal("2", await File.ReadAllTextAsync(path));
        }

        Assert.Empty(_folder.Files);
    }

    [WindowsFact]
    public async Task A_target_that_is_open_for_a_moment_or_read_only_is_replaced()
    {
        await File.WriteAllTextAsync(_folder["new"], "new");
        await File.WriteAllTextAsync(_folder["old"], "old");
        File.SetAttributes(_folder["old"], FileAttributes.ReadOnly);
        Task done;
        await using (new FileStream(_folder["old"], FileMode.Open, FileAccess.Read, FileShare.Read))
        {
            done = Task.Run(() => FileOperations.Move(_folder["new"], _folder["old"], overwrite: true));
            Assert.NotSame(done, await Task.WhenAny(done, Task.Delay(60)));
        }

        await done;
        Assert.Equal("new", await File.ReadAllTextAsync(_folder["old"]));
        Assert.Equal(["old"], _folder.Files);
    }

    [WindowsFact]
    public async Task Name_of_a_file_that_a_reader_has_open_is_free_immediately()
    {
        await File.WriteAllTextAsync(_folder["a"], "old");
        await using (FileStream reader = new(_folder["a"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            Assert.True(FileOperations.TryRemove(_folder["a"], _folder["aside"]));
            await File.WriteAllTextAsync(_folder["a"], "new");
            Assert.Equal(3, reader.Length);
        }

        Assert.Equal(["a"], _folder.Files);
        Assert.Equal("new", await File.ReadAllTextAsync(_folder["a"]));
        Assert.True(FileOperations.TryRemove(_folder["b"], _folder["aside"]));
        await using (new FileStream(_folder["a"], FileMode.Open, FileAccess.Read, FileShare.Read))
        {
            Assert.False(FileOperations.TryRemove(_folder["a"], _folder["aside"]));
        }
    }

    [WindowsFact]
    public async Task What_stays_open_fails_and_nothing_is_lost()
    {
        await File.WriteAllTextAsync(_folder["new"], "new");
        await File.WriteAllTextAsync(_folder["old"], "old");
        await using (new FileStream(_folder["old"], FileMode.Open, FileAccess.Read, FileShare.Read))
        {
            Exception failure = Assert.ThrowsAny<Exception>(() => FileOperations.Move(_folder["new"], _folder["old"], overwrite: true));
            Assert.True(FileOperations.IsInUse(failure));
            Assert.Contains("player", FileOperations.WhatToDo(failure), StringComparison.Ordinal);
            Assert.False(FileOperations.TryDelete(_folder["old"]));
        }

        Assert.Equal("old", await File.ReadAllTextAsync(_folder["old"]));
        Assert.Equal("new", await File.ReadAllTextAsync(_folder["new"]));
    }

    public void Dispose() => _folder.Dispose();
}
