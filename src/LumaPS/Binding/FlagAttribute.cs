using System.Management.Automation;
using LumaPS.Connections;

namespace LumaPS.Binding;

/// <summary>
/// On a switch of Connect-Luma: what is neither true nor false is refused by PowerShell, and then there is no connection any more.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FlagAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        try
        {
            return LanguagePrimitives.ConvertTo<SwitchParameter>(inputData);
        }
        catch (PSInvalidCastException exception)
        {
            ProcessConnection.Break();
            throw new ArgumentTransformationMetadataException(
                $"'{inputData}' is neither $true nor $false. There is no connection now.", exception);
        }
    }
}
