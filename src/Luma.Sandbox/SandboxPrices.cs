namespace Luma.Sandbox;

/// <summary>What the sandbox's jobs cost: made up, so that estimates and budgets can be tried. The service's prices are its own.</summary>
public static class SandboxPrices
{
    // By model, in quota for 5 seconds in relax mode.
    private static readonly Dictionary<string, decimal> _models = new(StringComparer.Ordinal)
    {
        ["ray-v1"] = 15,
        ["ray-v2"] = 20,
        ["ray-v2-flash"] = 10,
        ["ray-v3"] = 25,
        ["ray-v3-reasoning"] = 40,
    };

    /// <summary>The price by model, mode and length: fast costs twice as much as relax, and 10 seconds twice as much as 5.</summary>
    /// <param name="job">The job.</param>
    /// <returns>The price in quota.</returns>
    public static decimal Of(SandboxJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        decimal price = _models.GetValueOrDefault(job.Text("modelName") ?? "ray-v3", 25);
        if (job.Text("useMode") == "fast") price *= 2;
        if (job.Text("duration") == "10s") price *= 2;
        return price;
    }
}
