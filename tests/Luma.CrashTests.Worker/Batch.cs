using System.Collections.Concurrent;

namespace Luma.CrashTests.Worker;

/// <summary>
/// <c>Import-Csv | New-LumaVideo | Wait-LumaJob | Save-LumaVideo -SkipExisting</c> with the classes behind those cmdlets,
/// in the order and with the bounds the cmdlets have.
/// </summary>
internal sealed class Batch : IDisposable
{
    private static readonly FileNameTemplate _template = new(FileNameTemplate.Default);

    private readonly Plan _plan;
    private readonly LumaClient _client;
    private readonly Submitter _submitter;
    private readonly Journal _journal;
    private readonly VideoSaver _saver;
    private readonly JobWaiter _waiter;
    private readonly SemaphoreSlim _submitPlaces;
    private readonly SemaphoreSlim _savePlaces;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JobWaitResult>> _ends = new();
    private LumaException? _refusedForGood;
    private int _failures;

    public Batch(Plan plan, LumaConnection connection, Journal journal)
    {
        _plan = plan;
        _journal = journal;
        _client = new LumaClient(connection, null, journal);
        _submitter = new Submitter(_client, journal);
        _saver = new VideoSaver(_client);
        _submitPlaces = new SemaphoreSlim(plan.ThrottleLimit);
        _savePlaces = new SemaphoreSlim(plan.ThrottleLimit);

        // The cmdlet asks once a second at most, and jobs take minutes; here they take a fraction of a second.
        var options = new JobWaiterOptions { PollingInterval = TimeSpan.FromMilliseconds(60), RequestsPerSecond = 200 };
        _waiter = new JobWaiter(options, end => _ends[end.Job.JobId!].SetResult(end));
    }

    /// <summary>Does what the plan says.</summary>
    /// <returns>How many of the jobs are not where they should be.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        await SettleAsync(stop);
        var running = new List<Task>();
        foreach (PlanItem item in _plan.Items)
        {
            await _submitPlaces.WaitAsync(stop);
            running.Add(Task.Run(() => RunAsync(item, stop), stop));
        }

        await Task.WhenAll(running);
        return _failures;
    }

    public void Dispose()
    {
        _waiter.Dispose();
        _submitPlaces.Dispose();
        _savePlaces.Dispose();
    }

    private async Task SettleAsync(CancellationToken stop)
    {
        foreach (string id in _plan.Remove) await _journal.RemoveAsync(id);
        foreach ((string name, string jobId) in _plan.Adopt)
        {
            LumaJob job = await _client.FetchAsync(new LumaJob { JobId = jobId }, cancellationToken: stop);
            await _submitter.AdoptAsync(job, name, stop);
        }
    }

    private async Task RunAsync(PlanItem item, CancellationToken stop)
    {
        try
        {
            LumaJob job = await SubmitAsync(item, stop);
            if (_plan.Folder is not { } folder) return;
            job = await WaitAsync(job);
            new Report(Report.Ended, item.Name, job.JobId, job.Status).Write();
            if (job.Status == LumaJobStatus.Failed)
            {
                throw new LumaException(LumaErrorId.LumaJobFailed, $"Job {job.JobId} ended without a video: {job.Message}");
            }

            await SaveAsync(job, Path.Combine(folder, _template.NameFor(job)), stop);
        }
        catch (LumaException exception)
        {
            Interlocked.Increment(ref _failures);
            new Report(Report.Failed, item.Name, exception.JobId, exception.Message, exception.ErrorId.ToString()).Write();
        }
    }

    private async Task<LumaJob> SubmitAsync(PlanItem item, CancellationToken stop)
    {
        try
        {
            if (_refusedForGood is { } refused)
            {
                throw new LumaException(
                    refused.ErrorId, $"It was not sent, after an earlier one was refused permanently: {refused.Message}");
            }

            SubmitResult submitted =
                await _submitter.SubmitAsync(new GenerationRequest { Name = item.Name, Prompt = item.Prompt }, cancellationToken: stop);
            new Report(Report.Submitted, item.Name, submitted.Job.JobId).Write();
            return submitted.Problem is { } problem ? throw problem : submitted.Job;
        }
        catch (LumaException exception)
        {
            if (exception.IsPermanent) _refusedForGood ??= exception;
            throw;
        }
        finally
        {
            _submitPlaces.Release();
        }
    }

    private async Task<LumaJob> WaitAsync(LumaJob job)
    {
        var ended = new TaskCompletionSource<JobWaitResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ends[job.JobId!] = ended;
        _waiter.Add(job, _client);
        JobWaitResult end = await ended.Task;
        return end.Error is { } error ? throw error : end.Job;
    }

    private async Task SaveAsync(LumaJob job, string target, CancellationToken stop)
    {
        await _savePlaces.WaitAsync(stop);
        try
        {
            FileInfo? saved = _saver.FindSaved(job, target);
            using SavingTurn turn = await SavingTurn.TakeAsync(saved is null ? _journal : null, job, stop);
            if (turn.SavedPath is not null) return;
            FileInfo file = saved ?? await _saver.SaveAsync(job, target, cancellationToken: stop);
            new Report(Report.Saved, job.Name, job.JobId, file.FullName).Write();
        }
        finally
        {
            _savePlaces.Release();
        }
    }
}
