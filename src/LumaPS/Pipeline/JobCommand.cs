using System.Management.Automation;
using Luma;
using LumaPS.Binding;
using LumaPS.Connections;

namespace LumaPS.Pipeline;

/// <summary>The base of the cmdlets that take jobs. An input that cannot be used is that input's error, and the rest continues.</summary>
public abstract class JobCommand : LumaCommand
{
    /// <summary>The jobs of the current input: LumaJobs, jobIds, or anything with a JobId.</summary>
    private protected abstract IReadOnlyList<PSObject?> Inputs { get; }

    /// <summary>The parameter that takes them.</summary>
    private protected virtual string InputParameter => "Job";

    private protected sealed override object? PipedObject => MyInvocation.ExpectingInput && Inputs is [{ } piped] ? piped.BaseObject : null;

    /// <summary>Takes one of them.</summary>
    /// <exception cref="LumaException">When it cannot be used.</exception>
    private protected abstract void Take(PSObject? input);

    private protected override void Accept()
    {
        foreach (PSObject? input in Inputs)
        {
            try
            {
                Take(input);
            }
            catch (LumaException exception)
            {
                WriteFailure(exception, input?.BaseObject);
            }
        }
    }

    /// <summary>The job an input means, as the journal has it, and the connection to handle it over.</summary>
    /// <exception cref="LumaException">When it means none, or there is no connection to its service.</exception>
    private protected (LumaJob Job, LumaConnection Connection) Read(PSObject? input) => Connected(JobOf(input));

    /// <summary>The job an input means. A jobId may be typed short where the journal knows the complete one.</summary>
    /// <exception cref="LumaException">When it means none, or more than one.</exception>
    private protected LumaJob JobOf(PSObject? input)
    {
        if (input?.BaseObject is string text) CheckNotKey(InputParameter, text); // Before any error shows it.
        LumaJob job = JobInput.Read(Whole(input), InputParameter);
        CheckNotKey(InputParameter, job.JobId);
        return job;
    }

    /// <summary>An input whose jobId, where a short one was typed, is complete.</summary>
    /// <exception cref="LumaException">When it means none, or more than one.</exception>
    private protected PSObject? Whole(PSObject? input) => ShortJobId.Complete(input, () => Journal, ServiceInUse.Of(Connection));

    /// <summary>A job as the journal has it, and the connection to handle it over.</summary>
    private protected (LumaJob Job, LumaConnection Connection) Connected(LumaJob job)
    {
        LumaConnection connection = ConnectionOf.Job(job, Connection);
        return (Recorded(job, connection), connection);
    }

    /// <summary>Inputs of a parameter that takes jobs, or of one that takes jobIds.</summary>
    private protected static IReadOnlyList<PSObject?> InputsOf(PSObject?[]? jobs, string[]? jobIds) =>
        jobs ?? jobIds?.Select(id => new PSObject(id)).ToArray() ?? [];
}
