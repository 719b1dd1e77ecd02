using Gossip.Cli.Protocols.Consul.Filters;
using Gossip.Cli.Protocols.Consul.Model;
using Gossip.Cli.Protocols.Consul.Serving;

namespace Gossip.Cli.Tests.Protocols.Consul;

/// <summary>The filter language: its laws, and what a hostile filter costs. What each operator says is in the recording.</summary>
public sealed class FilterTests
{
    private static readonly string[] Pieces =
    [
        "Service", ".", "Port", "Tags", "Meta", "[", "\"version\"", "]", "==", "!=", "in", "not", "and", "or", "is", "empty", "matches", "contains",
        "(", ")", "8080", "-1", "0x", "\"a", "`b`", "Checks", "Status", "passing", " ", "\t", "é", "=", "!", "\"[\"", "Node",
    ];

    private static readonly string[] Comparisons =
    [
        "Service.Port == 8080", "Service.Port != 8080", "\"v1\" in Service.Tags", "Service.Tags is empty", "Service.Meta.version == \"2\"",
        "Service.Meta.nokey != x", "Checks.Status == passing", "Checks.Status != passing", "Service.ID matches \"^a\"", "Node.Node == n1",
    ];

    private static readonly HealthServiceBody[] Items =
        [Item("a1", 8080, ["v1"], "1", "passing"), Item("a2", 80, [], "2", "critical"), Item("b1", 8080, ["v1", "v2"], null, "warning"), Item("b2", 0, ["v2"], "2", "passing")];

    [Law(usual: 300)]
    internal void And_or_not_and_parentheses_mean_what_they_mean_in_logic(Seed seed)
    {
        var random = new Random((int)seed.Value);
        var (text, expected) = Draw(random, 4);
        var filter = FilterParser.Read(text, ConsulSchemas.Health, out var problem);
        Assert.True(problem is null, $"{text}: {problem}");
        Assert.All(Items, item => Assert.True(expected(item) == filter!(item), text));
    }

    [Law(usual: 2_000)]
    internal void Whatever_a_filter_says_it_is_read_or_refused_with_a_reason(Script script)
    {
        var text = string.Join(script.Steps.Length % 2 == 0 ? "" : " ", script.Steps.Select(step => Pieces[step % Pieces.Length]));
        var filter = FilterParser.Read(text, ConsulSchemas.Health, out var problem);
        Assert.True((filter is null) != (problem is null), text);
        Assert.All(Items, item => filter?.Invoke(item));
    }

    [Fact]
    public void A_filter_that_is_long_deep_or_of_many_parts_is_refused()
    {
        Assert.Contains("letters", Problem(new string(' ', FilterParser.MostLetters + 1)), StringComparison.Ordinal);
        Assert.Contains("nested deeper", Problem(string.Concat(Enumerable.Repeat("(", 1_000)) + "Service.Port == 1"), StringComparison.Ordinal);
        Assert.Contains("nested deeper", Problem(string.Concat(Enumerable.Repeat("not ", 1_000)) + "Service.Port == 1"), StringComparison.Ordinal);
        Assert.Contains("comparisons", Problem(string.Join(" or ", Enumerable.Repeat("Service.Port == 1", 300))), StringComparison.Ordinal);
        Assert.Contains("512 letters", Problem($"Service.ID matches \"{new string('a', 513)}\""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Service.ID matches \"(a+)+$\"")]
    [InlineData("Service.ID matches \"(a|aa)*b\"")]
    public void A_pattern_that_would_make_others_try_for_ever_is_answered(string text)
    {
        var filter = FilterParser.Read(text, ConsulSchemas.Health, out _)!;
        Assert.False(filter(Item(new string('a', 100_000) + "!", 1, [], null, "passing")));
    }

    [Theory]
    [InlineData("Service.ID matches \"(?=a)\"", "Failed to compile regular expression")]
    [InlineData("Service.Meta.a.b == 1", "Selector \"Service.Meta.a.b\" is not valid")]
    [InlineData("Service == 1", "Selector \"Service\" is not valid")]
    [InlineData("Checks == 1", "Invalid match operator \"Equal\" for selector \"Checks\"")]
    [InlineData("Service.EnableTagOverride == maybe", "Failed to coerce value \"maybe\" for selector \"Service.EnableTagOverride\"")]
    public void What_is_wrong_is_named(string text, string expected) => Assert.StartsWith(expected, Problem(text), StringComparison.Ordinal);

    private static string Problem(string text)
    {
        Assert.Null(FilterParser.Read(text, ConsulSchemas.Health, out var problem));
        return problem!;
    }

    private static (string Text, Func<HealthServiceBody, bool> Holds) Draw(Random random, int depth)
    {
        if (depth == 0 || random.Next(3) == 0)
        {
            var text = Comparisons[random.Next(Comparisons.Length)];
            var filter = FilterParser.Read(text, ConsulSchemas.Health, out _)!;
            return (text, filter);
        }

        var (left, one) = Draw(random, depth - 1);
        var (right, other) = Draw(random, depth - 1);
        return random.Next(3) switch
        {
            0 => ($"not ({left})", item => !one(item)),
            1 => ($"({left}) and ({right})", item => one(item) && other(item)),
            _ => ($"(({left}) or {right})", item => one(item) || other(item)),
        };
    }

    private static HealthServiceBody Item(string id, int port, string[] tags, string? version, string status) => new(
        new NodeBody("", "n1", "10.0.0.1", "dc1", null, null, 1, 1),
        new NodeServiceBody(
            id, "web", tags, "", null, version is null ? null : new Dictionary<string, string> { ["version"] = version }, port, ServiceWeights.Default, false,
            ProxyBody.Instance, EmptyBody.Instance, 1, 1),
        [
            new CheckBody("n1", "serfHealth", "Serf Health Status", "passing", "", "", "", "", [], "", EmptyBody.Instance, 1, 1),
            new CheckBody("n1", $"service:{id}", "c", status, "", "", id, "web", tags, "ttl", EmptyBody.Instance, 1, 1),
        ]);
}
