using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>
/// The instances that this machine publishes, and those that it has withdrawn, whose records may still be received after the goodbye. A
/// withdrawn name may belong to an instance at another place by then; a name that was lost in a conflict belongs to the other machine at
/// once.
/// </summary>
internal sealed class OwnInstances
{
    private readonly IReadOnlySet<DnsName> _held;
    private readonly IReadOnlyList<KeyValuePair<DnsName, ServerBody>> _takenBack;

    private OwnInstances(IReadOnlySet<DnsName> held, IReadOnlyList<KeyValuePair<DnsName, ServerBody>> takenBack)
    {
        _held = held;
        _takenBack = takenBack;
    }

    public static OwnInstances None { get; } = new(new HashSet<DnsName>(), []);

    /// <summary>Whether this machine publishes it.</summary>
    public bool Hold(DnsName instance) => _held.Contains(instance);

    /// <summary>Whether a record of an instance comes, or came, from this machine.</summary>
    public bool Include(DnsName instance, ServerBody? said) =>
        Hold(instance) || _takenBack.Any(one => one.Key.Equals(instance) && one.Value.Equals(said));

    /// <summary>The set after the records were replaced, by a conflict or by publishing.</summary>
    public OwnInstances After(OwnRecords before, OwnRecords now, bool isOurWish)
    {
        var gone = isOurWish ? before.Servers.Where(one => !now.Instances.Contains(one.Key)) : [];
        return new(now.Instances, [.. _takenBack.Concat(gone).TakeLast(Limits.Profiles)]);
    }
}
