using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Gossip.House;

/// <summary>
/// A type says by its name what it is about, in a word that the vocabulary of docs/HANDBOOK.md explains. One inside of another is read
/// together with it.
/// </summary>
public sealed partial class VocabularyLawTests
{
    /// <summary>Words that whoever writes .NET or speaks of networks knows, and that mean here what they mean there.</summary>
    private static readonly HashSet<string> FieldWords =
    [
        "body", "counter", "detector", "entry", "event", "generator", "graph", "list", "option", "pool", "result",
        "runtime", "setting", "snapshot", "source", "writer",
        "content", "dns", "hash", "key", "mdns", "message", "name", "network", "port", "random", "socket", "stream", "text", "transport",
        "gossip", "lifeguard",
    ];

    private static readonly string[] Terms = [.. Explained(Repository.Read("docs/HANDBOOK.md"))];

    private static readonly HashSet<string> Known = [.. Terms.Concat(FieldWords).SelectMany(Words)];

    [Fact]
    public void Each_type_in_src_is_named_with_a_word_that_is_explained() => Law.Holds(
        "Use the vocabulary of docs/HANDBOOK.md, or explain the new word there:",
        Repository.CodeUnder("src/").SelectMany(Unexplained));

    [Fact]
    public void Few_words_are_left_unexplained() => Assert.InRange(FieldWords.Count, 1, 40);

    [Fact]
    public void No_word_is_explained_twice() => Law.Holds(
        "One row for each word:",
        from term in Terms
        group term by term into places
        where places.Count() > 1
        select places.Key);

    [Theory]
    [InlineData("class ProbeOrder;", 0)]
    [InlineData("class Suspicions;", 0)]
    [InlineData("interface IProbe;", 0)]
    [InlineData("enum MdnsLinkKind { A }", 0)]
    [InlineData("struct DNSReader;", 0)]
    [InlineData("record BucketThing(int X);", 1)]
    [InlineData("delegate void Whatever();", 1)]
    [InlineData("class Probe { class Slot; }", 0)]
    [InlineData("class Slot { class Slip; }", 2)]
    public void A_name_that_explains_nothing_is_seen(string type, int expected) =>
        Assert.Equal(expected, Unexplained(new SourceFile("sample.cs", type)).Count());

    private static IEnumerable<string> Unexplained(SourceFile file) =>
        from type in file.Syntax.DescendantNodes().OfType<MemberDeclarationSyntax>()
        let name = SyntaxLaw.DeclaredTypeName(type)
        where name.Text is { Length: > 0 } && !type.AncestorsAndSelf().OfType<MemberDeclarationSyntax>().Any(IsExplained)
        select $"{file.At(name)}: {name.Text}";

    private static bool IsExplained(MemberDeclarationSyntax type) =>
        Words(Interface().Replace(SyntaxLaw.DeclaredTypeName(type).Text ?? "", "")).Any(Known.Contains);

    private static IEnumerable<string> Words(string name) => Word().Matches(name).Select(match => Singular(match.Value));

    /// <summary>The first column of each row of the vocabulary.</summary>
    private static IEnumerable<string> Explained(string handbook) =>
        from line in handbook.Split("## Vocabulary")[1].Split("Not used:")[0].Split('\n')
        where line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| Word ", StringComparison.Ordinal)
        from term in line.Split('|')[1].Split(',')
        select term.Trim();

    private static string Singular(string word) => word.ToLowerInvariant() switch
    {
        var plural when plural.EndsWith("sses", StringComparison.Ordinal) => plural[..^2],
        var plural when plural.EndsWith("ies", StringComparison.Ordinal) => plural[..^3] + "y",
        var plural when plural.EndsWith('s') && !plural.EndsWith("ss", StringComparison.Ordinal) => plural[..^1],
        var singular => singular,
    };

    [GeneratedRegex("^I(?=[A-Z][a-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Interface();

    [GeneratedRegex("[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
