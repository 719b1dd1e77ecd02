using System.Runtime.InteropServices;

namespace Gossip.Protocol;

/// <summary>
/// Load as a rumour class of its own (not in the papers). To choose the least busy of several instances one has to know how busy they are, and
/// roughly will do: so a load is told seldom, in packets of its own that carry many, to a few members at random, and nothing repairs what is
/// lost, for the next one is on its way. It may never crowd out what matters more: no load travels in a packet with other news, none leaves
/// while other news wait for their first send, and what a node sends of it is bounded whatever the others tell. A cluster in which nobody is
/// busy tells nothing.
/// </summary>
public sealed partial class Node
{
    /// <summary>To how many members a packet of loads goes.</summary>
    private const int LoadCopies = 3;

    /// <summary>Between two packets of loads, and so between two loads that this node tells of itself.</summary>
    private static readonly TimeSpan LoadPace = TimeSpan.FromMilliseconds(500);

    /// <summary>A load that does not change is told again in time, or the others would take this node for idle.</summary>
    private static readonly TimeSpan LoadRefresh = TimeSpan.FromSeconds(5);

    private readonly LoadTable _loads = new();
    private readonly List<LoadReport> _heardLoads = [];
    private Load _load;
    private Load _toldLoad;
    private Instant _loadAt;
    private Instant _toldLoadAt;
    private Instant _lastLoads = Instant.Start - LoadPace;
    private uint _loadSequence;
    private bool _isLoadDoubted;

    /// <summary>
    /// Says how busy this node's process is. Call it every second or so while it is busy, and once when it is not any more: what is said once is
    /// not repeated, and grows old. It is told to the others when it differs by a tenth or more from what they know, or has not been told for
    /// five seconds, and at most twice a second; the last call counts.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="load">How busy it is.</param>
    public void ReportLoad(Instant now, Load load)
    {
        (_load, _loadAt) = (load.IsNegligible ? Load.Idle : load, now);
        if (IsLoadWorthTelling)
            HastenLoads(now);
    }

    /// <summary>What is known of a member's load. False when it told none of late, or is not live.</summary>
    /// <param name="id">The member; this node too.</param>
    /// <param name="now">The time.</param>
    /// <param name="load">Its load.</param>
    /// <param name="at">When the member had it, as nearly as this node can tell.</param>
    public bool TryFindLoad(MemberId id, Instant now, out Load load, out Instant at)
    {
        var reading = _table.Find(id) is { IsLive: true } ? _loads.Find(id) : null;
        (load, at) = (reading?.Load ?? default, reading?.At ?? default);
        return reading is not null && now - at < Load.StaleAfter;
    }

    /// <summary>Takes the loads that were told since the last call, each member's last one. Another table than that of the members: no load changes it.</summary>
    /// <param name="changes">Where they are added.</param>
    /// <returns>Whether there were any.</returns>
    public bool TryTakeLoads(List<LoadChange> changes) => _loads.TryTakeChanges(changes);

    /// <summary>Whether what the host said is news to the others.</summary>
    private bool IsLoadWorthTelling =>
        _isLoadDoubted || _load.IsNewsAfter(_toldLoad) || (_load != Load.Idle && _loadAt - _toldLoadAt >= LoadRefresh);

    private void HastenLoads(Instant now) =>
        _deadlines.Hasten(Deadline.Load, now - _lastLoads >= LoadPace ? now : _lastLoads + LoadPace);

    private void StepLoads(Instant now, IOutbox outbox)
    {
        if (_self.State == MemberState.Left || _table.PeerCount == 0)
            return;
        if (_rumors.HasFresh)
        {
            _deadlines[Deadline.Load] = now + Options.GossipPace;
            return;
        }

        if (IsLoadWorthTelling)
            TellLoad();
        _deadlines[Deadline.Load] = now + LoadPace; // Also should the outbox throw.
        SendLoads(now, outbox);
        if (_loads.Pending == 0)
            _deadlines[Deadline.Load] = Instant.Never;
    }

    private void TellLoad()
    {
        (_toldLoad, _toldLoadAt, _isLoadDoubted) = (_load, _loadAt, false);
        _loads.Merge(_self, new LoadReading(++_loadSequence, _load, _loadAt));
    }

    private void SendLoads(Instant now, IOutbox outbox)
    {
        var picked = _picked.AsSpan(0, _table.Pick(_randomness, null, _picked.AsSpan(0, LoadCopies)));
        Span<LoadReport> reports = stackalloc LoadReport[Math.Min(Limits.LoadsPerPacket, (DatagramRoom - LoadReport.HeadBytes) / LoadReport.MostBytes)];
        var count = _loads.Take(now, reports, picked.Length, TransmitLimit + LoadCopies);
        if (count == 0)
            return;
        _lastLoads = now;
        var writer = BeginDatagram();
        writer.TryLoads(reports[..count]);
        var frame = _datagram.AsSpan(0, _envelope.Close(_datagram, writer.Length));
        foreach (var peer in picked)
            SendFrame(frame, peer.Address, Delivery.Datagram, outbox);
    }

    private bool ReceiveLoads(in Caller caller, ReadOnlySpan<byte> message)
    {
        _heardLoads.Clear();
        if (!PacketReader.TryLoads(message, _heardLoads))
            return false;
        foreach (ref readonly var heard in CollectionsMarshal.AsSpan(_heardLoads))
        {
            if (heard.Member == _self.Id)
                DoubtLoad(caller.Now, heard.Sequence);
            else if (heard.Age < Load.StaleAfter && _table.Find(heard.Member) is { IsLive: true } member)
                _loads.Merge(member, new LoadReading(heard.Sequence, heard.Load, caller.Now - heard.Age));
        }

        if (_loads.Pending > 0)
            HastenLoads(caller.Now);
        return true;
    }

    /// <summary>Others hold a load of this node that it never told: a forgery or a flipped bit. It tells the true one above it.</summary>
    private void DoubtLoad(Instant now, uint sequence)
    {
        if (sequence <= _loadSequence)
            return;
        _loadSequence = sequence;
        _isLoadDoubted = true;
        HastenLoads(now);
    }
}
