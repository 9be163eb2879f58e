using System.Globalization;
using System.Management.Automation;

namespace LumaPS.Binding;

/// <summary>Lets the cmdlet refuse what is no number, as <see cref="WholeNumberAttribute"/> does; NaN stands for it.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NumberAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        double.TryParse(LanguagePrimitives.ConvertTo<string>(inputData), NumberStyles.Float, CultureInfo.InvariantCulture,
            out double number) ? number : double.NaN;
}
