namespace Luma;

/// <summary>What a link to a picture answers to this machine. The service may be answered otherwise.</summary>
/// <param name="Link">The link.</param>
/// <param name="StatusCode">The HTTP status; null: no answer.</param>
/// <param name="IsPicture">Whether its bytes begin as those of a picture do.</param>
/// <param name="Length">Its size in bytes; null: it does not say.</param>
/// <param name="Problem">What is wrong, as a sentence; null: nothing.</param>
public sealed record LumaLinkCheck(string Link, int? StatusCode, bool IsPicture, long? Length, string? Problem);
