namespace Luma;

/// <summary>Files and folders that only their owner can read: prompts and links are nobody else's business. On Windows the user's own folder sees to it.</summary>
internal static class PrivateFile
{
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode is not System.IO.FileMode.Open) options.UnixCreateMode = FileMode;
        return new FileStream(path, options);
    }

    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, FileMode | UnixFileMode.UserExecute);
    }
}
