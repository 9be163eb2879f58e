using System.Management.Automation;
using System.Net;
using System.Security;

namespace LumaPS.Binding;

/// <summary>
/// Lets a SecureString parameter take text as well, and the password of a PSCredential, as Get-Secret and Get-Credential give
/// them. Null and blank text become an empty one, for the cmdlet to refuse, and so does <see cref="NoSecret"/>, which stands
/// for what is no secret: if PowerShell refused it, the cmdlet would not run at all, and would leave the old connection in place.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretTextAttribute : ArgumentTransformationAttribute
{
    /// <summary>What stands for arrays, hashtables, bytes, true and other objects, whose text is not the secret.</summary>
    public static readonly SecureString NoSecret = Locked();

    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            SecureString secret => secret,
            PSCredential credential => credential.Password,
            null => new NetworkCredential("", "").SecurePassword,
            bool => NoSecret,
            string or Guid or IConvertible => new NetworkCredential("", LanguagePrimitives.ConvertTo<string>(inputData)).SecurePassword,
            _ => NoSecret,
        };

    private static SecureString Locked()
    {
        var none = new SecureString();
        none.MakeReadOnly();
        return none;
    }
}
