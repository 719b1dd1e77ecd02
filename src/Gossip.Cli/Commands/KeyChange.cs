using System.Text.Json;

namespace Gossip.Cli.Commands;

/// <summary>How far a change of the cluster's key has come.</summary>
internal enum KeyChangeStep
{
    /// <summary>The cluster has no key.</summary>
    NoKey,

    /// <summary>Every node that is known has one key, and it is the same one.</summary>
    Rest,

    /// <summary>A node lacks the new key.</summary>
    Add,

    /// <summary>Every node that is known has the new key, and one seals with another.</summary>
    Switch,

    /// <summary>All seal with the new key, and a node still opens an old one.</summary>
    Remove,

    /// <summary>All seal with the new key, and no node that is known has another.</summary>
    Done,

    /// <summary>Nodes have several keys, and which is the new one was not said.</summary>
    Unsaid,
}

/// <summary>What is known of the keys of one live member, by fingerprint.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id.</param>
/// <param name="Address">Its address.</param>
/// <param name="SealsWith">The key that it seals with, as it says itself or others hear; empty where that is not known.</param>
/// <param name="Accepts">The keys that it opens, as it says itself; null where it was not asked.</param>
/// <param name="Confirmed">Whether it was not asked, and the operator says that it has taken the step.</param>
internal sealed record KeyMember(
    string Name, string Id, string Address, string SealsWith, IReadOnlyList<string>? Accepts, bool Confirmed = false);

/// <summary>A change of the cluster's key: add the new one everywhere, seal with it everywhere, remove the old one everywhere.</summary>
/// <param name="Members">The live members.</param>
/// <param name="To">The fingerprint of the new key; null where it was not said.</param>
internal sealed record KeyChange(IReadOnlyList<KeyMember> Members, string? To)
{
    private IEnumerable<KeyMember> Asked => Members.Where(one => one.Accepts is not null);

    /// <summary>How many keys nodes have, all together.</summary>
    private IEnumerable<string> Keys =>
        Members.SelectMany(one => (one.Accepts ?? []).Append(one.SealsWith)).Where(key => key.Length > 0).Distinct();

    /// <summary>Those that cannot be asked from here, and of which the operator says nothing.</summary>
    public IReadOnlyList<KeyMember> NotAsked => [.. Members.Where(one => one.Accepts is null && !one.Confirmed)];

    /// <summary>Those that a node which was asked has not heard yet, or hears by others only.</summary>
    private IReadOnlyList<KeyMember> Unknown => [.. Members.Where(one => one.SealsWith.Length == 0)];

    /// <summary>Those of whom it is known that the step still waits for them.</summary>
    public IReadOnlyList<KeyMember> Behind => [.. Members.Where(one => Step switch
    {
        KeyChangeStep.Add => one.Accepts is { } keys && !keys.Contains(To),
        KeyChangeStep.Switch => IsOther(one.SealsWith),
        KeyChangeStep.Remove => one.Accepts?.Any(IsOther) == true,
        _ => false,
    })];

    public KeyChangeStep Step => To switch
    {
        _ when !Keys.Any() => KeyChangeStep.NoKey,
        null when Keys.Count() == 1 => KeyChangeStep.Rest,
        null => KeyChangeStep.Unsaid,
        // One that seals with a key that another does not open parts the cluster: all must be known to open it.
        _ when NotAsked.Count > 0 || Asked.Any(one => !one.Accepts!.Contains(To)) => KeyChangeStep.Add,
        _ when Members.Any(one => IsOther(one.SealsWith)) => KeyChangeStep.Switch,
        // While the old key can still be removed here, all must be known not to seal with it.
        _ when Asked.Any(one => one.Accepts!.Any(IsOther)) => Unknown.Count > 0 ? KeyChangeStep.Switch : KeyChangeStep.Remove,
        _ => KeyChangeStep.Done,
    };

    /// <summary>What those that were not asked may hold up; null where all were, or have no key.</summary>
    public string? Warning => NotAsked.Count == 0 || Step == KeyChangeStep.NoKey ? null
        : $"Not asked: {Names(NotAsked)}. What a node opens only it can tell, and they are elsewhere or serve no endpoint. Run this on "
            + "their machines, or look for line 93 in their logs; where they have taken the step, say so here by "
            + $"--confirmed {string.Join(",", NotAsked.Take(10).Select(one => one.Name))}.";

    /// <summary>What to do next.</summary>
    public string Next => Step switch
    {
        KeyChangeStep.NoKey => "The cluster has no key, and nodes listen on their own machine only. A first key takes a restart of every "
            + "node: draw one with `gossip keygen`, and set Gossip:Key.",
        KeyChangeStep.Rest => "No change is going on. To begin one, draw a key with `gossip keygen --out new.key`; then, on every node, "
            + "set Gossip:Keys to the old key and the new one, and leave Gossip:Key as it is. `gossip rotate --to new.key` tells "
            + "how far that is.",
        KeyChangeStep.Add when Behind.Count == 0 => $"Step 1 of 3, add: every node that was asked opens {To}. Go no further before "
            + $"{Names(NotAsked)} does.",
        KeyChangeStep.Add => $"Step 1 of 3, add: set Gossip:Keys to the old key and {To} on {Names(Behind)}, and leave Gossip:Key "
            + "as it is.",
        KeyChangeStep.Switch when Behind.Count == 0 => "Step 2 of 3, switch: no node that was asked has heard yet what "
            + $"{Names(Unknown)} seals with. Leave everything as it is, and run this again in a moment.",
        KeyChangeStep.Switch => $"Step 2 of 3, switch: every node opens {To}. Make it Gossip:Key on {Names(Behind)}, "
            + "and leave Gossip:Keys as it is.",
        KeyChangeStep.Remove => $"Step 3 of 3, remove: all seal with {To}. Take the old key out of Gossip:Keys on {Names(Behind)}. "
            + "Until then whoever has it takes part.",
        KeyChangeStep.Done => $"The change is complete: all seal with {To}, and no node opens another.",
        _ => "Nodes have several keys. Say which is the new one, by its fingerprint or its file: `gossip rotate --to FINGERPRINT`.",
    };

    /// <summary>Brings together what nodes of a cluster say.</summary>
    /// <param name="pages">The answers of those that were asked.</param>
    /// <param name="confirmed">Names or ids of those that need not be asked.</param>
    public static IReadOnlyList<KeyMember> Read(IReadOnlyList<JsonElement> pages, IReadOnlyCollection<string> confirmed)
    {
        var own = pages.Select(page => page.Find("node") ?? default).DistinctBy(node => node.Text("id"))
            .ToDictionary(node => node.Text("id"), StringComparer.Ordinal);
        return
        [
            .. from page in pages
               from member in page.Items("members")
               where member.Text("state") is "alive" or "suspect"
               group (Page: page, Member: member) by member.Text("id") into told
               select Merge(told.Key, told.ToArray()),
        ];

        KeyMember Merge(string id, (JsonElement Page, JsonElement Member)[] told)
        {
            var (name, address) = (told[0].Member.Text("name"), told[0].Member.Text("address"));
            if (own.TryGetValue(id, out var node))
                return new(name, id, address, node.Text("keyFingerprint"), [.. node.Texts("acceptedKeys")]);
            var heard = told.OrderByDescending(one => one.Member.Time("lastHeard")).Select(one => Heard(one.Page, one.Member));
            var key = heard.FirstOrDefault(key => key.Length > 0) ?? "";
            return new(name, id, address, key, null, confirmed.Contains(name) || confirmed.Contains(id));
        }
    }

    /// <summary>
    /// What a member seals with by the word of a node: one that opens a single key tells of none, and hears nobody who seals with another.
    /// </summary>
    private static string Heard(JsonElement page, JsonElement member)
    {
        if (member.Text("keyFingerprint") is { Length: > 0 } key)
            return key;
        var isHeard = member.Text("state") == "alive" && member.Find("lastHeard") is not null
            && !member.Is("indirect") && !member.Is("outOfReach");
        return isHeard && page.Find("node")?.Texts("acceptedKeys").ToArray() is [var only] ? only : "";
    }

    /// <summary>Whether a key is another than the new one; one that is not known is none.</summary>
    private bool IsOther(string key) => key.Length > 0 && key != To;

    private static string Names(IReadOnlyList<KeyMember> members) =>
        string.Join(", ", members.Take(10).Select(one => one.Name)) + (members.Count > 10 ? $" and {members.Count - 10} more" : "");
}
