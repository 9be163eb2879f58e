namespace Luma;

/// <summary>What came of a submit.</summary>
/// <param name="Job">The job. It is charged, or was before.</param>
/// <param name="Problem">What went wrong besides and has to be told: its record could not be written, or it has failed too often to be
/// tried again.</param>
public sealed record SubmitResult(LumaJob Job, LumaException? Problem = null);
