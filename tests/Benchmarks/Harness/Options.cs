using System.Globalization;

namespace Benchmarks.Harness;

/// <summary>The command line.</summary>
/// <param name="Only">The scenarios to run; empty: all.</param>
/// <param name="IsQuick">Whether to run a short form, whose figures show no more than that all of it works.</param>
/// <param name="Rounds">How often each side runs.</param>
internal sealed record Options(IReadOnlyList<string> Only, bool IsQuick, int? Rounds)
{
    public static Options? Parse(string[] args, IReadOnlyList<string> known)
    {
        var only = new List<string>();
        bool quick = false;
        int? rounds = null;
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--quick":
                    quick = true;
                    break;
                case "--only" when i + 1 < args.Length && args[i + 1].Split(',').All(known.Contains):
                    only.AddRange(args[++i].Split(','));
                    break;
                case "--rounds" when i + 1 < args.Length
                    && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out int count) && count > 0:
                    rounds = count;
                    i++;
                    break;
                default:
                    Console.Error.WriteLine("Usage: dotnet run -c Release --project tests/Benchmarks [-- [--quick] [--rounds N] " +
                        $"[--only NAME[,NAME]]]; names: {string.Join(", ", known)}");
                    return null;
            }
        }

        return new Options(only, quick, rounds);
    }
}
