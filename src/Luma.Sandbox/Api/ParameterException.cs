namespace Luma.Sandbox;

/// <summary>A parameter is missing or wrong.</summary>
/// <param name="message">What the answer says about it.</param>
internal sealed class ParameterException(string message) : Exception(message);
