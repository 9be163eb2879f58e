using System.Globalization;
using Benchmarks.Harness;

namespace Benchmarks.Scenarios;

/// <summary>What an import costs in a fresh process.</summary>
internal sealed class ImportScenario : IScenario
{
    private const string PlatyPS = "Microsoft.PowerShell.PlatyPS";
    private const string PSOpenAI = "PSOpenAI";

    public string Name => "import";

    public string About => $"Import-Module in a fresh process, beside an empty binary module, {PlatyPS} and {PSOpenAI}";

    public void Run(Bench bench)
    {
        string empty = Path.Combine(bench.NewFolder(), "Empty");
        Directory.CreateDirectory(empty);
        bench.RunScript("make-empty.ps1", null, empty);
        bool hasPlatyPS = IsInstalled(bench, PlatyPS), hasPSOpenAI = IsInstalled(bench, PSOpenAI);
        string large = hasPSOpenAI ? PSOpenAI : MakeScriptModule(Path.Combine(bench.NewFolder(), "Large"));
        Side luma = new(), nothing = new(), platyPS = new(), script = new();
        for (int round = 0; round < bench.Rounds(15); round++)
        {
            luma.Import(bench, Bench.ModuleFolder);
            nothing.Import(bench, empty);
            if (hasPlatyPS) platyPS.Import(bench, PlatyPS);
            script.Import(bench, large);
        }

        Sample more = luma.Wall.Minus(nothing.Wall), moreCpu = luma.Cpu.Minus(nothing.Cpu);
        bench.Report.Row("Import-Module, more than an empty binary module", luma.Wall.Show("0", " ms"), nothing.Wall.Show("0", " ms"),
            more.Median, more.Show("0", " ms"), 20, "20 ms");
        bench.Report.Note("the same in CPU time", luma.Cpu.Show("0", " ms"), nothing.Cpu.Show("0", " ms"), moreCpu.Show("0", " ms"));
        if (hasPlatyPS) bench.Report.Ratio($"Import-Module, to {PlatyPS}", luma.Wall, platyPS.Wall, "0", " ms", 1.0);
        else bench.Report.Missing($"Import-Module, to {PlatyPS}", PlatyPS);
        bench.Report.Ratio("Import-Module, to " +
            $"{(hasPSOpenAI ? PSOpenAI : "a plain script module with as many functions and lines as PSOpenAI")}", luma.Wall, script.Wall,
            "0", " ms", 0.10);
        bench.Report.Note("an import loads", bench.RunScript("loaded.ps1", null, Bench.ModuleFolder).Output, "");
    }

    private static bool IsInstalled(Bench bench, string module) =>
        bench.RunPowerShell(null, "-Command", $"@(Get-Module -ListAvailable {module}).Count").Output != "0";

    // For where PSOpenAI is not installed. What it has in 4.49: 100 public functions of 174 lines and 16 parameters and 33 private ones of
    // 127 lines and 5, one file each, 730 KB together, which its .psm1 dot-sources.
    private static string MakeScriptModule(string folder)
    {
        WriteFunctions(folder, "Private", count: 33, parameters: 5, lines: 127);
        WriteFunctions(folder, "Public", count: 100, parameters: 16, lines: 174);
        File.WriteAllText(Path.Combine(folder, "Large.psm1"), """
            Get-ChildItem -Path (Join-Path $PSScriptRoot 'Private'), (Join-Path $PSScriptRoot 'Public') -Filter '*.ps1' -Recurse |
                ForEach-Object { . $_.FullName }

            """);
        string exported = string.Join(", ", Enumerable.Range(1, 100).Select(i => $"'Invoke-Public{i}'"));
        File.WriteAllText(Path.Combine(folder, "Large.psd1"), $$"""
            @{
                RootModule        = 'Large.psm1'
                ModuleVersion     = '1.0.0'
                FunctionsToExport = @({{exported}})
                CmdletsToExport   = @()
                AliasesToExport   = @()
                VariablesToExport = @()
            }

            """);
        return folder;
    }

    private static void WriteFunctions(string folder, string kind, int count, int parameters, int lines)
    {
        Directory.CreateDirectory(Path.Combine(folder, kind));
        for (int i = 1; i <= count; i++)
        {
            File.WriteAllLines(Path.Combine(folder, kind, $"Invoke-{kind}{i}.ps1"), Function($"Invoke-{kind}{i}", parameters, lines));
        }
    }

    private static List<string> Function(string name, int parameters, int lines)
    {
        List<string> text = [$"function {name} {{", "    [CmdletBinding()]", "    [OutputType([pscustomobject])]", "    param ("];
        for (int i = 1; i <= parameters; i++)
        {
            text.Add("        [Parameter(ValueFromPipelineByPropertyName)]");
            if (i % 3 == 0) text.Add("        [ValidateSet('first', 'second', 'third')]");
            text.Add($"        [string]$Value{i}{(i < parameters ? "," : "")}");
            text.Add("");
        }

        text.AddRange(["    )", "    begin {", "        $body = [ordered]@{}", "    }", "    process {"]);
        for (int i = 1; text.Count < lines - 5; i = (i % parameters) + 1)
        {
            text.AddRange([$"        if ($PSBoundParameters.ContainsKey('Value{i}')) {{", $"            $body.value{i} = $Value{i}",
                "        }", ""]);
        }

        text.AddRange(["    }", "    end {", "        [pscustomobject]$body", "    }", "}"]);
        return text;
    }

    private sealed class Side
    {
        public Sample Wall { get; } = new();

        public Sample Cpu { get; } = new();

        public void Import(Bench bench, string module)
        {
            string[] figures = bench.RunScript("import.ps1", null, module).Output.Split(' ');
            Wall.Add(double.Parse(figures[0], CultureInfo.InvariantCulture));
            Cpu.Add(double.Parse(figures[1], CultureInfo.InvariantCulture));
        }
    }
}
