using System.Net;
using Gossip.Configuration;
using Gossip.Protocol;

namespace Gossip;

/// <summary>One member of the cluster at the moment of a snapshot.</summary>
public sealed class MemberSnapshot
{
    // In UTC, and without the offset and the flags that would double them: there is one for every known member.
    private readonly DateTime _since;
    private readonly DateTime _lastHeard;

    internal MemberSnapshot(Member member, bool isSelf, DateTimeOffset since, DateTimeOffset? lastHeard)
    {
        Profile = member.Profile;
        IsSelf = isSelf;
        State = member.State;
        IsOutOfReach = member.IsOutOfReach;
        IsUnheld = member.IsUnheld;
        Evidence = member.Gravest.Evidence;
        KeyFingerprint = member.KeyId == 0 ? null : ClusterKey.FingerprintOf(member.KeyId);
        _since = since.UtcDateTime;
        _lastHeard = lastHeard?.UtcDateTime ?? default;
    }

    private MemberSnapshot(MemberProfile profile, MemberState state, bool isSelf)
    {
        Profile = profile;
        State = state;
        IsSelf = isSelf;
    }

    /// <summary>
    /// The member's identity: 16 hexadecimal digits, drawn when its process starts. A restarted process is another member.
    /// </summary>
    public string Id => Profile.Id.ToString();

    /// <summary>The name that people read.</summary>
    public string Name => Profile.Name;

    /// <summary>Where the member's node is reached.</summary>
    public IPEndPoint Address => Profile.Address.ToEndPoint();

    /// <summary>The zone that the member runs in; null when it has none.</summary>
    public string? Zone => Profile.Zone.Length > 0 ? Profile.Zone : null;

    /// <summary>Whether it is this node.</summary>
    public bool IsSelf { get; }

    /// <summary>What is said of the member.</summary>
    public MemberState State { get; }

    /// <summary>
    /// Whether the member refutes what is said of it but answers nothing that this node asks. Its instances are not offered here until it
    /// answers.
    /// </summary>
    public bool IsOutOfReach { get; }

    /// <summary>The incarnation that the state refers to: a number that only the member itself raises.</summary>
    public long Incarnation => (long)ulong.Min(Profile.Incarnation.Value, long.MaxValue);

    /// <summary>On what grounds the member is suspected or held dead.</summary>
    public Evidence Evidence { get; }

    /// <summary>Since when the member is in its state.</summary>
    public DateTimeOffset Since => new(_since);

    /// <summary>
    /// When a packet of the member itself last arrived here, as of the member's last change: a packet alone makes no new snapshot.
    /// </summary>
    public DateTimeOffset? LastHeard => _lastHeard == default ? null : new DateTimeOffset(_lastHeard);

    internal MemberProfile Profile { get; }

    /// <summary>Whether there was no room for its records: they are known, and not shown.</summary>
    internal bool IsUnheld { get; }

    /// <summary>The key that it spoke last, where this node has several; null for one that was not heard yet.</summary>
    internal string? KeyFingerprint { get; }

    /// <summary>
    /// The instances of the member in the newest snapshot that has this object: one, or an array, or null for none. Not part of the
    /// snapshot: only the loop writes and reads it, to compute the next one.
    /// </summary>
    internal object? Instances { get; set; }

    /// <summary>Makes a member that no node has reported, for tests of the application.</summary>
    /// <param name="name">Its name. The same name makes the same <see cref="Id"/>, as in <see cref="ServiceInstance.Create"/>.</param>
    /// <param name="address">Where it is reached.</param>
    /// <param name="state">Its state.</param>
    /// <param name="zone">The zone that it runs in; null for none.</param>
    /// <param name="isSelf">Whether it is the node that shows it.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="name"/> is empty, or <paramref name="state"/> is none of the four.
    /// </exception>
    public static MemberSnapshot Create(
        string name, IPEndPoint address, MemberState state = MemberState.Alive, string? zone = null, bool isSelf = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(address);
        if (!Enum.IsDefined(state))
            throw new ArgumentOutOfRangeException(nameof(state), state, "It must be alive, suspect, dead or left.");
        return new MemberSnapshot(MemberProfile.Of(IdOf(name), default, PeerAddress.From(address), name, zone ?? ""), state, isSelf);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Address} {State}";

    /// <summary>Whether a person means this member by a name, an id or an address.</summary>
    internal bool Is(string member) =>
        string.Equals(Name, member, StringComparison.OrdinalIgnoreCase) || Id == member || Profile.Address.ToString() == member;

    /// <summary>The id of a member that was not reported by a node.</summary>
    internal static MemberId IdOf(string name) => new(StableHash.Of(name));

    /// <summary>Whether this object is still right, apart from when the member was last heard.</summary>
    internal bool Shows(Member member, DateTimeOffset since) =>
        ReferenceEquals(Profile, member.Profile)
        && State == member.State
        && IsOutOfReach == member.IsOutOfReach
        && IsUnheld == member.IsUnheld
        && Evidence == member.Gravest.Evidence
        && Since == since;
}
