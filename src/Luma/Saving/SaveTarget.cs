namespace Luma;

/// <summary>Looks whether a video can get its name, before it is downloaded.</summary>
internal static class SaveTarget
{
    private const string Devices = @"\\.\";
    private const int LongestNameOfWindows = 255; // UTF-16 code units, on NTFS, exFAT and ReFS; elsewhere the system says it.

    /// <summary>Tries a file's name, and whether a file of that name can be replaced.</summary>
    /// <exception cref="IOException">When the file can never have that name, or somebody has it open.</exception>
    /// <exception cref="ArgumentException">When the path is none.</exception>
    public static void Check(string target, bool overwrite)
    {
        if (OperatingSystem.IsWindows())
        {
            CheckDevice(target);
            CheckName(Path.GetFileName(target));
        }

        try
        {
            if (File.GetAttributes(target).HasFlag(FileAttributes.Directory)) throw new IOException("There is a folder of that name.");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return; // The usual case; of what may not be looked at, saving tells.
        }

        // To its own name: it needs what replacing it needs, and changes nothing. Only Windows keeps an open file from it.
        if (overwrite && OperatingSystem.IsWindows()) FileOperations.Move(target, target);
    }

    // What Windows before 11 makes of C:\videos\nul.mp4 is \\.\nul.
    private static void CheckDevice(string target)
    {
        if (!target.StartsWith(Devices, StringComparison.Ordinal)) return;
        string name = target[Devices.Length..].Split('\\', '/')[0];
        if (FileNameTemplate.IsDevice(name)) throw new IOException($"Windows keeps the name {name} for a device.");
    }

    private static void CheckName(string name)
    {
        // In others than the last of a path Directory.CreateDirectory finds them, which comes before the download.
        if (name.IndexOfAny(Path.GetInvalidFileNameChars()) >= 0)
        {
            throw new IOException("Windows allows none of < > : \" | ? * and no control character in a file's name.");
        }

        if (name.Length > LongestNameOfWindows)
        {
            throw new PathTooLongException($"A file's name has {LongestNameOfWindows} characters at most, and this one has {name.Length}.");
        }
    }
}
