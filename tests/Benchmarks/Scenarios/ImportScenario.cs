using System.Globalization;
using System.Text;
using Benchmarks.Harness;

namespace Benchmarks.Scenarios;

/// <summary>What an import costs in a fresh process.</summary>
internal sealed class ImportScenario : IScenario
{
    private const string PlatyPS = "Microsoft.PowerShell.PlatyPS";

    public string Name => "import";

    public string About => $"Import-Module in a fresh process, beside an empty binary module, {PlatyPS} and a script module of PSOpenAI's size";

    public void Run(Bench bench)
    {
        if (bench.PowerShell is null)
        {
            bench.Report.Missing("Import-Module", "pwsh");
            return;
        }

        string empty = Path.Combine(bench.NewFolder(), "Empty");
        Directory.CreateDirectory(empty);
        bench.RunScript("make-empty.ps1", null, empty);
        string large = MakeScriptModule(Path.Combine(bench.NewFolder(), "Large"));
        bool hasPlatyPS = bench.Run(bench.PowerShell, ["-NoProfile", "-Command", $"@(Get-Module -ListAvailable {PlatyPS}).Count"], null).Output != "0";
        Side luma = new(), nothing = new(), platyPS = new(), script = new();
        for (int round = 0; round < bench.Rounds(15); round++)
        {
            luma.Import(bench, Bench.ModuleFolder);
            nothing.Import(bench, empty);
            if (hasPlatyPS) platyPS.Import(bench, PlatyPS);
            script.Import(bench, large);
        }

        Sample more = luma.Wall.Minus(nothing.Wall), moreCpu = luma.Cpu.Minus(nothing.Cpu);
        bench.Report.Row("Import-Module, more than an empty binary module", luma.Wall.Show("0", " ms"), nothing.Wall.Show("0", " ms"), more.Median, more.Show("0", " ms"), 20, "20 ms");
        bench.Report.Note("the same in CPU time", luma.Cpu.Show("0", " ms"), nothing.Cpu.Show("0", " ms"), moreCpu.Show("0", " ms"));
        if (hasPlatyPS) bench.Report.Ratio($"Import-Module, to {PlatyPS}", luma.Wall, platyPS.Wall, "0", " ms", 1.0);
        else bench.Report.Note($"Import-Module, to {PlatyPS}", luma.Wall.Show("0", " ms"), "not installed");
        bench.Report.Ratio("Import-Module, to a script module of PSOpenAI's size", luma.Wall, script.Wall, "0", " ms", 0.10);
        bench.Report.Note("the same in CPU time", luma.Cpu.Show("0", " ms"), script.Cpu.Show("0", " ms"), luma.Cpu.Over(script.Cpu).Show("0.00"));
        bench.Report.Note("an import loads", bench.RunScript("loaded.ps1", null, Bench.ModuleFolder).Output, "");
    }

    // PSOpenAI has some 60 public functions and about as many private ones in one file each, 10,000 lines together,
    // which its .psm1 dot-sources.
    private static string MakeScriptModule(string folder)
    {
        foreach (string kind in (string[])["Public", "Private"])
        {
            Directory.CreateDirectory(Path.Combine(folder, kind));
            for (int i = 1; i <= 60; i++) File.WriteAllText(Path.Combine(folder, kind, $"Invoke-{kind}{i}.ps1"), Function($"Invoke-{kind}{i}"));
        }

        File.WriteAllText(Path.Combine(folder, "Large.psm1"), """
            Get-ChildItem -Path (Join-Path $PSScriptRoot 'Private'), (Join-Path $PSScriptRoot 'Public') -Filter '*.ps1' -Recurse | ForEach-Object { . $_.FullName }

            """);
        string exported = string.Join(", ", Enumerable.Range(1, 60).Select(i => $"'Invoke-Public{i}'"));
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

    private static string Function(string name)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"function {name} {{").AppendLine("    [CmdletBinding(DefaultParameterSetName = 'Text')]").AppendLine("    [OutputType([pscustomobject])]").AppendLine("    param (");
        for (int i = 1; i <= 10; i++)
        {
            text.AppendLine("        [Parameter(ValueFromPipelineByPropertyName)]");
            if (i % 3 == 0) text.AppendLine("        [ValidateSet('first', 'second', 'third')]");
            text.AppendLine(CultureInfo.InvariantCulture, $"        [string]$Value{i}{(i < 10 ? "," : "")}").AppendLine();
        }

        text.AppendLine("    )").AppendLine("    begin {").AppendLine("        $body = [ordered]@{}").AppendLine("    }").AppendLine("    process {");
        for (int i = 1; i <= 10; i++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"        if ($PSBoundParameters.ContainsKey('Value{i}')) {{").AppendLine(CultureInfo.InvariantCulture, $"            $body.value{i} = $Value{i}").AppendLine("        }").AppendLine();
        }

        return text.AppendLine("    }").AppendLine("    end {").AppendLine("        [pscustomobject]$body").AppendLine("    }").AppendLine("}").ToString();
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
