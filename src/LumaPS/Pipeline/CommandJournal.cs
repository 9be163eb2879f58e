using System.Management.Automation;
using Luma;

namespace LumaPS.Pipeline;

/// <summary>The user's journal, as a cmdlet opens and reads it.</summary>
internal sealed class CommandJournal(PSCmdlet command)
{
    private static int _warnedOfCI;

    private Journal? _journal;
    private bool _warnedOfFault;

    /// <summary>The journal. The first look at it in a process warns where it would be lost with a CI machine.</summary>
    public Journal Journal => _journal ??= Open();

    /// <summary>
    /// A job as the journal has it, where it was given by its jobId alone. A journal that cannot be read keeps nobody from waiting or
    /// saving.
    /// </summary>
    public LumaJob Recorded(LumaJob job, LumaConnection connection)
    {
        try
        {
            return job.Id is null && Journal.Find(connection.Service, job.JobId!) is { } recorded
                ? recorded with { Connection = connection } : job;
        }
        catch (LumaException exception) when (exception.ErrorId == LumaErrorId.LumaJournalError)
        {
            if (!_warnedOfFault) command.WriteWarning(exception.Message);
            _warnedOfFault = true;
            return job;
        }
    }

    private Journal Open()
    {
        bool isOnCI = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"));
        if (!Journal.IsChosen && isOnCI && Interlocked.Exchange(ref _warnedOfCI, 1) == 0)
        {
            command.WriteWarning(
                "The journal of billable jobs is in the user's folder, which on a CI machine ends with the run. Set LUMAPS_HOME " +
                "to a folder that is kept, to be able to resume after a failed run.");
        }

        return Journal.OfUser();
    }
}
