namespace Luma.Tests.Support;

/// <summary>Tests of this collection run when no others do.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
[System.Diagnostics.CodeAnalysis.SuppressMessage(
    "Design", "CA1052:Static holder types should be static or not inheritable", Justification = "xunit wants a class.")]
public class Alone;
