using System.Globalization;

namespace Luma;

/// <summary>A budget for one call: what a job may cost is set aside before it is sent.</summary>
/// <param name="maximum">The budget, in quota.</param>
/// <param name="costs">What jobs have cost so far.</param>
/// <param name="paysUnknown">Whether jobs may be sent while nothing is known of any cost.</param>
internal sealed class QuotaBudget(decimal maximum, CostTable costs, bool paysUnknown)
{
    private readonly object _lock = new();
    private decimal _spent;
    private TaskCompletionSource? _pricing;

    /// <summary>
    /// Sets aside what a job may cost: the most that one like it has cost, or where there was none, the dearest of any kind.
    /// Where nothing was ever seen the first job goes ahead, and the others wait until it has told what it costs.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>What to do with the job afterwards.</returns>
    /// <exception cref="LumaException"><see cref="LumaErrorId.LumaBudgetExceeded"/>: it would pass the budget.</exception>
    public async Task<Share> ReserveAsync(LumaJob job, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task priced;
            lock (_lock)
            {
                if ((costs.Of(job)?.Most ?? costs.Dearest) is { } cost)
                {
                    if (cost > maximum - _spent) throw Exceeded(job, cost);
                    _spent += cost;
                    return new Share(this, cost, null);
                }

                if (paysUnknown) return new Share(this, 0, null);
                if (_pricing is null)
                {
                    _pricing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    return new Share(this, 0, _pricing);
                }

                priced = _pricing.Task;
            }

            await priced.WaitAsync(cancellationToken);
        }
    }

    private LumaException Exceeded(LumaJob job, decimal cost) => new(
        LumaErrorId.LumaBudgetExceeded,
        string.Create(CultureInfo.InvariantCulture,
            $"The request for {ErrorText.Prompt(job.Prompt)} was not sent, so it cost nothing: it may cost {cost} quota, and " +
            $"{maximum - _spent} of -MaximumQuota {maximum} is left."))
    {
        RecommendedAction = "Raise -MaximumQuota, or submit the rest another day. Measure-LumaRequest estimates it.",
    };

    /// <summary>What was set aside for one job.</summary>
    internal sealed class Share(QuotaBudget budget, decimal cost, TaskCompletionSource? pricing)
    {
        /// <summary>Whether others wait to learn what this job costs.</summary>
        public bool IsAwaited => pricing is not null;

        /// <summary>The job was not made, or the journal had it: its share is free again.</summary>
        public void GiveBack()
        {
            lock (budget._lock) budget._spent -= cost;
            Priced(null);
        }

        /// <summary>The job has ended: the others can continue.</summary>
        public void Learn(LumaJob job, CostTable costs)
        {
            // At once: whoever sees what such a job costs has to see that this one has cost it.
            lock (budget._lock)
            {
                costs.Add(job);
                Priced(job.Quota);
            }
        }

        private void Priced(decimal? quota)
        {
            if (pricing is null) return;
            lock (budget._lock)
            {
                budget._spent += quota ?? 0;
                budget._pricing = null;
            }

            pricing.TrySetResult();
        }
    }
}
