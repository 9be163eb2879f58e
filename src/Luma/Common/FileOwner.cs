using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Luma;

/// <summary>Whose file it is, for an error that says so: one run as root leaves files that the user cannot read.</summary>
internal static class FileOwner
{
    private const int WorkingFolder = -100;
    private const uint UserIdWanted = 0x8;
    private const int UserIdOffset = 20;
    private const int StatxSize = 256;

    /// <summary>The name of the owner of a file or folder, its number where it has no name; null where the system does not tell.</summary>
    public static string? Of(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        try
        {
            byte[] status = new byte[StatxSize];
            if (Statx(WorkingFolder, Encoding.UTF8.GetBytes(path + "\0"), 0, UserIdWanted, status) != 0) return null;
            string id = BitConverter.ToUInt32(status, UserIdOffset).ToString(CultureInfo.InvariantCulture);
            return NameOf(id) ?? id;
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            return null;
        }
    }

    private static string? NameOf(string id)
    {
        try
        {
            return File.ReadLines("/etc/passwd").Select(line => line.Split(':'))
                .FirstOrDefault(fields => fields.Length > 2 && fields[2] == id)?[0];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Its structure is the same on all processors, other than that of stat.
    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int folder, byte[] path, int flags, uint mask, [Out] byte[] status);
}
