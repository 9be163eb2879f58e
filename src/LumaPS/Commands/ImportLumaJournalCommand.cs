using System.Management.Automation;
using Luma;
using LumaPS.Pipeline;

namespace LumaPS.Commands;

/// <summary>Takes the jobs of an exported journal into the journal of this user. Doing it twice does no harm.</summary>
[Cmdlet(VerbsData.Import, "LumaJournal", SupportsShouldProcess = true, HelpUri = HelpPages.Address + "Import-LumaJournal.md")]
public sealed class ImportLumaJournalCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>The files, as Export-LumaJournal writes them; a segment of a journal will do, too.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string given in Path)
        {
            string path = SessionState.Path.GetUnresolvedProviderPathFromPSPath(given);
            if (ShouldProcess(path, "Import into the journal")) Import(path);
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    private void Import(string path)
    {
        try
        {
            using FileStream file = PrivateFile.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            JournalImport import = Journal.OfUser().ImportAsync(file, _stopping.Token).GetAwaiter().GetResult();
            if (import.Skipped > 0)
            {
                WriteWarning($"{import.Skipped} lines of '{path}' could not be read and were skipped: truncated, unrecognized, or of a " +
                    "newer version.");
            }

            WriteVerbose($"'{path}': {import.Imported} jobs were imported, {import.Known} were in the journal already.");
            foreach ((JournalRecord record, JournalRecord other) in import.Conflicts)
            {
                WriteError(Conflict(record, other).ToErrorRecord(record.Name));
            }
        }
        catch (LumaException exception)
        {
            WriteError(exception.ToErrorRecord(path));
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var failure = new LumaException(LumaErrorId.LumaJournalError,
                $"The file '{path}' could not be read: {ErrorText.Reason(exception)} Nothing was imported from it.", exception)
            {
                RecommendedAction = "Specify the -Path of a file that Export-LumaJournal has written.",
            };
            WriteError(failure.ToErrorRecord(path));
        }
    }

    private static LumaException Conflict(JournalRecord record, JournalRecord other) =>
        new(LumaErrorId.LumaNameConflict,
            $"The name '{record.Name}' belongs to two jobs: {other.JobId ?? other.Id} in this journal and {record.JobId ?? record.Id} " +
            "in the file. The one of the file was imported without its name; nothing was sent and nothing is lost.")
        {
            JobId = record.JobId,
            RecommendedAction = $"To give the name to the job of the file: Remove-LumaJob -Id {other.Id}, and import again.",
        };
}
