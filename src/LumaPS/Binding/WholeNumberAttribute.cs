using System.Globalization;
using System.Management.Automation;

namespace LumaPS.Binding;

/// <summary>
/// Lets the cmdlet refuse what is no whole number. If PowerShell did, the cmdlet would not run at all, and Connect-Luma
/// would leave the old connection in place.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WholeNumberAttribute : ArgumentTransformationAttribute
{
    /// <summary>What stands for anything else.</summary>
    public const int None = int.MinValue;

    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        int.TryParse(LanguagePrimitives.ConvertTo<string>(inputData), NumberStyles.Integer, CultureInfo.InvariantCulture, out int number)
            ? number : None;
}
