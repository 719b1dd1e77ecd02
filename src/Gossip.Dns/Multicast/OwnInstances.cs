using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>
/// The instances that this machine publishes, and those that it has taken back: our own voice may come back after the goodbye. A name that
/// we took back may be another's by then, who lives elsewhere; one that a conflict took from us is the other's at once.
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

    /// <summary>Whether what is said of an instance is, or was, said by this machine.</summary>
    public bool Include(DnsName instance, ServerBody? said) =>
        Hold(instance) || _takenBack.Any(one => one.Key.Equals(instance) && one.Value.Equals(said));

    /// <summary>What they are after the records were replaced, by a conflict or by our own wish.</summary>
    public OwnInstances After(OwnRecords before, OwnRecords now, bool isOurWish)
    {
        var gone = isOurWish ? before.Servers.Where(one => !now.Instances.Contains(one.Key)) : [];
        return new(now.Instances, [.. _takenBack.Concat(gone).TakeLast(Limits.Profiles)]);
    }
}
