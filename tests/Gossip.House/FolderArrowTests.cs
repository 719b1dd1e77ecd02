using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Gossip.House;

/// <summary>
/// Folders of a project have doors too: which folder uses which is said here, seen by symbols and not by usings, and makes no circle. The
/// root is the public face, which every folder may speak of and which stands before all of them.
/// </summary>
public sealed class FolderArrowTests
{
    private const string Project = "src/Gossip/";

    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Configuration"] = [],
        ["Statistics"] = [],
        ["Transport"] = [],
        ["Snapshots"] = ["Statistics"],
        ["Balancing"] = ["Snapshots", "Statistics"],
        ["Diagnostics"] = ["Transport"],
        ["Loop"] = ["Configuration", "Diagnostics", "Snapshots", "Statistics", "Transport"],
        ["Bootstrap"] = ["Configuration", "Diagnostics", "Snapshots", "Transport"],
        ["Discovery"] = ["Balancing", "Configuration", "Diagnostics", "Snapshots", "Statistics"],
        ["Http"] = ["Balancing", "Configuration", "Diagnostics", "Discovery", "Statistics"],
        ["Inspection"] = ["Diagnostics", "Loop", "Statistics"],
        ["Hosting"] = ["Balancing", "Bootstrap", "Configuration", "Diagnostics", "Discovery", "Inspection", "Loop", "Snapshots", "Statistics", "Transport"],
    };

    [Fact]
    public void Folders_use_what_the_table_of_arrows_says() => Law.Holds(
        $"A folder uses another (or does not use one that it may): change the table in {nameof(FolderArrowTests)} only if no circle comes of it.",
        Uses.Where(use => !Arrows.TryGetValue(use.From, out var allowed) || !allowed.Contains(use.To)).Select(use => $"{use.At}: {use.From} → {use.To}")
            .Concat(from arrow in Arrows
                    from to in arrow.Value
                    where !Uses.Any(use => use.From == arrow.Key && use.To == to)
                    select $"{arrow.Key} → {to} is in the table, and not in the code"));

    [Fact]
    public void The_arrows_make_no_circle()
    {
        var left = Arrows.Keys.ToHashSet();
        while (left.RemoveWhere(folder => !Arrows[folder].Any(left.Contains)) > 0)
        {
        }

        Law.Holds("These folders reach themselves:", left);
    }

    [Fact]
    public void The_root_holds_the_public_face_alone() => Law.Holds(
        "Move what nobody outside may use into a folder, and what everybody may to the root:",
        from file in Repository.CodeUnder(Project)
        from type in file.Syntax.DescendantNodes().OfType<BaseTypeDeclarationSyntax>()
        where type.Parent is BaseNamespaceDeclarationSyntax && !type.Modifiers.Any(SyntaxKind.PartialKeyword)
        where type.Modifiers.Any(SyntaxKind.PublicKeyword) != (FolderOf(file.Path).Length == 0)
        select file.At(type));

    private static IReadOnlyList<(string From, string To, string At)> Uses { get; } = [.. Find()];

    private static IEnumerable<(string From, string To, string At)> Find()
    {
        var files = Repository.CodeUnder(Project).ToDictionary(file => file.Syntax.SyntaxTree);
        var compilation = CSharpCompilation.Create(
            "folders",
            [.. files.Keys, Implicit()],
            References(),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        foreach (var (tree, file) in files)
        {
            var model = compilation.GetSemanticModel(tree);
            var from = FolderOf(file.Path);
            if (from.Length == 0)
                continue;
            foreach (var name in file.Syntax.DescendantNodes().OfType<SimpleNameSyntax>())
            {
                if (DeclarationOf(model.GetSymbolInfo(name).Symbol) is not { } declared || !files.TryGetValue(declared, out var other))
                    continue;
                if (FolderOf(other.Path) is { Length: > 0 } to && to != from)
                    yield return (from, to, $"{file.At(name)}: {name}");
            }
        }
    }

    /// <summary>Where the outermost type is declared that a symbol is, or is a member of.</summary>
    private static SyntaxTree? DeclarationOf(ISymbol? symbol)
    {
        var type = symbol switch
        {
            INamedTypeSymbol named => named,
            IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol => symbol.ContainingType,
            _ => null,
        };
        while (type?.ContainingType is { } outer)
            type = outer;
        return type?.OriginalDefinition.DeclaringSyntaxReferences.FirstOrDefault()?.SyntaxTree;
    }

    /// <summary>What the SDK has every file use.</summary>
    private static SyntaxTree Implicit() => CSharpSyntaxTree.ParseText(
        string.Concat(((string[])["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks"])
            .Select(space => $"global using {space};")),
        new CSharpParseOptions(LanguageVersion.Preview));

    private static IEnumerable<MetadataReference> References() =>
        from path in ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        where Path.GetFileNameWithoutExtension(path) is not "Gossip"
        select MetadataReference.CreateFromFile(path);

    private static string FolderOf(string path) => path[Project.Length..] is var inside && inside.IndexOf('/') is > 0 and var end ? inside[..end] : "";
}
