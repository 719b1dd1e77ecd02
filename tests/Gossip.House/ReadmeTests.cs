using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Gossip.House;

/// <summary>What a newcomer pastes must compile.</summary>
public sealed class ReadmeTests
{
    private const string WebUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Hosting;
        global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Routing;
        global using Microsoft.Extensions.Configuration;
        global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging;
        """;

    [Fact]
    public void The_code_of_the_readme_compiles_in_a_new_web_project()
    {
        var samples = Samples(Repository.Read("README.md")).ToList();

        Assert.NotEmpty(samples);
        foreach (var sample in samples)
        {
            var errors = Compile(sample).GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
            Law.Holds("The code of README.md compiles:", errors.Select(error => error.ToString()));
        }
    }

    [Fact]
    public void The_code_of_the_readme_has_under_ten_lines() => Assert.All(
        Samples(Repository.Read("README.md")),
        sample => Assert.InRange(sample.Split('\n').Count(line => line.Trim().Length > 0), 1, 9));

    private static IEnumerable<string> Samples(string markdown) =>
        markdown.Split("```csharp\n").Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)]);

    private static CSharpCompilation Compile(string sample)
    {
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        return CSharpCompilation.Create(
            "Sample",
            [CSharpSyntaxTree.ParseText(WebUsings), CSharpSyntaxTree.ParseText(sample)],
            platform.Select(file => MetadataReference.CreateFromFile(file)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication));
    }
}
