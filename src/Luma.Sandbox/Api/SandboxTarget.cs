namespace Luma.Sandbox;

/// <summary>What a request asks for; the part of the service that can be made to misbehave.</summary>
public enum SandboxTarget
{
    /// <summary>POST luma/v1/generations.</summary>
    Generations,

    /// <summary>POST luma/v1/extend.</summary>
    Extend,

    /// <summary>Either of the two that make jobs; never the target of a request itself.</summary>
    Submit,

    /// <summary>POST or GET luma/v1/fetch.</summary>
    Fetch,

    /// <summary>A video on the second host.</summary>
    Video,
}
