namespace Luma;

/// <summary>What usage can be told apart by.</summary>
public enum LumaUsageGroup
{
    /// <summary>The day of the submit, in local time.</summary>
    Day,

    /// <summary>The month of the submit, in local time.</summary>
    Month,

    /// <summary>The requested model.</summary>
    Model,

    /// <summary>The requested speed, <c>relax</c> or <c>fast</c>.</summary>
    Mode,

    /// <summary>One of <see cref="LumaJobStatus"/>.</summary>
    Status,

    /// <summary>One of <see cref="LumaJobKind"/>.</summary>
    Kind,

    /// <summary>The name the user gave.</summary>
    Name,
}
