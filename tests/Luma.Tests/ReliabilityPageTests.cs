using System.Text.RegularExpressions;

namespace Luma.Tests;

/// <summary>What docs/reliability.md says of the tests is true.</summary>
public sealed partial class ReliabilityPageTests
{
    private const int FewestRows = 40;
    private static readonly string _root = Root();
    private static readonly string _page = File.ReadAllText(Path.Combine(_root, "docs", "reliability.md"));

    [Fact]
    public void Each_row_of_the_fault_matrix_names_a_test()
    {
        string[] rows = [.. Matrix().Match(_page).Groups["rows"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        Assert.InRange(rows.Length, FewestRows, int.MaxValue);
        foreach (string row in rows)
        {
            string[] cells = row.Trim('|').Split(" | ");
            Assert.True(cells.Length == 5 && cells.All(cell => cell.Trim().Length > 0) && NamedTest().IsMatch(cells[4]), row);
        }
    }

    [Fact]
    public void Every_test_it_names_exists()
    {
        MatchCollection named = NamedTest().Matches(_page);
        Assert.InRange(named.Count, FewestRows, int.MaxValue);
        string[] missing = [.. named.SelectMany(Missing)];
        Assert.Empty(missing);
    }

    private static IEnumerable<string> Missing(Match named)
    {
        string file = named.Groups["file"].Value, path = Path.Combine(_root, "tests", file);
        string text = File.Exists(path) ? File.ReadAllText(path) : "";
        return named.Groups["test"].Captures
            .Select(test => test.Value)
            .Where(test => !Declarations(file, test).Any(declaration => text.Contains(declaration, StringComparison.Ordinal)))
            .Select(test => $"{file}: {test}");
    }

    // A Pester test, also one whose name ends in why it is skipped; or a method.
    private static string[] Declarations(string file, string test) => file.EndsWith(".ps1", StringComparison.Ordinal)
        ? [$"It '{test.Replace("'", "''", StringComparison.Ordinal)}'", $"It \"{test}$"]
        : [$" {test}("];

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder!, "LumaPS.sln"))) folder = Path.GetDirectoryName(folder);
        return folder!;
    }

    [GeneratedRegex(@"## The fault matrix\s+\|.*\n\|[-|]+\n(?<rows>(\|.*\n)+)")]
    private static partial Regex Matrix();

    // `Project/File.cs`: `Test`, `Test`
    [GeneratedRegex(@"`(?<file>[\w./-]+\.(cs|ps1))`: `(?<test>[^`]+)`(, `(?<test>[^`]+)`)*")]
    private static partial Regex NamedTest();
}
