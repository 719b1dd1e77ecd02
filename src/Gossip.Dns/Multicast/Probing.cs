using System.Net;
using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>
/// How names become unique to this machine, and are lost (RFC 6762 §8.1, §8.2, §9). A name is asked for three times before any record under
/// it is sent. A machine that answers holds it, and this machine takes the next name. A machine that asks at the same moment is compared
/// with this one, and one of the two waits. A record of another machine under a name that this machine holds makes it ask again.
/// </summary>
internal sealed class Probing(Generator generator)
{
    private readonly Queue<TimeSpan> _conflicts = [];
    private Generator _generator = generator;
    private Dictionary<DnsName, OwnName> _names = [];
    private bool _isAtWar;

    /// <summary>The addresses of this machine on other links.</summary>
    public IReadOnlyCollection<IPAddress> AddressesElsewhere { get; set; } = [];

    public TimeSpan NextDeadline => _names.Values.Aggregate(Timing.Never, (next, name) => Timing.Earlier(next, name.ProbeAt));

    /// <summary>The names that these services want, with what is known already of those that were wanted before.</summary>
    public Dictionary<DnsName, OwnName> NamesOf(IEnumerable<ServiceProfile> profiles)
    {
        var names = new Dictionary<DnsName, OwnName>();
        foreach (var profile in profiles)
        {
            Add(profile.InstanceName, isHost: false);
            Add(profile.HostName, isHost: true);
        }

        return names;

        void Add(DnsName wanted, bool isHost)
        {
            if (names.ContainsKey(wanted))
                return;
            if (!_names.TryGetValue(wanted, out var name))
            {
                name = new OwnName(wanted, isHost);
                // Another service of this machine may have chosen it when its own name was taken.
                while (IsOurs(name.Chosen))
                    name.Rename();
            }

            names.Add(wanted, name);
        }
    }

    /// <summary>
    /// From now on these names are wanted, and no others; those that are new are probed, unless they are known to be unique.
    /// </summary>
    public void Want(TimeSpan now, Dictionary<DnsName, OwnName> names, IReadOnlyList<ServiceProfile> profiles)
    {
        // One moment for all, so that their probes share packets.
        var first = now + ProbeDelay();
        foreach (var (wanted, name) in names)
            if (name.IsSettled || name.ProbeAt != Timing.Never)
                continue;
            else if (profiles.Any(profile => profile.AreNamesUnique
                && (profile.InstanceName.Equals(wanted) || profile.HostName.Equals(wanted))))
                name.Settle();
            else
                name.StartProbing(first);
        _names = names;
    }

    /// <summary>
    /// §8.1, §9: another machine sends a different record under one of this machine's names. True when a name has changed.
    /// </summary>
    public bool HearAnswers(TimeSpan now, DnsMessage response, OwnRecords records)
    {
        // All names first, then their new state: a second record of the same packet is the same conflict.
        var conflicts = response.Answers.Concat(response.Additionals)
            .Where(record => !IsOurOtherLink(record) && records.IsContradictedBy(record)).Select(record => record.Name).ToHashSet();
        var isRenamed = false;
        if (conflicts.Count == 0)
            return isRenamed;
        foreach (var name in _names.Values.Where(name => conflicts.Contains(name.Chosen)))
        {
            // A name that was held is probed once more before it is given up: the other machine may be about to give way, or gone already.
            if (!name.IsSettled)
            {
                do
                    name.Rename();
                while (IsOurs(name.Chosen, but: name));
                isRenamed = true;
            }

            name.StartProbing(now + DelayAfterConflict(now));
        }

        return isRenamed;
    }

    /// <summary>
    /// §8.2: another machine probes for the same name at the same moment. The one with the lesser records waits a second.
    /// </summary>
    public void HearProbe(TimeSpan now, DnsMessage query, OwnRecords records)
    {
        if (query.Authorities.Count == 0)
            return;
        foreach (var name in _names.Values)
        {
            if (name.IsSettled)
                continue;
            var theirs = query.Authorities.Where(record => record.Name.Equals(name.Chosen)).ToList();
            // This machine's own probe, received back, is equal to itself.
            if (theirs.Count > 0 && Compare(theirs, records.ProposedUnder(name.Chosen)) > 0)
                name.StartProbing(Timing.Later(name.ProbeAt, now + Timing.OneSecond));
        }
    }

    public void Tick(TimeSpan now, OwnRecords records, IMulticastOutbox outbox)
    {
        var due = new List<DnsName>();
        foreach (var name in _names.Values)
        {
            if (name.ProbeAt > now)
                continue;
            if (name.IsProbed)
            {
                name.Settle();
                _isAtWar &= _names.Values.Any(one => !one.IsSettled);
                continue;
            }

            due.Add(name.Chosen);
            name.Probed(now);
        }

        if (due.Count > 0 && !TrySendProbe(due, records, outbox))
            foreach (var one in due)
                if (!TrySendProbe([one], records, outbox))
                    throw new InvalidOperationException($"What is proposed for {one} fits no packet.");
    }

    /// <summary>
    /// §8.2: in ascending order, type before bytes; the first difference decides, else the side with more records is the greater.
    /// </summary>
    public static int Compare(IEnumerable<DnsRecord> ours, IEnumerable<DnsRecord> theirs)
    {
        var (left, right) = (Ordered(ours), Ordered(theirs));
        for (var i = 0; i < left.Count && i < right.Count; i++)
            if (CompareOne(left[i], right[i]) is var order and not 0)
                return order;
        return left.Count.CompareTo(right.Count);
    }

    private bool IsOurs(DnsName chosen, OwnName? but = null) => _names.Values.Any(name => name != but && name.Chosen.Equals(chosen));

    // §14: this host, sending on another of its links to the same network.
    private bool IsOurOtherLink(DnsRecord record) => record.Body is AddressBody body && AddressesElsewhere.Contains(body.Address);

    private static List<(RecordType Type, byte[] Bytes)> Ordered(IEnumerable<DnsRecord> records)
    {
        var ordered = records.Select(record => (record.Type, record.Body!.Uncompressed())).ToList();
        ordered.Sort(CompareOne);
        return ordered;
    }

    private static int CompareOne((RecordType Type, byte[] Bytes) left, (RecordType Type, byte[] Bytes) right) =>
        left.Type != right.Type ? left.Type.CompareTo(right.Type) : left.Bytes.AsSpan().SequenceCompareTo(right.Bytes);

    // The questions do not ask for unicast answers, though §8.1 would: on a shared port another process may get them (§15.1).
    private static bool TrySendProbe(List<DnsName> names, OwnRecords records, IMulticastOutbox outbox)
    {
        Span<byte> packet = stackalloc byte[Limits.WritePacketBytes];
        var writer = new DnsWriter(packet);
        foreach (var name in names)
            if (!writer.TryAddQuestion(new DnsQuestion(name, RecordType.Any, Unicast: false)))
                return false;
        foreach (var name in names)
            foreach (var record in records.ProposedUnder(name))
                if (!writer.TryAddAuthority(record with { Flush = false }))
                    return false;
        outbox.SendMulticast(packet[..writer.Finish(DnsFlags.None)]);
        return true;
    }

    // §8.1: after fifteen conflicts within ten seconds each further attempt is slowed down, until every name is held.
    private TimeSpan DelayAfterConflict(TimeSpan now)
    {
        _conflicts.Enqueue(now);
        if (_conflicts.Count == Timing.ConflictsBeforePause)
            _isAtWar |= now - _conflicts.Dequeue() < Timing.ConflictWindow;
        return _isAtWar ? Timing.ConflictPause : ProbeDelay();
    }

    private TimeSpan ProbeDelay() => _generator.Between(TimeSpan.Zero, Timing.ProbeInterval);
}
