using System.Text.RegularExpressions;

namespace Gossip.House;

/// <summary>Each analyzer rule that is switched off says why, in a comment directly above its group that names it.</summary>
public sealed partial class EditorConfigTests
{
    [Fact]
    public void Every_rule_switched_off_has_its_reason_above() => Law.Holds(
        "Name the rule and its reason in a comment directly above, as '# CA1234: because':",
        Repository.FilesNamed(".editorconfig").SelectMany(file => Unexplained(Repository.Read(file)).Select(rule => $"{file}: {rule}")));

    [Theory]
    [InlineData("# CA1000: because.\ndotnet_diagnostic.CA1000.severity = none", "")]
    [InlineData("# CA1000, CA1001: because.\ndotnet_diagnostic.CA1000.severity = none\ndotnet_diagnostic.CA1001.severity = none", "")]
    [InlineData("# CA1000: because.\n\ndotnet_diagnostic.CA1000.severity = none", "CA1000")]
    [InlineData("# CA1000: because.\ndotnet_diagnostic.CA1000.severity = none\ndotnet_diagnostic.CA1001.severity=none", "CA1001")]
    [InlineData("# CA1000\ndotnet_diagnostic.CA1000.severity = none", "CA1000")]
    [InlineData("dotnet_diagnostic.CA1000.severity = silent", "CA1000")]
    [InlineData("dotnet_diagnostic.CA1000.severity = warning", "")]
    public void A_rule_without_a_reason_is_seen(string config, string expected) => Assert.Equal(expected, string.Join(' ', Unexplained(config)));

    private static IEnumerable<string> Unexplained(string config)
    {
        var comment = "";
        var inComment = false;
        foreach (var line in config.Split('\n').Select(line => line.Trim()))
        {
            if (line.StartsWith('#'))
                (comment, inComment) = (inComment ? $"{comment} {line}" : line, true);
            else
                (comment, inComment) = (line.Length == 0 ? "" : comment, false);
            if (SwitchedOff().Match(line) is { Success: true } match && !Explains(comment, match.Groups["rule"].Value))
                yield return match.Groups["rule"].Value;
        }
    }

    private static bool Explains(string comment, string rule) =>
        comment.Split(':', 2) is [var rules, var reason] && reason.Trim().Length > 0 && rules.Contains(rule, StringComparison.Ordinal);

    [GeneratedRegex(@"^dotnet_diagnostic\.(?<rule>\w+)\.severity\s*=\s*(none|silent|suggestion)\b")]
    private static partial Regex SwitchedOff();
}
