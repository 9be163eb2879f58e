using System.Data;
using System.Management.Automation;
using Luma;

namespace LumaPS.Binding;

/// <summary>Rows as they come down a pipeline: lines of text, rows of a spreadsheet, objects of any kind.</summary>
internal static class RowInput
{
    private static readonly char[] _delimiters = [';', '\t', '|', ','];

    // What other APIs and spreadsheets call what is a parameter here.
    private static readonly Dictionary<string, string> _otherNames = new(StringComparer.Ordinal)
    {
        ["aspect"] = "AspectRatio",
        ["ratio"] = "AspectRatio",
        ["callback"] = "HookUrl",
        ["callbackurl"] = "HookUrl",
        ["hook"] = "HookUrl",
        ["webhook"] = "HookUrl",
        ["webhookurl"] = "HookUrl",
        ["image"] = "ImageUrl",
        ["firstframe"] = "ImageUrl",
        ["promptimage"] = "ImageUrl",
        ["startimage"] = "ImageUrl",
        ["startimageurl"] = "ImageUrl",
        ["endimage"] = "EndImageUrl",
        ["imagetail"] = "EndImageUrl",
        ["lastframe"] = "EndImageUrl",
        ["durationseconds"] = "Duration",
        ["seconds"] = "Duration",
        ["modelid"] = "Model",
        ["prompttext"] = "Prompt",
        ["speed"] = "Mode",
    };

    /// <summary>
    /// Whether there is nothing in a row: a blank line, or an object of nothing but empty cells, as a spreadsheet leaves them at its end.
    /// </summary>
    public static bool IsBlank(PSObject row) => row.BaseObject switch
    {
        string line => VisibleText.IsBlank(line),
        PSCustomObject => row.Properties.Any() && row.Properties.All(cell => IsBlankCell(cell)),
        DataRow cells => cells.ItemArray.Length > 0 && cells.ItemArray.All(IsBlankValue),
        _ => false,
    };

    /// <summary>Whether a property is one of a file that means something else here: its Mode, which is no speed, and its Name.</summary>
    public static bool IsOfFile(PSObject row, string property) => property is "Name" or "Mode" && (IsFile(row) || IsAllOfFile(row));

    /// <summary>What to say of the columns that are not used and look like a parameter.</summary>
    /// <param name="row">The row.</param>
    /// <param name="parameters">The names and aliases of each parameter that takes a column.</param>
    /// <param name="known">Columns that need not be looked at again; grows.</param>
    public static IEnumerable<string> UnusedColumns(PSObject row, IReadOnlyList<string[]> parameters, HashSet<string> known)
    {
        if (row.BaseObject is not (PSCustomObject or DataRow)) yield break;
        foreach (PSPropertyInfo cell in row.Properties)
        {
            if (known.Contains(cell.Name) || IsBlankCell(cell)) continue;
            known.Add(cell.Name);
            if (parameters.Any(names => names.Contains(cell.Name, StringComparer.OrdinalIgnoreCase))) continue;
            string key = Key(cell.Name);
            if (parameters.FirstOrDefault(names => names.Any(name => Key(name) == key)
                || (_otherNames.TryGetValue(key, out string? other) && names.Contains(other))) is { } meant)
            {
                yield return $"The column '{cell.Name}' is not used. If it is meant as -{meant[0]}, name it " +
                    $"{string.Join(" or ", meant)}, without anything around it.";
            }
        }
    }

    /// <summary>
    /// The delimiter that a file should have been read with, when its whole header has become the name of one column; null where that is
    /// not so.
    /// </summary>
    public static char? MeantDelimiter(PSObject row, IReadOnlyList<string[]> parameters)
    {
        if (row.BaseObject is not PSCustomObject) return null;
        string[] columns = [.. row.Properties.Select(cell => cell.Name)];
        if (columns.Any(column => IsParameter(column, parameters))) return null;
        foreach (char delimiter in _delimiters)
        {
            if (columns.Any(column => column.Split(delimiter) is { Length: > 1 } parts
                && parts.Any(part => IsParameter(VisibleText.Trim(part).Trim('"'), parameters))))
            {
                return delimiter;
            }
        }

        return null;
    }

    /// <summary>The names of a row's columns, as they would stand in a file.</summary>
    public static string Header(PSObject row) => string.Join(", ", row.Properties.Select(cell => cell.Name));

    /// <summary>A cell as text; null where there is none or nothing in it.</summary>
    public static string? Cell(PSObject row, IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            if (row.Properties[name] is { } cell && !IsBlankCell(cell)) return LanguagePrimitives.ConvertTo<string>(cell.Value);
        }

        return null;
    }

    private static bool IsFile(PSObject row) =>
        row.TypeNames.Any(type => type is "System.IO.FileSystemInfo" or "Deserialized.System.IO.FileSystemInfo");

    // Select-Object * of one; whoever selects a Name alone means it.
    private static bool IsAllOfFile(PSObject row) => row.Properties["Mode"] is not null
        && row.TypeNames.Any(type => type is "Selected.System.IO.FileInfo" or "Selected.System.IO.DirectoryInfo");

    private static bool IsParameter(string column, IReadOnlyList<string[]> parameters) =>
        parameters.Any(names => names.Contains(column, StringComparer.OrdinalIgnoreCase));

    private static string Key(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();

    // A database's NULL is nothing as well.
    private static bool IsBlankValue(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        null or DBNull => true,
        string text => VisibleText.IsBlank(text),
        _ => false,
    };

    private static bool IsBlankCell(PSPropertyInfo cell)
    {
        try
        {
            return IsBlankValue(cell.Value);
        }
        catch (GetValueException)
        {
            return false; // There is something, and it cannot be read.
        }
    }
}
