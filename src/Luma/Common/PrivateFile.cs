using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace Luma;

/// <summary>
/// Files and folders that only their owner can read: prompts and links are nobody else's business. On Windows the folder sees to
/// it: the user's profile is the user's alone, and a folder made elsewhere gets such rights, which its files inherit.
/// </summary>
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
        if (OperatingSystem.IsWindows()) CreateWindowsFolder(path);
        else Directory.CreateDirectory(path, FileMode | UnixFileMode.UserExecute);
    }

    // One that is there keeps the rights that somebody has given it.
    [SupportedOSPlatform("windows")]
    private static void CreateWindowsFolder(string path)
    {
        if (Directory.Exists(path)) return;
        if (IsInProfile(path) || !TryCreateOwn(path)) Directory.CreateDirectory(path);
    }

    private static bool IsInProfile(string path)
    {
        string profile = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        return profile.Length > 0 && path.StartsWith(Path.TrimEndingDirectorySeparator(profile) + '\\', StringComparison.OrdinalIgnoreCase);
    }

    // As Windows makes a profile: for the user, the system and the administrators. FAT and some shares have no rights to set.
    [SupportedOSPlatform("windows")]
    private static bool TryCreateOwn(string path)
    {
        try
        {
            using var user = WindowsIdentity.GetCurrent();
            var rights = new DirectorySecurity();
            rights.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
            SecurityIdentifier?[] owners =
            [
                user.User,
                new SecurityIdentifier(WellKnownSidType.LocalSystemSid, null),
                new SecurityIdentifier(WellKnownSidType.BuiltinAdministratorsSid, null),
            ];
            foreach (SecurityIdentifier owner in owners.OfType<SecurityIdentifier>())
            {
                rights.AddAccessRule(new FileSystemAccessRule(
                    owner,
                    FileSystemRights.FullControl,
                    InheritanceFlags.ContainerInherit | InheritanceFlags.ObjectInherit,
                    PropagationFlags.None,
                    AccessControlType.Allow));
            }

            new DirectoryInfo(path).Create(rights);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException
            or InvalidOperationException or ArgumentException or IdentityNotMappedException)
        {
            return false; // Whatever is wrong with the path itself, making it without says.
        }
    }
}
