using System.Reflection;
using System.Text.RegularExpressions;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Luma.Tests;

/// <summary>
/// The folders of src/Luma are floors of a house: what is in one uses only what is on lower floors, so that each can be read
/// with what is below it and nothing else. Read from the compiled code, so that no way of naming a type goes unnoticed.
/// </summary>
public partial class ArchitectureTests
{
    private static readonly string[][] _floors =
    [
        ["Common"],
        ["Connection"],
        ["Jobs"],
        ["Protocol", "Journal"],
        ["Client", "Callbacks"],
        ["Submitting", "Waiting", "Saving", "Usage", "Diagnostics"],
        ["Gallery"],
    ];

    private static readonly string _source = Path.Combine(RepositoryFolder(), "src", "Luma");

    [Fact]
    public void Each_folder_of_the_library_is_on_a_floor()
    {
        IEnumerable<string> folders = Directory.EnumerateDirectories(_source).Select(folder => Path.GetFileName(folder))
            .Except(["bin", "obj"]);
        Assert.Equal(_floors.SelectMany(folders => folders).Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_type_has_a_file_of_its_own_in_one_of_the_folders()
    {
        using AssemblyDefinition assembly = Read();
        Dictionary<string, string> folders = FoldersOfTypes();
        IEnumerable<string> homeless = OwnTypes(assembly).Select(NameOf).Where(name => !folders.ContainsKey(name));
        Assert.Empty(homeless);
    }

    [Fact]
    public void A_folder_uses_only_folders_on_lower_floors()
    {
        using AssemblyDefinition assembly = Read();
        Dictionary<string, string> folders = FoldersOfTypes();
        var faults = new SortedSet<string>(StringComparer.Ordinal);
        foreach (TypeDefinition type in OwnTypes(assembly))
        {
            string user = folders.GetValueOrDefault(NameOf(type), "");
            foreach (string used in UsedTypes(type).Where(folders.ContainsKey))
            {
                if (folders[used] != user && FloorOf(folders[used]) >= FloorOf(user))
                {
                    faults.Add($"{user}/{NameOf(type)} uses {folders[used]}/{used}");
                }
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public void Every_file_folder_and_type_that_the_page_names_exists()
    {
        string root = RepositoryFolder();
        string page = File.ReadAllText(Path.Combine(root, "docs", "architecture.md"));
        string[] named = [.. NamedPath().Matches(page).Select(match => match.Groups["path"].Value).Distinct()];
        Assert.InRange(named.Length, 20, int.MaxValue);
        string[] roots = [root, _source, Path.Combine(root, "src", "LumaPS")];
        string[] missing = [.. named.Where(path => !roots.Any(folder => Path.Exists(Path.Combine(folder, path))))];
        Assert.Empty(missing);
        HashSet<string> files = [.. Directory.EnumerateFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetFileNameWithoutExtension(file))];
        string section = page[page.IndexOf("## Waiting and saving", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("## The journal", StringComparison.Ordinal)];
        IEnumerable<string> types = NamedType().Matches(section).Select(match => match.Groups["type"].Value);
        string[] unknown = [.. types.Where(type => !files.Contains(type))];
        Assert.Empty(unknown);
    }

    // `Jobs/JobFields.cs`, `tests/Luma.Tests/Client`; folders that a build makes are not in a clone.
    [GeneratedRegex(@"`(?<path>(?!out/|deps/|en-US/)[\w.-]+/[\w./-]*)`")]
    private static partial Regex NamedPath();

    [GeneratedRegex(@"`(?<type>[A-Z][a-z0-9]+[A-Z]\w+)`")]
    private static partial Regex NamedType();

    private static string RepositoryFolder() =>
        typeof(ArchitectureTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "Repository").Value!;

    private static AssemblyDefinition Read() => AssemblyDefinition.ReadAssembly(typeof(LumaJob).Assembly.Location);

    private static int FloorOf(string folder) => Array.FindIndex(_floors, folders => folders.Contains(folder));

    // One type per file, named after it; of a type in several parts each part is named Type.Part.
    private static Dictionary<string, string> FoldersOfTypes()
    {
        var folders = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(_source, "*.cs", SearchOption.AllDirectories))
        {
            string folder = Path.GetRelativePath(_source, file).Split(Path.DirectorySeparatorChar)[0];
            if (folder is not ("bin" or "obj")) folders[Path.GetFileNameWithoutExtension(file).Split('.')[0]] = folder;
        }

        return folders;
    }

    // Without what the compiler makes, and without types within types: they belong to the type around them.
    private static IEnumerable<TypeDefinition> OwnTypes(AssemblyDefinition assembly) =>
        assembly.MainModule.Types.Where(type => type.Namespace == "Luma" && !type.Name.Contains('<', StringComparison.Ordinal));

    private static string NameOf(TypeReference type) => type.Name.Split('`')[0];

    private static HashSet<string> UsedTypes(TypeDefinition type)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        Collect(type);
        return used;

        void Collect(TypeDefinition part)
        {
            Use(part.BaseType);
            foreach (InterfaceImplementation implemented in part.Interfaces) Use(implemented.InterfaceType);
            foreach (CustomAttribute attribute in part.CustomAttributes) UseAttribute(attribute);
            foreach (FieldDefinition field in part.Fields) Use(field.FieldType);
            foreach (MethodDefinition method in part.Methods) UseMethod(method);
            foreach (TypeDefinition inner in part.NestedTypes) Collect(inner);
        }

        void UseMethod(MethodDefinition method)
        {
            Use(method.ReturnType);
            foreach (ParameterDefinition parameter in method.Parameters) Use(parameter.ParameterType);
            foreach (CustomAttribute attribute in method.CustomAttributes) UseAttribute(attribute);
            if (!method.HasBody) return;
            foreach (VariableDefinition variable in method.Body.Variables) Use(variable.VariableType);
            foreach (ExceptionHandler handler in method.Body.ExceptionHandlers) Use(handler.CatchType);
            foreach (Instruction instruction in method.Body.Instructions) UseOperand(instruction.Operand);
        }

        void UseAttribute(CustomAttribute attribute)
        {
            Use(attribute.AttributeType);
            foreach (CustomAttributeArgument argument in attribute.ConstructorArguments) Use(argument.Value as TypeReference);
        }

        void UseOperand(object? operand)
        {
            if (operand is TypeReference named)
            {
                Use(named);
            }
            else if (operand is MemberReference member)
            {
                Use(member.DeclaringType);
                if (member is FieldReference field) Use(field.FieldType);
                if (member is not MethodReference method) return;
                Use(method.ReturnType);
                foreach (ParameterDefinition parameter in method.Parameters) Use(parameter.ParameterType);
                foreach (TypeReference argument in (method as GenericInstanceMethod)?.GenericArguments ?? []) Use(argument);
            }
        }

        void Use(TypeReference? reference)
        {
            switch (reference)
            {
                case null or GenericParameter:
                    return;
                case GenericInstanceType generic:
                    foreach (TypeReference argument in generic.GenericArguments) Use(argument);
                    Use(generic.ElementType);
                    return;
                case TypeSpecification wrapped:
                    Use(wrapped.ElementType);
                    return;
            }

            while (reference.DeclaringType is not null) reference = reference.DeclaringType;
            if (reference.Namespace == "Luma") used.Add(NameOf(reference));
        }
    }
}
