namespace Luma;

/// <summary>A phrase of the service that tells why a job failed.</summary>
/// <param name="Text">The phrase, a part of the message; compared without case.</param>
/// <param name="Kind">One of <see cref="LumaFailureKind"/>.</param>
/// <param name="Source">Where the phrase is documented or was seen.</param>
internal sealed record FailurePhrase(string Text, string Kind, string Source);
