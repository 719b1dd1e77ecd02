using System.Reflection;
using System.Text;

namespace Gossip.House.PublicApi;

/// <summary>The public surface changes only when someone says so: what is rendered must be what was approved.</summary>
public sealed class ApprovedApiTests
{
    private const string Approve = "GOSSIP_APPROVE";
    private const int LinesShown = 12;

    public static TheoryData<string> Packages => DependencyArrowTests.Assemblies;

    [Theory]
    [MemberData(nameof(Packages))]
    public void The_public_API_is_the_approved_one(string assembly)
    {
        var file = Path.Combine(Repository.Root, "tests", "Gossip.House", "Approved", assembly + ".txt");
        var actual = ApiText.Of(Assembly.Load(assembly));
        if (Environment.GetEnvironmentVariable(Approve) == "1")
            File.WriteAllText(file, actual, new UTF8Encoding(false));
        var approved = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        if (approved != actual)
            Assert.Fail($"The public API of {assembly} is not the approved one:\n{Differences(approved, actual)}"
                + $"If the change is meant, run `{Approve}=1 dotnet test tests/Gossip.House` to accept it, and commit the text.");
    }

    [Fact]
    public void Every_approved_text_belongs_to_a_package() => Law.Holds(
        "Remove the approved text of a package that is gone:",
        Repository.FilesNamed(".txt").Where(file => file.StartsWith("tests/Gossip.House/Approved/", StringComparison.Ordinal))
            .Where(file => !DependencyArrowTests.Known.Contains(Path.GetFileNameWithoutExtension(file))));

    [Fact]
    public void A_difference_is_shown_as_lines_with_the_type_they_stand_in()
    {
        var shown = Differences("namespace N;\n\npublic class A\n{\n    int X;\n    int Y;\n}\n", "namespace N;\n\npublic class A\n{\n    int Y;\n    int Z;\n}\n");
        Assert.Equal("  namespace N; public class A\n-     int X;\n+     int Z;\n", shown);
    }

    // Members are unique lines within their type, so a set difference per type says all that there is to say.
    private static string Differences(string approved, string actual)
    {
        var before = Located(approved).ToHashSet();
        var after = Located(actual).ToHashSet();
        var lines = before.Except(after).Select(line => (line.Type, Sign: '-', line.Text)).Concat(after.Except(before).Select(line => (line.Type, Sign: '+', line.Text)))
            .OrderBy(line => line.Type, StringComparer.Ordinal).ThenBy(line => line.Text, StringComparer.Ordinal).ThenByDescending(line => line.Sign).ToList();
        var text = new StringBuilder();
        foreach (var type in lines.Take(LinesShown).GroupBy(line => line.Type))
            text.Append("  ").Append(type.Key).Append('\n').AppendJoin("", type.Select(line => $"{line.Sign} {line.Text}\n"));
        return lines.Count > LinesShown ? text.Append("  … and ").Append(lines.Count - LinesShown).Append(" more\n").ToString() : text.ToString();
    }

    private static IEnumerable<(string Type, string Text)> Located(string text)
    {
        var (space, type) = ("", "");
        foreach (var line in text.Split('\n').Where(line => line is not ("" or "{" or "}")))
        {
            if (line.StartsWith("namespace ", StringComparison.Ordinal))
                (space, type) = (line, line);
            else if (!line.StartsWith(' '))
                type = $"{space} {line}";
            yield return (type, line);
        }
    }
}
