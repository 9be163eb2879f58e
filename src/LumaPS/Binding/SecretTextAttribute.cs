using System.Management.Automation;
using System.Net;
using System.Security;

namespace LumaPS.Binding;

/// <summary>
/// Lets a SecureString parameter take text as well, and a PSCredential, whose password it takes: secret stores give one or
/// the other. Null and blank text become an empty one, and what is no secret is refused, by the cmdlet.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretTextAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            SecureString secret => secret,
            PSCredential credential => credential.Password,
            null => new SecureString(),
            bool => Refused(inputData),
            string or Guid or IConvertible => Secret(LanguagePrimitives.ConvertTo<string>(inputData)),
            _ => Refused(inputData),
        };

    private static SecureString Refused(object value) => RefusedArguments.Refuse(
        new SecureString(),
        $"is a {(value is PSObject wrapped ? wrapped.BaseObject : value).GetType().Name}, which is not a key. Specify text, a " +
            "SecureString or a PSCredential, whose password is the key");

    private static SecureString Secret(string text) => new NetworkCredential("", text).SecurePassword;
}
