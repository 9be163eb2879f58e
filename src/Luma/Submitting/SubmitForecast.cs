namespace Luma;

/// <summary>Tells, without a key and without sending or writing anything, what submitting requests one after the other would do.</summary>
/// <param name="journal">The journal.</param>
/// <param name="service">The service they would go to.</param>
internal sealed class SubmitForecast(Journal journal, string service)
{
    private readonly Dictionary<string, LumaJob> _named = new(StringComparer.Ordinal);

    /// <summary>The job a request would be answered with, nothing submitted; null: it would be submitted.</summary>
    /// <param name="request">The request.</param>
    /// <param name="force">Whether it is to be submitted in any case.</param>
    /// <exception cref="LumaException">Why it would be refused, as by the <see cref="Submitter"/>.</exception>
    public LumaJob? Known(SubmitRequest request, bool force)
    {
        LumaJob job = request.ToJob() with { Service = service };
        if (request.Name is null || force) return null;
        string key = JobName.Key(request.Name);
        if (_named.TryGetValue(key, out LumaJob? earlier))
        {
            // An earlier row of the same input has the name by then.
            string[] fields = [.. JobFields.Requests.Where(field => field.MakesTheVideo && field.Text(earlier) != field.Text(job))
                .Select(field => field.Name)];
            if (fields.Length == 0 && earlier.Kind == job.Kind) return earlier;
            throw new LumaException(LumaErrorId.LumaNameConflict,
                $"The name '{request.Name}' belongs to another request of this input: " +
                $"{(fields.Length == 0 ? nameof(LumaJob.Kind) : string.Join(", ", fields))} differ. Nothing was sent " +
                "and nothing was changed.")
            {
                RecommendedAction = "Choose a new name for the new request, or submit it under this one with -Force.",
            };
        }

        SubmitResult? known = Submitter.Foresee(journal.Named(service, request.Name), job);
        if (known?.Problem is { } problem) throw problem;
        _named[key] = known?.Job ?? job;
        return known?.Job;
    }
}
