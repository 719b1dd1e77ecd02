using System.Text.RegularExpressions;
using Gossip.Cli.Tests.Protocols.Consul;

namespace Gossip.Cli.Tests.Protocols.Dns;

/// <summary>What a real Consul answers by DNS, recorded, held against the agent: what differs is in the table of docs/DNS.md.</summary>
public sealed partial class DnsContractTests : IDisposable
{
    private static readonly string Corpus = Path.Combine(AppContext.BaseDirectory, "Consul");

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [PeerFact("python3")]
    public async Task What_differs_from_a_real_Consul_is_listed_with_its_reason()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Corpus, "DNS.md"));
        var listed = ListedRow().Matches(page.Split("## What differs")[1].Split("\n## ")[0]).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.InRange(listed.Count, 1, 10);
        var port = TestPorts.Free();
        await using var agent = await ConsulAgent.StartAsync(_folder, more: [new("Agent:Dns:Address", $"127.0.0.1:{port}"), new("Agent:Dns:Domain", "consul")]);
        string[] walk =
        [
            Path.Combine(Corpus, "contract.py"), agent.Url.ToString().TrimEnd('/'), "--compare", Path.Combine(Corpus, "consul-contract.json"),
            "--quick", "--ignore", "text", "--only", "dns", "--dns", $"127.0.0.1:{port}",
        ];
        var output = await ChildProcess.RunAsync("/bin/sh", ["-c", "python3 \"$@\" 2>/dev/null || test $? = 1", "sh", .. walk]);
        var seen = DifferenceLine().Matches(output).Select(match => match.Groups[1].Value).Distinct().Order().ToList();
        Assert.True(listed.Order().SequenceEqual(seen), output);
        Assert.Empty(agent.Errors);
    }

    [GeneratedRegex("^\\| `([^`]+)` \\| .+ \\| .+ \\|$", RegexOptions.Multiline)]
    private static partial Regex ListedRow();

    [GeneratedRegex("^(?:missing|status|header|shape|value|relation|timing|dns) +(dns: .+?): (?=\\.|body|[a-z]+\\[)", RegexOptions.Multiline)]
    private static partial Regex DifferenceLine();
}
