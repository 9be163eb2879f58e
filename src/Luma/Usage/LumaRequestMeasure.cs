namespace Luma;

/// <summary>
/// What submitting some rows would come to, before anything is charged. What was never seen is unknown, and is in no sum.
/// </summary>
public sealed record LumaRequestMeasure
{
    /// <summary>The service the rows would go to.</summary>
    public required string Service { get; init; }

    /// <summary>How many rows there are, without empty ones.</summary>
    public int Rows { get; init; }

    /// <summary>How many would be refused before they are sent; each has an error of its own.</summary>
    public int Invalid { get; init; }

    /// <summary>How many have a job already, by their name: nothing would be submitted for them.</summary>
    public int Known { get; init; }

    /// <summary>How many would be submitted and charged.</summary>
    public int ToSubmit { get; init; }

    /// <summary>What those would cost whose like was seen: the sum of the medians, in quota; null: of none.</summary>
    public decimal? Quota { get; init; }

    /// <summary>The same, of the least that was seen.</summary>
    public decimal? LeastQuota { get; init; }

    /// <summary>The same, of the most that was seen.</summary>
    public decimal? MostQuota { get; init; }

    /// <summary><see cref="Quota"/> in USD; 100 quota are 1 USD, according to the provider's documentation.</summary>
    public decimal? USD => Quota / LumaUsage.QuotaPerUsd;

    /// <summary>How many of <see cref="ToSubmit"/> have a cost that nobody here has seen.</summary>
    public int Unknown { get; init; }

    /// <summary>What the estimate rests on: one for each kind of request whose cost was seen.</summary>
    public IReadOnlyList<LumaCost> Basis { get; init; } = [];

    /// <summary>The pictures that were looked at; empty unless that was asked for.</summary>
    public IReadOnlyList<LumaLinkCheck> Links { get; init; } = [];
}
