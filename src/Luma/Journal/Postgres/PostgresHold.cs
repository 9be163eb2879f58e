namespace Luma;

/// <summary>A lock that a session has; it ends with the session.</summary>
internal sealed record PostgresHold(long Session, int Space, int[] Numbers, IReadOnlyList<JournalPart> Parts);
