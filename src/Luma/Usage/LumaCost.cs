namespace Luma;

/// <summary>What jobs of one kind have cost so far, as the service has reported it to this journal. It is no price list.</summary>
/// <param name="Kind">Generation or Extension.</param>
/// <param name="Model">The model; null: left to the service.</param>
/// <param name="Mode">The mode; null: left to the service.</param>
/// <param name="Duration">The length; null: left to the service.</param>
/// <param name="Resolution">The resolution; null: left to the service.</param>
/// <param name="Jobs">How many such jobs the journal has whose cost is known.</param>
/// <param name="Least">The least of them, in quota.</param>
/// <param name="Median">The one in the middle, in quota; of two in the middle the dearer one, which a job did cost.</param>
/// <param name="Most">The dearest of them, in quota.</param>
public sealed record LumaCost(
    string? Kind, string? Model, string? Mode, string? Duration, string? Resolution, int Jobs, decimal Least, decimal Median, decimal Most)
{
    /// <summary>What it is about and what it rests on, in one line.</summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{string.Join(' ', new[] { Kind, Model, Mode, Duration, Resolution }.OfType<string>())}: {Median} quota ({Least} to {Most} in " +
            $"{Jobs} {(Jobs == 1 ? "job" : "jobs")})");
}
