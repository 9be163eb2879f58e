using System.Diagnostics;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Xunit.Abstractions;

namespace Luma.PropertyTests;

/// <summary>A property that has to hold for any input. How many are tried is in the variable LUMAPS_PROPERTY_INPUTS.</summary>
public abstract class PropertyTest(ITestOutputHelper output)
{
    private const string Variable = "LUMAPS_PROPERTY_INPUTS";
    private const int Usual = 300;

    private static readonly int _inputs = int.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.None,
        CultureInfo.InvariantCulture, out int asked) && asked > 0 ? asked : Usual;

    /// <summary>Tries a property; a failure names the input, made as small as can be, and the seed that brings it back.</summary>
    protected void Holds<T>(Gen<T> inputs, Action<T> property) => Holds(Arb.From(inputs), property);

    /// <inheritdoc cref="Holds{T}(Gen{T}, Action{T})"/>
    protected void Holds<T>(Arbitrary<T> inputs, Action<T> property)
    {
        int held = 0;
        var watch = Stopwatch.StartNew();
        Prop.ForAll(inputs, input =>
        {
            property(input);
            held++;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(_inputs).WithQuietOnSuccess(true));
        Assert.True(held >= _inputs, $"Only {held} inputs were tried.");
        output.WriteLine($"Held for {held} inputs, in {watch.Elapsed.TotalSeconds:0.0} s.");
    }
}
