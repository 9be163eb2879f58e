using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using Luma;

namespace LumaPS.Pipeline;

/// <summary>
/// Tables of usage with a column for each thing it is grouped by. A view's columns are fixed, and a file of views for all
/// combinations would be read at every import; so each view is made when it is first needed in a session.
/// </summary>
internal static class UsageViews
{
    private static readonly ConditionalWeakTable<Runspace, HashSet<string>> _known = [];

    private static readonly (string Label, int Width, string Value, DisplayEntryValueType Type, string? Format)[] _sums =
    [
        (nameof(LumaUsage.Jobs), 6, nameof(LumaUsage.Jobs), DisplayEntryValueType.Property, null),
        (nameof(LumaUsage.Quota), 11, nameof(LumaUsage.Quota), DisplayEntryValueType.Property, "{0:0.##}"),
        (nameof(LumaUsage.USD), 9, nameof(LumaUsage.USD), DisplayEntryValueType.Property, "{0:0.00##}"),
        (nameof(LumaUsage.QuotaUnknown), 12, nameof(LumaUsage.QuotaUnknown), DisplayEntryValueType.Property, null),
        (nameof(LumaUsage.Succeeded), 9, nameof(LumaUsage.Succeeded), DisplayEntryValueType.Property, null),
        (nameof(LumaUsage.Failed), 6, nameof(LumaUsage.Failed), DisplayEntryValueType.Property, null),
        ("Open", 5, "$_.Running + $_.Pending", DisplayEntryValueType.ScriptBlock, null),
        (nameof(LumaUsage.Unconfirmed), 11, nameof(LumaUsage.Unconfirmed), DisplayEntryValueType.Property, null),
    ];

    /// <summary>A line of usage that is shown with a column for each thing it is grouped by.</summary>
    /// <param name="usage">The line.</param>
    /// <param name="groups">What it is grouped by, in the order of the columns.</param>
    /// <param name="commands">Runs commands in the session it is shown in.</param>
    public static object Shown(LumaUsage usage, IReadOnlyList<LumaUsageGroup> groups, CommandInvocationIntrinsics commands)
    {
        if (groups.Count == 0) return usage;
        string type = $"{typeof(LumaUsage).FullName}#{string.Join('#', groups)}";
        if (!TryAdd(type, groups, commands)) return usage;
        var shown = new PSObject(usage);
        shown.TypeNames.Insert(0, type);
        return shown;
    }

    // A session that does not let its views be changed has the one of the file, with all groups in one column.
    private static bool TryAdd(string type, IReadOnlyList<LumaUsageGroup> groups, CommandInvocationIntrinsics commands)
    {
        if (Runspace.DefaultRunspace is not { InitialSessionState: { } session } runspace) return false;
        HashSet<string> known = _known.GetOrCreateValue(runspace);
        if (known.Contains(type)) return true;
        try
        {
            session.Formats.Add(
                new SessionStateFormatEntry(new ExtendedTypeDefinition(type, [new FormatViewDefinition(type, Table(groups))])));
            commands.InvokeScript(@"Microsoft.PowerShell.Utility\Update-FormatData -ErrorAction Ignore");
            return known.Add(type);
        }
        catch (RuntimeException)
        {
            return false;
        }
    }

    private static TableControl Table(IReadOnlyList<LumaUsageGroup> groups)
    {
        TableControlBuilder table = TableControl.Create(outOfBand: false, autoSize: false, hideTableHeaders: false);
        foreach (LumaUsageGroup group in groups) table.AddHeader(Alignment.Left, WidthOf(group), group.ToString());
        foreach ((string label, int width, _, _, _) in _sums) table.AddHeader(Alignment.Right, width, label);
        TableRowDefinitionBuilder row = table.StartRowDefinition(wrap: false, entrySelectedByType: null, entrySelectedByCondition: null);
        foreach (LumaUsageGroup group in groups) row.AddPropertyColumn(group.ToString(), Alignment.Undefined, format: null);
        foreach ((_, _, string value, DisplayEntryValueType valueType, string? format) in _sums)
        {
            if (valueType == DisplayEntryValueType.ScriptBlock) row.AddScriptBlockColumn(value, Alignment.Undefined, format: null);
            else row.AddPropertyColumn(value, Alignment.Undefined, format);
        }

        return row.EndRowDefinition().EndTable();
    }

    // The two widest, with the counts, are 80 columns.
    private static int WidthOf(LumaUsageGroup group) => group switch
    {
        LumaUsageGroup.Day or LumaUsageGroup.Kind => 10,
        LumaUsageGroup.Month => 7,
        LumaUsageGroup.Model => 16,
        LumaUsageGroup.Mode => 6,
        LumaUsageGroup.Status => 11,
        _ => 20,
    };
}
