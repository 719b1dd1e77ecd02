using System.Text.RegularExpressions;

namespace Gossip.House;

/// <summary>Words that stand for work not done, for a rule evaded, or for one particular machine.</summary>
public sealed partial class TextLawTests
{
    // Joined here, so that this file does not break its own law.
    private static readonly string[] Unfinished = ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "NotImplemented" + "Exception", "#pragma warning" + " disable"];

    private static readonly Regex UnfinishedWords =
        new(string.Join('|', Unfinished.Select(word => $@"(?<!\w){Regex.Escape(word).Replace(@"\ ", @"\s+")}(?!\w)")), RegexOptions.CultureInvariant);

    private static readonly Regex MachinePath = new(@"(?<![\w.:$~)}/-])/(work|root|ho" + @"me)/", RegexOptions.CultureInvariant);

    private static readonly HashSet<string> BinaryKinds = [".png", ".jpg", ".gif", ".ico", ".svg", ".pcap", ".bin", ".webp", ".woff2"];

    [Fact]
    public void Nothing_is_left_unfinished_or_silenced() => Law.Holds(
        "Finish it, or open an issue; fix what the analyzer says, or switch the rule off in .editorconfig with a reason:",
        from file in Repository.Code
        from line in Offending(file, UnfinishedWords)
        select line);

    [Fact]
    public void No_tracked_file_knows_the_machine_it_was_written_on() => Law.Holds(
        "A path of one particular machine:",
        from file in Repository.Files
        where !BinaryKinds.Contains(Path.GetExtension(file))
        from line in Offending(SourceFile.Read(file), MachinePath)
        select line);

    [Fact]
    public void A_rule_silenced_in_a_project_file_has_its_reason_above() => Law.Holds(
        "Write the reason in an XML comment on the line above:",
        from file in Repository.Files
        where Path.GetExtension(file) is ".csproj" or ".props" or ".targets"
        let lines = Repository.Read(file).Split('\n')
        from at in Enumerable.Range(0, lines.Length)
        where Silencing().IsMatch(lines[at]) && !(at > 0 && lines[at - 1].Contains("-->", StringComparison.Ordinal))
        select $"{file}:{at + 1}: {lines[at].Trim()}");

    [Fact]
    public void An_unfinished_word_is_seen() => Assert.All(Unfinished, word =>
    {
        Assert.Single(Offending(new SourceFile("sample.cs", $"a\nb // {word}: later\nc"), UnfinishedWords));
        Assert.Empty(Offending(new SourceFile("sample.cs", $"a\nb // x{word}x\nc"), UnfinishedWords));
    });

    [Fact]
    public void A_machine_path_is_seen()
    {
        foreach (var folder in new[] { "work", "root", "ho" + "me" })
        {
            Assert.Single(Offending(new SourceFile("sample.md", $"see /{folder}/x"), MachinePath));
            Assert.Single(Offending(new SourceFile("sample.md", $"path=\"/{folder}/x\""), MachinePath));
            Assert.Empty(Offending(new SourceFile("sample.md", $"see docs/{folder}/x and https://example.org/{folder}/x"), MachinePath));
        }
    }

    private static IEnumerable<string> Offending(SourceFile file, Regex law) =>
        file.Text.Split('\n').Select((text, index) => (text, line: index + 1))
            .Where(line => law.IsMatch(line.text))
            .Select(line => $"{file.Path}:{line.line}: {line.text.Trim()}");

    [GeneratedRegex("<(NoWarn|WarningsNotAsErrors)>")]
    private static partial Regex Silencing();
}
