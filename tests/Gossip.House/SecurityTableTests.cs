using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Gossip.House;

/// <summary>SECURITY.md promises nothing that no test shows, every day and on every machine that has the peers.</summary>
public sealed partial class SecurityTableTests
{
    private const string Heading = "## Who can do what";

    /// <summary>The tests of the tree by class and method, each with why it may not run; null for one that always does.</summary>
    private static readonly Dictionary<string, string?> Tests = Repository.CodeUnder("tests/").SelectMany(TestsOf)
        .GroupBy(test => test.Name).ToDictionary(group => group.Key, group => group.First().SkippedBecause);

    [Fact]
    public void Each_cell_of_the_table_names_tests_that_are_there_and_run() =>
        Law.Holds("In SECURITY.md, each cell names tests that exist and run every day:", Violations(Repository.Read("SECURITY.md"), Tests));

    [Theory]
    [InlineData("| a | no: `A.Good` | no: `A.Good` |", 0)]
    [InlineData("| a | no: `A.Good`, `A.Good` | nothing |", 1)]
    [InlineData("| a | no: `A.Missing` | no: `A.Good` |", 1)]
    [InlineData("| a | no: `A.Skipped` | no: `A.Good` |", 1)]
    [InlineData("| a | no: `A.Good` |", 1)]
    [InlineData("", 1)]
    public void A_cell_that_no_test_shows_is_seen(string row, int expected)
    {
        var known = new Dictionary<string, string?> { ["A.Good"] = null, ["A.Skipped"] = "is left to the night" };
        Assert.Equal(expected, Violations($"text\n{Heading}\n\n| who | sees | changes |\n|---|---|---|\n{row}\n\n## Next\n", known).Count());
    }

    [Theory]
    [InlineData("[Fact] public void M() { }", null)]
    [InlineData("[PeerFact(\"nft\")] public void M() { }", null)]
    [InlineData("[Law(1, 2)] internal void M(int x) { }", null)]
    [InlineData("[Fact(Skip = \"why\")] public void M() { }", "is skipped")]
    [InlineData("[PeerFact(\"nft\", IsNightly = true)] public void M() { }", "is left to the night")]
    [InlineData("[NightlyFact] public void M() { }", "is left to the night")]
    [InlineData("public void M() { }", "is no test")]
    public void A_test_that_does_not_run_is_seen(string method, string? expected) =>
        Assert.Equal(expected, TestsOf(new SourceFile("sample.cs", $"class C {{ {method} }}")).Select(test => test.SkippedBecause).DefaultIfEmpty("is no test").Single());

    private static IEnumerable<string> Violations(string text, IReadOnlyDictionary<string, string?> tests)
    {
        var lines = text.Split('\n');
        var table = lines.SkipWhile(line => line != Heading).Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith('|')).Select(line => line.Trim('|', ' ').Split(" | ")).ToList();
        if (table.Count < 3)
            return [$"there is no table below '{Heading}'"];
        var columns = table[0].Length;
        return table.Skip(2).SelectMany(row => row.Length == columns
            ? row.Skip(1).SelectMany((cell, i) => Violations(row[0], table[0][i + 1], cell, tests))
            : [$"'{row[0]}' has {row.Length} cells, and the table {columns}"]);
    }

    private static IEnumerable<string> Violations(string who, string what, string cell, IReadOnlyDictionary<string, string?> tests)
    {
        var named = TestName().Matches(cell).Select(match => match.Groups[1].Value).Distinct().ToList();
        if (named.Count == 0)
            yield return $"'{who}', {what}: no test is named";
        foreach (var name in named)
        {
            if (!tests.TryGetValue(name, out var skipped))
                yield return $"'{who}', {what}: {name} is not there";
            else if (skipped is not null)
                yield return $"'{who}', {what}: {name} {skipped}";
        }
    }

    private static IEnumerable<(string Name, string? SkippedBecause)> TestsOf(SourceFile file) =>
        from method in file.Syntax.DescendantNodes().OfType<MethodDeclarationSyntax>()
        let attributes = method.AttributeLists.SelectMany(list => list.Attributes).ToList()
        where attributes.Exists(attribute => TestAttribute().IsMatch(attribute.Name.ToString()))
        let type = method.FirstAncestorOrSelf<TypeDeclarationSyntax>()
        select ($"{type.Identifier.Text}.{method.Identifier.Text}", attributes.Select(SkippedBecause).FirstOrDefault(why => why is not null));

    private static string? SkippedBecause(AttributeSyntax attribute)
    {
        var named = attribute.ArgumentList?.Arguments.Select(argument => argument.NameEquals?.Name.Identifier.Text).ToList() ?? [];
        var isNightly = named.Contains("IsNightly") || attribute.Name.ToString().StartsWith("Nightly", StringComparison.Ordinal);
        return named.Contains("Skip") ? "is skipped" : isNightly ? "is left to the night" : null;
    }

    [GeneratedRegex(@"`(\w+\.\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex("(Fact|Theory|Law|Property)$")]
    private static partial Regex TestAttribute();
}
