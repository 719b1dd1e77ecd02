using System.Runtime.InteropServices;

namespace Gossip.Protocol;

/// <summary>
/// Load as a rumour class of its own (not in the papers). To choose the least busy of several instances a caller has to know roughly how
/// busy they are. So a load is sent seldom, in packets of its own that carry many, to a few members at random, and a lost one is not
/// repaired, since the next one is on its way. Loads never crowd out what matters more: no load travels in a packet with other news, none
/// leaves while other news waits for its first send, and what a node sends of them is bounded whatever the others send. A cluster in which
/// no member is busy sends no loads.
/// </summary>
internal sealed class LoadGossip(Kernel kernel, Gossiper gossiper)
{
    /// <summary>To how many members a packet of loads goes.</summary>
    private const int Copies = 3;

    /// <summary>Between two packets of loads, and so between two loads that this node sends of itself.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    /// <summary>An unchanged load is sent again this often, or the others would take this node for idle.</summary>
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(5);

    private readonly LoadTable _all = new();
    private readonly List<LoadReport> _heard = [];
    private readonly Member[] _picked = new Member[Copies];
    private Load _load;
    private Load _toldLoad;
    private Instant _loadAt;
    private Instant _toldLoadAt;
    private Instant _lastSent = Instant.Start - Pace;
    private ulong _sequence;

    /// <summary>The number of the last load that this node told.</summary>
    private ulong _told;
    private bool _isDoubted;

    /// <summary>The node's host says how busy it is.</summary>
    public void Report(Instant now, Load load)
    {
        (_load, _loadAt) = (load.IsNegligible ? Load.Idle : load, now);
        if (IsWorthTelling)
            Hasten(now);
    }

    /// <summary>What is known of a member's load. False when it sent none recently, or is not live.</summary>
    public bool TryFind(MemberId id, Instant now, out Load load, out Instant at)
    {
        var reading = kernel.Table.Find(id) is { IsLive: true } ? _all.Find(id, now) : null;
        (load, at) = (reading?.Load ?? default, reading?.At ?? default);
        return reading is not null;
    }

    /// <summary>Takes the loads that were received since the last call, each member's last one.</summary>
    public bool TryTake(List<LoadChange> changes) => _all.TryTakeChanges(changes);

    /// <summary>Forgets the members that are not live.</summary>
    public void Forget() => _all.Forget();

    public IEnumerable<NodeSize> Sizes =>
    [
        new("loads to pass on", _all.Pending, _all.Count),

        // An evicted member is dropped with the next reaping.
        new("loads", _all.Count, 2 * kernel.Options.MaxMembers),
    ];

    /// <summary>Whether what the host said is news to the others.</summary>
    private bool IsWorthTelling =>
        _isDoubted || _load.IsNewsAfter(_toldLoad) || (_load != Load.Idle && _loadAt - _toldLoadAt >= Refresh);

    private void Hasten(Instant now) =>
        kernel.Deadlines.Hasten(Deadline.Load, now - _lastSent >= Pace ? now : _lastSent + Pace);

    /// <summary>Sends what is worth sending, and passes on what others sent.</summary>
    public void Step(in Caller caller)
    {
        if (kernel.Self.State == MemberState.Left || kernel.Table.PeerCount == 0)
            return;
        if (gossiper.HasFresh)
        {
            kernel.Deadlines[Deadline.Load] = caller.Now + kernel.Options.GossipPace;
            return;
        }

        if (IsWorthTelling)
            Tell(caller.Now);
        kernel.Deadlines[Deadline.Load] = caller.Now + Pace; // Set first, in case the outbox throws.
        Send(caller);
        if (_all.Pending == 0)
            kernel.Deadlines[Deadline.Load] = Instant.Never;
    }

    private void Tell(Instant now)
    {
        (_toldLoad, _toldLoadAt, _isDoubted) = (_load, _loadAt, false);
        _told = ++_sequence;
        _all.Merge(kernel.Self, new LoadReading(_told, _load, _loadAt), now);
    }

    private void Send(in Caller caller)
    {
        var picked = _picked.AsSpan(0, kernel.Table.Pick(kernel.Randomness, null, _picked));
        var room = (kernel.Sender.DatagramRoom - LoadReport.HeadBytes) / LoadReport.MostBytes;
        Span<LoadReport> reports = stackalloc LoadReport[Math.Min(Limits.LoadsPerPacket, room)];
        var count = _all.Take(caller.Now, reports, picked.Length, gossiper.TransmitLimit + Copies);
        if (count == 0)
            return;
        _lastSent = caller.Now;
        var writer = kernel.Sender.BeginDatagram();
        writer.TryLoads(reports[..count]);
        kernel.Sender.Send(writer, picked, caller);
    }

    public bool Receive(in Caller caller, ReadOnlySpan<byte> message)
    {
        _heard.Clear();
        if (!PacketReader.TryLoads(message, _heard))
            return false;
        foreach (ref readonly var heard in CollectionsMarshal.AsSpan(_heard))
        {
            if (heard.Member == kernel.Self.Id)
                Doubt(caller.Now, heard.Sequence);
            else if (heard.Age < Load.StaleAfter && kernel.Table.Find(heard.Member) is { IsLive: true } member
                && IsBelieved(caller.Now, heard))
                _all.Merge(member, new LoadReading(heard.Sequence, heard.Load, caller.Now - heard.Age), caller.Now);
        }

        if (_all.Pending > 0)
            Hasten(caller.Now);
        return true;
    }

    /// <summary>
    /// No report can raise the number of another's load so far that the other's next load is not above it. Several can: until then the
    /// number counts while the load does, and not longer (<see cref="LoadTable.Merge"/>). One that raises it by more than a member tells
    /// in minutes has to be fresh: else it would be stale before it is passed on, and its owner would not hear of it.
    /// </summary>
    private bool IsBelieved(Instant now, in LoadReport heard)
    {
        var known = _all.Find(heard.Member, now)?.Sequence ?? Limits.FirstLoadSequence;
        return heard.Sequence <= known + (heard.Age < Load.FreshFor ? Limits.Step : Limits.StaleLoadStep)
            || kernel.Options.SwitchedOff.HasFlag(Defences.Steps);
    }

    /// <summary>
    /// Others hold a load of this node that it never sent: a forgery or a flipped bit. It sends the true one with a higher number: one step
    /// for each that it sends, so that forgeries do not use up its numbers.
    /// </summary>
    private void Doubt(Instant now, ulong sequence)
    {
        if (sequence <= _sequence || sequence > _told + Limits.Step)
            return;
        _sequence = sequence;
        _isDoubted = true;
        Hasten(now);
    }
}
