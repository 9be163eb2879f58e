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
        try
        {
            int count = 0;
            FileOperations.WriteWhole(path, overwrite: true, isPrivate: true, write: file =>
            {
                var buffered = new BufferedStream(file, 1 << 16);
                count = Journal.OfUser().Export(buffered);
                buffered.Flush();
            });
            WriteVerbose($"{count} jobs were exported.");
            WriteObject(new FileInfo(path));
        }
        catch (LumaException exception)
        {
            WriteError(exception.ToErrorRecord(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var failure = new LumaException(LumaErrorId.LumaJournalError,
                $"The journal could not be exported to '{path}': {ErrorText.Reason(exception)} The journal is unchanged.", exception)
            {
                RecommendedAction = "Choose a -Path in a folder that exists and can be written to.",
            };
            WriteError(failure.ToErrorRecord(path));
        }
    }
}
