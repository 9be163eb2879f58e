using System.Management.Automation;
using Luma;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Writes all jobs of the journal to a file of JSON Lines, to keep it or to take it to another journal.</summary>
[Cmdlet(VerbsData.Export, "LumaJournal", SupportsShouldProcess = true, HelpUri = HelpPages.Address + "Export-LumaJournal.md")]
[OutputType(typeof(FileInfo))]
public sealed class ExportLumaJournalCommand : PSCmdlet
{
    /// <summary>The file. One that exists is replaced.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string path = SessionState.Path.GetUnresolvedProviderPathFromPSPath(Path);
        if (!ShouldProcess(path, "Export the journal")) return;
        string unfinished = path + ".tmp";
        try
        {
            // Under its name only when it is complete.
            int count;
            using (FileStream file = PrivateFile.Open(unfinished, FileMode.Create, FileAccess.Write, FileShare.None))
            using (var buffered = new BufferedStream(file, 1 << 16))
            {
                count = Journal.OfUser().Export(buffered);
                buffered.Flush();
                file.Flush(flushToDisk: true);
            }

            FileOperations.Move(unfinished, path, overwrite: true);
            WriteVerbose($"{count} jobs were exported.");
            WriteObject(new FileInfo(path));
        }
        catch (LumaException exception)
        {
            FileOperations.TryDelete(unfinished);
            WriteError(exception.ToErrorRecord(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            FileOperations.TryDelete(unfinished);
            var failure = new LumaException(LumaErrorId.LumaJournalError,
                $"The journal could not be exported to '{path}': {ErrorText.Reason(exception)} The journal is unchanged.", exception)
            {
                RecommendedAction = "Give a -Path in a folder that exists and can be written to.",
            };
            WriteError(failure.ToErrorRecord(path));
        }
    }
}
