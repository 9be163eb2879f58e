using System.Globalization;
using System.Management.Automation;

namespace LumaPS.Binding;

/// <summary>
/// Lets a quota be a number only as it is written in programs: PowerShell would take the text 12,5 for 125, ten times the budget.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class QuotaAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if ((inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is not string text) return inputData;
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number)) return number;
        throw new ArgumentTransformationMetadataException(
            $"'{text}' is not a quota. Specify a number such as 12.5, with a point and without thousands.");
    }
}
