using System.Globalization;
using System.Management.Automation;

namespace LumaPS.Binding;

/// <summary>Lets a TimeSpan parameter take a number of seconds, as Wait-Job does.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecondsAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        string? text = value is IFormattable number and not TimeSpan ? number.ToString(null, CultureInfo.InvariantCulture) : value as string;
        bool isSeconds = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds;
        return isSeconds ? TimeSpan.FromSeconds(seconds) : inputData; // Else PowerShell's own conversion, and its error.
    }
}
