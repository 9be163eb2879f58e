#nullable enable
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Xml.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Writes what the licences of the packages that ship with the module ask for: whose they are, and the licence itself, taken
/// from the packages. MSBuild compiles it where it is used (src/LumaPS); a package without a licence ends the build.
/// </summary>
public sealed class ThirdPartyNotices : Task
{
    // The text behind the expression "MIT", which Microsoft's packages have instead of a file; the copyright is the package's own.
    private const string Mit =
        "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation\n" +
        "files (the \"Software\"), to deal in the Software without restriction, including without limitation the rights to use, copy,\n" +
        "modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software\n" +
        "is furnished to do so, subject to the following conditions:\n\n" +
        "The above copyright notice and this permission notice shall be included in all copies or substantial portions of the " +
        "Software.\n\n" +
        "THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE " +
        "WARRANTIES\n" +
        "OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS " +
        "BE\n" +
        "LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR " +
        "IN\n" +
        "CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.";

    // The text behind the expression "PostgreSQL", as Npgsql's repository has it; its package has the expression alone.
    private const string Npgsql =
        "Copyright (c) 2002-2025, Npgsql\n\n" +
        "Permission to use, copy, modify, and distribute this software and its documentation for any purpose, without fee, and without\n" +
        "a written agreement is hereby granted, provided that the above copyright notice and this paragraph and the following two\n" +
        "paragraphs appear in all copies.\n\n" +
        "IN NO EVENT SHALL NPGSQL BE LIABLE TO ANY PARTY FOR DIRECT, INDIRECT, SPECIAL, INCIDENTAL, OR CONSEQUENTIAL DAMAGES, INCLUDING\n" +
        "LOST PROFITS, ARISING OUT OF THE USE OF THIS SOFTWARE AND ITS DOCUMENTATION, EVEN IF NPGSQL HAS BEEN ADVISED OF THE " +
        "POSSIBILITY\n" +
        "OF SUCH DAMAGE.\n\n" +
        "NPGSQL SPECIFICALLY DISCLAIMS ANY WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND\n" +
        "FITNESS FOR A PARTICULAR PURPOSE. THE SOFTWARE PROVIDED HEREUNDER IS ON AN \"AS IS\" BASIS, AND NPGSQL HAS NO OBLIGATIONS TO\n" +
        "PROVIDE MAINTENANCE, SUPPORT, UPDATES, ENHANCEMENTS, OR MODIFICATIONS.";

    private static readonly string _rule = new string('-', 80);

    /// <summary>The packages' assemblies, as NuGet resolves them: with NuGetPackageId, NuGetPackageVersion and PathInPackage.</summary>
    [Required]
    public ITaskItem[] Assemblies { get; set; } = Array.Empty<ITaskItem>();

    /// <summary>The file to write.</summary>
    [Required]
    public string Destination { get; set; } = "";

    public override bool Execute()
    {
        var text = new StringBuilder("LumaPS is under the MIT licence, see LICENSE. It ships these packages of others, unchanged:\n");
        var notices = new Dictionary<string, List<string>>();
        foreach (var package in Assemblies.GroupBy(file => file.GetMetadata("NuGetPackageId"), StringComparer.OrdinalIgnoreCase)
            .OrderBy(group => group.Key, StringComparer.OrdinalIgnoreCase))
        {
            ITaskItem first = package.First();
            string file = first.GetMetadata("FullPath").Replace('\\', '/');
            string folder = file.Substring(0, file.Length - first.GetMetadata("PathInPackage").Length);
            string name = package.Key + " " + first.GetMetadata("NuGetPackageVersion");
            XElement metadata = XDocument.Load(Directory.GetFiles(folder, "*.nuspec").Single()).Root!.Elements()
                .Single(element => element.Name.LocalName == "metadata");
            string Of(string field) => metadata.Elements().FirstOrDefault(element => element.Name.LocalName == field)?.Value.Trim() ?? "";

            bool isExpression = metadata.Elements()
                .Any(element => element.Name.LocalName == "license" && (string?)element.Attribute("type") == "expression");
            string? licence = Find(folder, isExpression ? "LICENSE" : Of("license")) ?? Find(folder, "LICENSE");
            if (licence is null && isExpression && Of("license") == "MIT") licence = Mit;
            if (licence is null && isExpression && package.Key == "Npgsql" && Of("license") == "PostgreSQL") licence = Npgsql;
            if (licence is null)
            {
                Log.LogError(
                    "{0} ships with the module, and its package has no text of its licence ({1}) in {2}.", name, Of("license"), folder);
                continue;
            }

            text.Append('\n').Append(_rule).Append('\n').Append(name).Append('\n');
            var files = package.Select(item => Path.GetFileName(item.ItemSpec)).Distinct().OrderBy(item => item, StringComparer.Ordinal);
            text.Append("Files: ").Append(string.Join(", ", files)).Append('\n');
            text.Append("By: ").Append(Of("authors")).Append('\n');
            if (isExpression) text.Append("Licence: ").Append(Of("license")).Append('\n');
            if (Of("projectUrl").Length > 0) text.Append("Project: ").Append(Of("projectUrl")).Append('\n');
            if (Of("copyright").Length > 0) text.Append(Of("copyright")).Append('\n');
            text.Append('\n').Append(licence).Append('\n');

            // Packages of one maker repeat the same notices.
            if (Find(folder, "THIRD-PARTY-NOTICES") is not { } others) continue;
            if (!notices.TryGetValue(others, out List<string>? names)) notices.Add(others, names = new List<string>());
            names.Add(name);
        }

        foreach (var others in notices)
        {
            text.Append('\n').Append(_rule).Append('\n').Append("What these packages say of what is in them: ")
                .Append(string.Join(", ", others.Value)).Append("\n\n").Append(others.Key).Append('\n');
        }

        if (Log.HasLoggedErrors) return false;
        Directory.CreateDirectory(Path.GetDirectoryName(Destination)!);
        File.WriteAllText(Destination, text.ToString());
        return true;
    }

    // A text of the package, whatever its case and extension.
    private static string? Find(string folder, string name) => Directory.GetFiles(folder)
        .Where(path => name.Length > 0 && (Path.GetFileName(path).Equals(name, StringComparison.OrdinalIgnoreCase)
            || Path.GetFileNameWithoutExtension(path).Equals(name, StringComparison.OrdinalIgnoreCase)))
        .Select(path => string.Join("\n", File.ReadAllText(path).Replace("\r\n", "\n").Split('\n').Select(line => line.TrimEnd())).Trim())
            .FirstOrDefault();
}
