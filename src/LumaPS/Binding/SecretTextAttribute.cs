using System.Management.Automation;
using System.Net;
using System.Security;

namespace LumaPS.Binding;

/// <summary>Lets a SecureString parameter take text as well. Null and blank text become an empty one, for the cmdlet to refuse.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretTextAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            SecureString secret => secret,
            var other => new NetworkCredential("", other?.ToString()).SecurePassword,
        };
}
