using System.Globalization;
using System.Text;

namespace Luma;

/// <summary>
/// Where the cards lie: in rows whose pictures have one height, each as wide as its video, so that upright and wide ones
/// fill their cards alike.
/// </summary>
/// <remarks>The page's policy takes no style attributes, so each ratio is a class.</remarks>
internal static class GalleryLayout
{
    private const double Narrowest = 0.4;
    private const double Widest = 2.6;

    /// <summary>The ratio where nobody knows it.</summary>
    public const double Usual = 16 / 9.0;

    /// <summary>Width by height, rounded so that videos of a kind share a class, and within what a card can show.</summary>
    public static double Ratio(double width, double height) => Math.Round(Math.Clamp(width / height, Narrowest, Widest), 3);

    /// <summary>The class of a ratio.</summary>
    public static string Class(double ratio) => string.Create(CultureInfo.InvariantCulture, $"r{ratio * 1000:0}");

    /// <summary>Whether all cards have one ratio, so that columns keep them in line down to the last row.</summary>
    public static bool IsEven(IEnumerable<double> ratios) => ratios.Distinct().Take(2).Count() < 2;

    /// <summary>
    /// The rules of the ratios there are, and the height of the rows: upright videos need a higher one to be wide enough for
    /// their text.
    /// </summary>
    public static string Style(IEnumerable<double> ratios)
    {
        double[] sorted = [.. ratios.Order()];
        double median = sorted.Length == 0 ? Usual : sorted[sorted.Length / 2];
        string height = median switch { < 0.9 => "20rem", < 1.4 => "16rem", _ => "12rem" };
        var style = new StringBuilder();
        style.Append(CultureInfo.InvariantCulture, $":root{{--row:{height}}}\n");
        if (sorted.Length > 0 && IsEven(sorted)) style.Append(CultureInfo.InvariantCulture, $"#videos{{--r:{sorted[0]}}}\n");
        foreach (double ratio in sorted.Distinct()) style.Append(CultureInfo.InvariantCulture, $".{Class(ratio)}{{--r:{ratio}}}\n");
        return style.ToString();
    }
}
