using System.Reflection;
using System.Runtime.CompilerServices;
using PublicApiGenerator;

namespace Gossip.House;

/// <summary>The public surface changes only when someone says so: what is generated must be what was approved.</summary>
public sealed class ApprovedApiTests
{
    private const string Approve = "GOSSIP_APPROVE";
    private const int LinesShown = 12;

    /// <summary>Extension methods stand in the namespaces of what they extend, so none is left out.</summary>
    private static readonly ApiGeneratorOptions Options = new()
    {
        IncludeAssemblyAttributes = false,
        DenyNamespacePrefixes = [],
        // How a method is compiled is nobody's contract.
        ExcludeAttributes = [typeof(AsyncIteratorStateMachineAttribute).FullName!],
    };

    public static TheoryData<string> Packages => DependencyArrowTests.Assemblies;

    [Theory]
    [MemberData(nameof(Packages))]
    public void The_public_API_is_the_approved_one(string assembly)
    {
        var file = Path.Combine(Repository.Root, "tests", "Gossip.House", "Approved", assembly + ".txt");
        var actual = Assembly.Load(assembly).GeneratePublicApi(Options).ReplaceLineEndings("\n") + "\n";
        if (Environment.GetEnvironmentVariable(Approve) == "1")
            File.WriteAllText(file, actual);
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
        var shown = Differences("""
            namespace N
            {
                public class A
                {
                    public int X { get; }
                    public int Y { get; }
                }
            }
            """, """
            namespace N
            {
                public class A
                {
                    public int Y { get; }
                    public int Z { get; }
                }
            }
            """);
        Assert.Equal("  namespace N public class A\n- public int X { get; }\n+ public int Z { get; }\n", shown);
    }

    // Members are unique lines within their type, so a set difference per type says all that there is to say.
    private static string Differences(string approved, string actual)
    {
        var before = Located(approved).ToHashSet();
        var after = Located(actual).ToHashSet();
        var lines = before.Except(after).Select(line => (line.Type, line.Text, Sign: '-'))
            .Concat(after.Except(before).Select(line => (line.Type, line.Text, Sign: '+')))
            .OrderBy(line => line.Type, StringComparer.Ordinal).ThenBy(line => line.Text, StringComparer.Ordinal)
            .ThenByDescending(line => line.Sign).ToList();
        var text = string.Concat(lines.Take(LinesShown).GroupBy(line => line.Type)
            .Select(type => $"  {type.Key}\n{string.Concat(type.Select(line => $"{line.Sign} {line.Text}\n"))}"));
        return lines.Count > LinesShown ? $"{text}  … and {lines.Count - LinesShown} more\n" : text;
    }

    /// <summary>Each line with the namespace and the types around it: the lines in front of the open braces.</summary>
    private static IEnumerable<(string Type, string Text)> Located(string text)
    {
        var around = new Stack<string>();
        var last = "";
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n').Select(line => line.Trim()))
        {
            if (line == "{")
                around.Push(last);
            else if (line == "}")
                around.Pop();
            else
                yield return (string.Join(' ', around.Reverse()), last = line);
        }
    }
}
