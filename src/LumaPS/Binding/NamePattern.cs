using System.Management.Automation;
using Luma;

namespace LumaPS.Binding;

/// <summary>A name of jobs with wildcards, which compares as names are compared; one without is looked up, not searched for.</summary>
internal sealed class NamePattern
{
    private readonly WildcardPattern? _pattern;
    private readonly string _key;

    public NamePattern(string name)
    {
        bool hasWildcards = WildcardPattern.ContainsWildcardCharacters(name);

        // An escaped wildcard, as completion gives it, is the character itself.
        _key = JobName.Key(hasWildcards ? name : WildcardPattern.Unescape(name));
        _pattern = hasWildcards ? WildcardPattern.Get(_key, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant) : null;
    }

    /// <summary>The records to look at: those of the name, or of names that begin like the pattern.</summary>
    public JournalQuery Narrow(JournalQuery query) => _pattern is null
        ? query with { NameKey = _key }
        : query with { NameKeyPrefix = _key[.._key.IndexOfAny(['*', '?', '[', '`'])] };

    /// <summary>Whether a name is meant.</summary>
    public bool IsMatch(string? name) => name is not null && (_pattern?.IsMatch(JobName.Key(name)) ?? JobName.Key(name) == _key);

    /// <summary>The jobs in a journal whose names are meant, of one service or of all.</summary>
    public static IReadOnlyList<LumaJob> Find(Journal journal, string? service, string name)
    {
        var pattern = new NamePattern(name);
        return [.. journal.Jobs(pattern.Narrow(new JournalQuery { Service = service })).Where(job => pattern.IsMatch(job.Name))];
    }
}
