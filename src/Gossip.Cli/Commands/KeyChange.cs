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
/// <param name="SealsWith">The key that it seals with, as others hear; empty where nobody has.</param>
/// <param name="Accepts">The keys that it opens, as it says itself; null where it was not asked.</param>
internal sealed record KeyMember(string Name, string Id, string Address, string SealsWith, IReadOnlyList<string>? Accepts);

/// <summary>A change of the cluster's key: add the new one everywhere, seal with it everywhere, remove the old one everywhere.</summary>
/// <param name="Members">The live members.</param>
/// <param name="To">The fingerprint of the new key; null where it was not said.</param>
internal sealed record KeyChange(IReadOnlyList<KeyMember> Members, string? To)
{
    private IEnumerable<KeyMember> Asked => Members.Where(one => one.Accepts is not null);

    /// <summary>How many keys nodes have, all together.</summary>
    private IEnumerable<string> Keys =>
        Members.SelectMany(one => (one.Accepts ?? []).Append(one.SealsWith)).Where(key => key.Length > 0).Distinct();

    /// <summary>Those that cannot be asked from here, and of whose keys only one is known.</summary>
    public IEnumerable<KeyMember> NotAsked => Members.Where(one => one.Accepts is null);

    /// <summary>Those of whom the step still waits.</summary>
    public IReadOnlyList<KeyMember> Behind => [.. Members.Where(one => Step switch
    {
        KeyChangeStep.Add => one.Accepts is { } keys && !keys.Contains(To),
        KeyChangeStep.Switch => one.SealsWith != To,
        KeyChangeStep.Remove => one.Accepts?.Any(key => key != To) == true,
        _ => false,
    })];

    public KeyChangeStep Step => To switch
    {
        _ when !Keys.Any() => KeyChangeStep.NoKey,
        null when Keys.Count() == 1 => KeyChangeStep.Rest,
        null => KeyChangeStep.Unsaid,
        // Of one that nobody has heard with a key of several, it is not known what it seals with.
        _ when Asked.Any(one => !one.Accepts!.Contains(To)) => KeyChangeStep.Add,
        _ when Members.Any(one => one.SealsWith != To) => KeyChangeStep.Switch,
        _ when Asked.Any(one => one.Accepts!.Any(key => key != To)) => KeyChangeStep.Remove,
        _ => KeyChangeStep.Done,
    };

    /// <summary>What to do next.</summary>
    public string Next => Step switch
    {
        KeyChangeStep.NoKey => "The cluster has no key, and nodes listen on their own machine only. A first key takes a restart of every "
            + "node: draw one with `gossip keygen`, and set Gossip:Key.",
        KeyChangeStep.Rest => "No change is going on. To begin one, draw a key with `gossip keygen --out new.key`; then, on every node, "
            + "set Gossip:Keys to the old key and the new one, and leave Gossip:Key as it is. `gossip rotate --to new.key` tells "
            + "how far that is.",
        KeyChangeStep.Add => $"Step 1 of 3, add: set Gossip:Keys to the old key and {To} on {Names(Behind)}, and leave Gossip:Key "
            + "as it is.",
        KeyChangeStep.Switch => $"Step 2 of 3, switch: every node that was asked opens {To}. Make it Gossip:Key on {Names(Behind)}, "
            + "and leave Gossip:Keys as it is.",
        KeyChangeStep.Remove => $"Step 3 of 3, remove: all seal with {To}. Take the old key out of Gossip:Keys on {Names(Behind)}. "
            + "Until then whoever has it takes part.",
        KeyChangeStep.Done => $"The change is complete: all seal with {To}, and no node that was asked opens another.",
        _ => "Nodes have several keys. Say which is the new one, by its fingerprint or its file: `gossip rotate --to FINGERPRINT`.",
    };

    private static string Names(IReadOnlyList<KeyMember> members) =>
        string.Join(", ", members.Take(10).Select(one => one.Name)) + (members.Count > 10 ? $" and {members.Count - 10} more" : "");
}
