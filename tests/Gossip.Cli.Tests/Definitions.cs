using System.Text;
using Gossip.Cli.Agent.Definitions;

namespace Gossip.Cli.Tests;

/// <summary>Definitions of tests.</summary>
internal static class Definitions
{
    /// <summary>A definition that is valid.</summary>
    public static ServiceDefinition Read(string json, string origin = "a test")
    {
        var problems = new List<string>();
        var read = new DefinitionReader(origin, null).Read(Encoding.UTF8.GetBytes(json), problems);
        Assert.Empty(problems);
        return Assert.Single(read);
    }

    /// <summary>What is wrong with one that is not.</summary>
    public static IReadOnlyList<string> ProblemsOf(string json, string? commandObjection = null)
    {
        var problems = new List<string>();
        Assert.Empty(new DefinitionReader("a test", commandObjection).Read(Encoding.UTF8.GetBytes(json), problems));
        Assert.NotEmpty(problems);
        return problems;
    }
}
