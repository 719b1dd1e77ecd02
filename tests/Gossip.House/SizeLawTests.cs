namespace Gossip.House;

/// <summary>A file is one mechanism, a method one thought: the limits make the split happen while it is cheap.</summary>
public sealed class SizeLawTests
{
    private const int FileLimit = 300;
    private const int BodyLimit = 60;
    private const int ColumnLimit = 140;
    private const int ProjectFileLimit = 20;
    private const int ExampleLimit = 40;

    [Fact]
    public void No_source_file_is_longer_than_300_lines() => Law.Holds(
        $"Longer than {FileLimit} lines; one mechanism, one file:",
        from file in Repository.CodeUnder("src/")
        where file.LineCount > FileLimit
        select $"{file.Path}: {file.LineCount} lines");

    [Fact]
    public void No_body_of_code_is_longer_than_60_lines() => Law.Holds(
        $"Longer than {BodyLimit} lines; push ifs up and fors down:",
        from file in Repository.CodeUnder("src/")
        from body in Measured.In(file)
        where body.Lines > BodyLimit
        select $"{body.Where}: {body.Name} has {body.Lines} lines");

    [Fact]
    public void No_line_of_source_is_longer_than_140_characters() => Law.Holds(
        $"Longer than {ColumnLimit} characters; wrap it:",
        from file in Repository.CodeUnder("src/")
        from line in file.Text.Split('\n').Index()
        where line.Item.Length > ColumnLimit
        select $"{file.Path}:{line.Index + 1}: {line.Item.Length} characters");

    /// <summary>The scripts and the style of the page are read and reviewed as the rest of the source is.</summary>
    [Fact]
    public void No_script_of_the_page_is_longer_or_wider_than_other_source() => Law.Holds(
        $"Longer than {FileLimit} lines, or a line of it than {ColumnLimit} characters:",
        from path in Repository.FilesNamed(".js")
        where path.StartsWith("src/", StringComparison.Ordinal)
        let lines = Repository.Read(path).Split('\n')
        where lines.Length > FileLimit + 1 || lines.Any(line => line.Length > ColumnLimit)
        select $"{path}: {lines.Length - 1} lines, the longest of {lines.Max(line => line.Length)} characters");

    [Fact]
    public void No_project_file_has_20_lines() => Law.Holds(
        $"Has {ProjectFileLimit} lines or more; what projects share belongs into Directory.Build.props:",
        from file in Repository.FilesNamed(".csproj")
        let lines = new SourceFile(file, Repository.Read(file)).LineCount
        where lines >= ProjectFileLimit
        select $"{file}: {lines} lines");

    [Theory]
    [InlineData("examples/Orders/Program.cs")]
    [InlineData("examples/Payments/Program.cs")]
    public void A_first_example_is_read_at_one_glance(string file) =>
        Assert.InRange(SourceFile.Read(file).LineCount, 1, ExampleLimit - 1);

    [Theory]
    [InlineData("void M()\n{¶}", 62)]
    [InlineData("[Obsolete]\n[Other]\nvoid M()\n{¶}", 62)]
    [InlineData("/// <summary>\n/// Doc.\n/// </summary>\nvoid M() =>¶N();", 61)]
    [InlineData("C()\n{¶}", 62)]
    [InlineData("int P\n{\nget\n{¶}\n}", 62)]
    [InlineData("int P =>¶1;", 61)]
    [InlineData("void M()\n{\nvoid Local()\n{¶}\n}", 65)]
    [InlineData("Action _f = () =>\n{¶};", 62)]
    [InlineData("Action _f = delegate\n{¶};", 62)]
    [InlineData("public static C operator +(C a, C b)\n{¶}", 62)]
    public void The_measure_counts_every_kind_of_body_and_no_comment_above_it(string member, int lines)
    {
        var file = new SourceFile("sample.cs", $"class C\n{{\n{member.Replace("¶", new string('\n', 60))}\n}}\n");
        Assert.Equal(lines, Measured.In(file).Max(body => body.Lines));
    }

    [Fact]
    public void The_measure_counts_top_level_statements() =>
        Assert.Equal(3, Assert.Single(Measured.In(new SourceFile("sample.cs", "using System;\n\nvar a = 1;\n\na++;\n"))).Lines);
}
