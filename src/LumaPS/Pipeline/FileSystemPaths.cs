using System.Management.Automation;
using Luma;
using Microsoft.PowerShell.Commands;

namespace LumaPS.Pipeline;

/// <summary>Files as the user names them, and as PowerShell shows them.</summary>
internal static class FileSystemPaths
{
    /// <summary>
    /// The full path of what a parameter names. It is taken literally: brackets and stars in it are letters. PowerShell's
    /// drives and its own current folder count.
    /// </summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaInvalidValue"/> for what is no path of a file system.</exception>
    public static string FullPath(this PSCmdlet cmdlet, string path, string parameter)
    {
        try
        {
            string full = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            if (provider.ImplementingType == typeof(FileSystemProvider)) return Path.GetFullPath(full);
            throw Check.Invalid(parameter, path, $"It is on a drive of {provider.Name}, which contains no files.");
        }
        catch (Exception exception) when (exception is ProviderNotFoundException or System.Management.Automation.DriveNotFoundException
            or ProviderInvocationException or NotSupportedException or ArgumentException)
        {
            throw Check.Invalid(parameter, path, $"{exception.Message.TrimEnd('.')}. Specify a folder or a file.");
        }
    }

    /// <summary>The files that a parameter names, with wildcards; a file whose name is just that is taken literally.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaInvalidValue"/> for a file that does not exist, and for a
    /// folder.</exception>
    public static IReadOnlyList<FileInfo> Files(this PSCmdlet cmdlet, string path, string parameter)
    {
        string full = cmdlet.FullPath(path, parameter);
        if (File.Exists(full)) return [new FileInfo(full)];
        if (Directory.Exists(full))
        {
            throw Check.Invalid(parameter, path, $"It is a folder. Specify its files, such as '{Path.Combine(path, "*.mp4")}'.");
        }

        if (!WildcardPattern.ContainsWildcardCharacters(path)) throw Check.Invalid(parameter, path, "There is no such file.");
        try
        {
            return [.. cmdlet.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out _).Where(File.Exists)
                .Select(file => new FileInfo(file))];
        }
        catch (Exception exception) when (exception is ItemNotFoundException or ProviderInvocationException)
        {
            return []; // As Get-Item has it: a pattern that matches nothing is no error.
        }
    }

    /// <summary>A file as Get-Item gives it, so that it looks as files do here.</summary>
    public static object AsItem(this PSCmdlet cmdlet, FileInfo file)
    {
        try
        {
            return cmdlet.InvokeProvider.Item.Get([file.FullName], force: true, literalPath: true) is [{ } item] ? item : file;
        }
        catch (Exception exception) when (exception is RuntimeException or ItemNotFoundException)
        {
            return file;
        }
    }
}
