namespace Benchmarks.Harness;

/// <summary>One thing that is measured, against something else in the same run.</summary>
internal interface IScenario
{
    /// <summary>What <c>--only</c> calls it.</summary>
    string Name { get; }

    string About { get; }

    void Run(Bench bench);
}
