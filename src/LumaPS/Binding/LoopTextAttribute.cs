using System.Management.Automation;
using Luma;

namespace LumaPS.Binding;

/// <summary>Keeps PowerShell from refusing the text of a CSV's cell for a switch; the cmdlet reads the cell itself.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class LoopTextAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            SwitchParameter given => given,
            bool given => new SwitchParameter(given),
            var other => new SwitchParameter(TryParse(other?.ToString(), out bool loop) && loop),
        };

    /// <summary>Reads true and false as CSV files have them.</summary>
    public static bool TryParse(string? text, out bool value)
    {
        text = text is null ? null : VisibleText.Trim(text);
        value = text is not null && (text == "1" || text.Equals("true", StringComparison.OrdinalIgnoreCase)
            || text.Equals("$true", StringComparison.OrdinalIgnoreCase));
        return value || text == "0" || "false".Equals(text, StringComparison.OrdinalIgnoreCase)
            || "$false".Equals(text, StringComparison.OrdinalIgnoreCase);
    }
}
