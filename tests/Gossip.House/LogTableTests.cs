using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Gossip.House;

/// <summary>
/// docs/LOG.md has each message that the library logs, with its id and level, and no other: operators look for messages by their ids.
/// </summary>
public sealed partial class LogTableTests
{
    private const string Table = "docs/LOG.md";

    [Fact]
    public void Each_log_message_is_in_the_table_as_it_is_logged() => Law.Holds(
        $"{Table} and the code differ (+ is in the code, - in the table):",
        Differences(Repository.CodeUnder("src/").SelectMany(Logged), Listed(Repository.Read(Table))));

    [Fact]
    public void A_message_that_lacks_or_is_too_much_is_seen() => Assert.Equal(
        ["+ 1 Debug xy", "- 1 Debug x"],
        Differences(
            Logged(new SourceFile("sample.cs", "class C { [LoggerMessage(1, LogLevel.Debug, \"x\" + \"y\")] void M() { } }")),
            Listed("| 1 | Debug | `c` | x |")));

    private static IEnumerable<string> Differences(IEnumerable<string> code, IEnumerable<string> table) =>
        code.Except(table).Select(row => $"+ {row}").Concat(table.Except(code).Select(row => $"- {row}"));

    private static IEnumerable<string> Logged(SourceFile file) =>
        from attribute in file.Syntax.DescendantNodes().OfType<AttributeSyntax>()
        where attribute.Name.ToString() == "LoggerMessage"
        let arguments = attribute.ArgumentList!.Arguments
        let parts = arguments[2].DescendantTokens().Where(token => token.IsKind(SyntaxKind.StringLiteralToken))
        let says = string.Concat(parts.Select(token => token.ValueText))
        select $"{arguments[0]} {arguments[1].ToString().Replace("LogLevel.", "")} {says}";

    private static IEnumerable<string> Listed(string text) =>
        Row().Matches(text).Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value} {match.Groups[3].Value}");

    [GeneratedRegex(@"^\| (\d+) \| (\w+) \| `[\w.]+` \| (.+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
