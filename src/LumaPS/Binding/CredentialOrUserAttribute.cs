using System.Management.Automation;
using System.Security;

namespace LumaPS.Binding;

/// <summary>
/// As PowerShell's own [Credential]: a user's name is asked for its password. Where nobody can be asked, the cmdlet refuses it.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CredentialOrUserAttribute : ArgumentTransformationAttribute
{
    private static readonly CredentialAttribute _asking = new();

    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if (inputData is null) return null;
        try
        {
            if (_asking.Transform(engineIntrinsics, inputData) is PSCredential credential) return credential;
        }
        catch (Exception exception) when (exception is not PipelineStoppedException)
        {
            // Not interactive, or the prompt was cancelled.
        }

        return RefusedArguments.Refuse(
            new PSCredential("refused", new SecureString()),
            "is not a PSCredential, and the password could not be prompted for. Pass the object that Get-Credential returns");
    }
}
