namespace Luma;

/// <summary>
/// Which folder the user's journal is under. It is the same one wherever the process was started: two journals would submit the same job
/// twice.
/// </summary>
internal static class JournalHome
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "LUMAPS_HOME";

    /// <summary>Whether the environment names a folder.</summary>
    public static bool IsChosen => !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(Variable));

    /// <summary>The folder: <c>$env:LUMAPS_HOME</c>, else <c>LumaPS</c> in the user's local data folder.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/>: the path is not absolute.</exception>
    public static string Folder() => IsChosen
        ? Absolute(Environment.GetEnvironmentVariable(Variable)!)
        : OfUser(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify));

    /// <summary>The folder in the user's local data folder.</summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/>: that one is not absolute, since HOME is not.</exception>
    public static string OfUser(string dataFolder)
    {
        if (Path.IsPathFullyQualified(dataFolder)) return Path.Combine(dataFolder, "LumaPS");
        throw new LumaException(LumaErrorId.LumaJournalError,
            $"The user's local data folder is '{dataFolder}', which is not an absolute path. It would be a different folder wherever a " +
            "process starts, and a second journal would submit the same job twice. Nothing was sent.")
        {
            RecommendedAction = $"Set HOME to the absolute path of the home folder, or {Variable} to the folder of the journal.",
        };
    }

    /// <summary>
    /// A path as the environment has it. A leading <c>~</c> is the home folder: nothing else expands it in a unit file, a Dockerfile or the
    /// <c>env:</c> of a CI.
    /// </summary>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaJournalError"/>: the path is not absolute.</exception>
    public static string Absolute(string value)
    {
        string path = value.Trim();
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
            || (OperatingSystem.IsWindows() && path.StartsWith("~\\", StringComparison.Ordinal)))
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
            path = Path.Combine(home, path[1..].TrimStart('/', '\\'));
        }

        if (Path.IsPathFullyQualified(path)) return Path.GetFullPath(path);
        string what = path.Contains('$', StringComparison.Ordinal) || path.Contains('%', StringComparison.Ordinal)
            ? "The variable in it was not expanded"
            : path[0] is '\'' or '"' ? "The quotes are part of it"
            : "It would be a different folder wherever a process starts";
        throw new LumaException(LumaErrorId.LumaJournalError,
            $"The journal's folder is set by {Variable} to '{value}', which is not an absolute path. {what}, and a second journal " +
            "would submit the same job twice. Nothing was sent.")
        {
            RecommendedAction = $"Set {Variable} to an absolute path, e.g. " +
                $"{(OperatingSystem.IsWindows() ? @"C:\Users\me\lumaps" : "/home/me/.lumaps")} or ~/.lumaps",
        };
    }
}
