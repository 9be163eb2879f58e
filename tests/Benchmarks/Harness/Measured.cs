using System.Text.Json.Serialization;

namespace Benchmarks.Harness;

/// <summary>What a command cost.</summary>
/// <param name="Wall">Seconds from its start to its end.</param>
/// <param name="Cpu">Seconds of user and system time, of its waited-for children too.</param>
/// <param name="PeakBytes">The largest resident set of any one of these processes.</param>
/// <param name="ExitCode">Its exit code.</param>
internal sealed record Measured(double Wall, double Cpu, long PeakBytes, int ExitCode)
{
    public const double MiB = 1024 * 1024;

    /// <summary>What it wrote.</summary>
    [JsonIgnore]
    public string Output { get; init; } = "";

    [JsonIgnore]
    public double PeakMiB => PeakBytes / MiB;
}
