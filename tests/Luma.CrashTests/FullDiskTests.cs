using Luma.CrashTests.Worker;

namespace Luma.CrashTests;

/// <summary>A disk that fills up, which a process gets for itself.</summary>
public sealed class FullDiskTests
{
    private const string OnSmallDisk = """mount -t tmpfs -o size=200k none "$0" && { "$@"; code=$?; ls "$0" > "$0.left"; exit $code; }""";

    [MountFact]
    public async Task ADiskThatFillsUpLeavesNoFileUnderItsNameAndTheNextRunSavesIt()
    {
        await using var home = new Home();
        home.Sandbox.VideoBytes = 600_000;
        PlanItem[] items = [new PlanItem("one", "a red car")];
        var plan = new Plan { Items = items, Folder = home.Videos };
        using (WorkerProcess worker = WorkerProcess.Start(
            home.Path, home.Sandbox, plan, "unshare", "-rm", "sh", "-c", OnSmallDisk, home.Videos))
        {
            Assert.True(await worker.EndedAsync() == Program.NotWhole, await worker.DescribeAsync());
            Report failed = Assert.Single(worker.Reports, report => report.Event == Report.Failed);
            Assert.Equal(nameof(LumaErrorId.LumaDownloadFailed), failed.Error);
            Assert.Contains("could not be written", failed.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(
                await File.ReadAllLinesAsync(home.Videos + ".left"), name => name.EndsWith(".mp4", StringComparison.Ordinal));
        }

        using WorkerProcess again = WorkerProcess.Start(home.Path, home.Sandbox, plan);
        Assert.True(await again.EndedAsync() == Program.Whole, await again.DescribeAsync());
        home.CheckWhole(items);
        Assert.Equal(1, home.Sandbox.SubmitCount);
    }
}
