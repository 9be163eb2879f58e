using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace LumaPS.Binding;

/// <summary>Lets a TimeSpan parameter take a number of seconds, as Wait-Job does, and text like 90s, 10m and 1h30m.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed partial class SecondsAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is TimeSpan or null) return inputData;

        // A number that is typed keeps its text: 10d is a decimal for PowerShell, and here ten days.
        if (LanguagePrimitives.ConvertTo<string>(inputData) is not { } text) return inputData;
        if (WithUnits().Match(text) is { Success: true } units) return Sum(units, text);
        string? number = value is IFormattable formattable ? formattable.ToString(null, CultureInfo.InvariantCulture) : value as string;
        if (double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)) return Seconds(seconds, text);
        if (value is string && !TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out _)) throw Unreadable(text);
        return inputData; // Else PowerShell's own conversion, and its error.
    }

    private static TimeSpan Sum(Match units, string text)
    {
        double seconds = 0;
        for (int part = 0; part < units.Groups["unit"].Captures.Count; part++)
        {
            double count = double.Parse(units.Groups["count"].Captures[part].Value, CultureInfo.InvariantCulture);
            seconds += count * char.ToLowerInvariant(units.Groups["unit"].Captures[part].Value[0]) switch
            {
                'd' => 86_400,
                'h' => 3_600,
                'm' => 60,
                _ => 1,
            };
        }

        return Seconds(seconds, text);
    }

    private static TimeSpan Seconds(double seconds, string text) =>
        Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds) : throw Unreadable(text);

    private static ArgumentTransformationMetadataException Unreadable(string text) =>
        new($"'{text}' is not a length of time. Specify a number of seconds (90), a TimeSpan ('0:10:00'), or text like 90s, 10m or 1h30m.");

    [GeneratedRegex(
        @"^\s*(?:(?<count>[0-9]+(?:\.[0-9]+)?)\s*(?<unit>d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)\s*)+$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex WithUnits();
}
