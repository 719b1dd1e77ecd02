using System.Text.Json;
using System.Text.RegularExpressions;

namespace Gossip.Cli.Tests.Protocols.Consul;

/// <summary>
/// The recording of a real server, of 585 exchanges, held against the façade: what differs is in the table of docs/CONSUL.md, with its
/// reason, and what is in the table differs.
/// </summary>
public sealed partial class ContractTests : IDisposable
{
    private const int MostDifferences = 25;
    private static readonly string Corpus = Path.Combine(AppContext.BaseDirectory, "Consul");

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [PeerFact("python3")]
    public async Task What_differs_from_a_real_Consul_is_listed_with_its_reason()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Corpus, "CONSUL.md"));
        var listed = ListedRow().Matches(page.Split("## What differs")[1].Split("\n## ")[0]).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.InRange(listed.Count, 1, MostDifferences);
        var groups = await GroupsAsync();
        // Those who are blocked wait, and meanwhile another agent is asked for the rest.
        await using var agent = await ConsulAgent.StartAsync(_folder);
        await using var waiting = await ConsulAgent.StartAsync(_folder, state: "waiting");
        var walks = await Task.WhenAll(
            WalkAsync(agent, groups.Keys, "--skip", "unsupported,dns,block"), WalkAsync(waiting, groups.Keys, "--only", "block"));
        var seen = walks.SelectMany(walk => walk).ToList();
        Assert.Equal(listed.Order(), seen.Select(one => one.Name).Intersect(listed).Distinct().Order());

        // On a busy machine a wait is longer than the recorded one: what differs for another reason differs each time.
        var unlisted = seen.Where(one => !listed.Contains(one.Name)).ToList();
        for (var attempt = 0; attempt < 3 && unlisted.Count > 0; attempt++)
        {
            var again = string.Join(',', unlisted.Select(one => groups[one.Name]).Distinct());
            unlisted = [.. (await WalkAsync(agent, groups.Keys, "--only", again)).Where(one => !listed.Contains(one.Name))];
        }

        Assert.True(unlisted.Count == 0, string.Join('\n', unlisted.Select(one => one.Line)));
        Assert.Empty(agent.Errors.Concat(waiting.Errors));
    }

    [PeerFact("python3")]
    public async Task What_is_not_supported_is_refused_with_a_sentence()
    {
        await using var agent = await ConsulAgent.StartAsync(_folder);
        await WalkAsync(agent, [], "--only", "unsupported", "--save", _folder["seen.json"]);
        using var seen = JsonDocument.Parse(await File.ReadAllTextAsync(_folder["seen.json"]));
        var answers = seen.RootElement.GetProperty("exchanges").EnumerateArray().Select(one => one.GetProperty("response")).ToList();
        Assert.Equal(40, answers.Count);
        Assert.All(answers, answer => Assert.Equal(
            (501, true), (answer.GetProperty("status").GetInt32(), answer.GetProperty("text").GetString() is { Length: > 40 } text && text.EndsWith('.'))));
    }

    /// <summary>Walks through some groups, and tells what differs, by the names of the exchanges.</summary>
    private static async Task<List<(string Name, string Line)>> WalkAsync(ConsulAgent agent, IEnumerable<string> names, params string[] more)
    {
        string[] walk = [Path.Combine(Corpus, "contract.py"), agent.Url.ToString().TrimEnd('/'), "--compare", Path.Combine(Corpus, "consul-contract.json"), "--quick", "--ignore", "text", .. more];
        // The walk ends with 1 where anything differs.
        var output = await ChildProcess.RunAsync("/bin/sh", ["-c", "python3 \"$@\" 2>/dev/null || test $? = 1", "sh", .. walk]);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches("^[0-9]+ differences", lines[^1]);
        var longest = names.OrderByDescending(name => name.Length).ToList();
        return [.. lines.Where(line => Kind().IsMatch(line)).Select(line => (longest.Find(name => line[10..].StartsWith(name + ": ", StringComparison.Ordinal)) ?? line, line))];
    }

    /// <summary>The group of each exchange.</summary>
    private static async Task<IReadOnlyDictionary<string, string>> GroupsAsync()
    {
        using var recording = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Corpus, "consul-contract.json")));
        return recording.RootElement.GetProperty("exchanges").EnumerateArray()
            .ToDictionary(one => one.GetProperty("name").GetString()!, one => one.GetProperty("group").GetString()!);
    }

    [GeneratedRegex("^\\| `([^`]+)` \\| .+ \\| .+ \\|$", RegexOptions.Multiline)]
    private static partial Regex ListedRow();

    [GeneratedRegex("^(missing|status|header|shape|value|relation|timing) ")]
    private static partial Regex Kind();
}
