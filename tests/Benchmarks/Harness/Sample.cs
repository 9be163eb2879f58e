using System.Globalization;

namespace Benchmarks.Harness;

/// <summary>The same figure from several runs.</summary>
internal sealed class Sample
{
    private readonly List<double> _values = [];

    public Sample()
    {
    }

    public Sample(IEnumerable<double> values) => _values.AddRange(values);

    public double Median
    {
        get
        {
            double[] sorted = [.. _values.Order()];
            return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    public double Least => _values.Min();

    public double Most => _values.Max();

    public void Add(double value) => _values.Add(value);

    /// <summary>Run by run: what ran side by side is divided by each other.</summary>
    public Sample Over(Sample other) => new(_values.Zip(other._values, (mine, its) => mine / its));

    public Sample Minus(Sample other) => new(_values.Zip(other._values, (mine, its) => mine - its));

    public string Show(string format, string unit = "")
    {
        string One(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        string range = _values.Count > 1 ? $" ({One(Least)}..{One(Most)})" : "";
        return One(Median) + unit + range;
    }
}
