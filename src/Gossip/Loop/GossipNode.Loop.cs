using Gossip.Diagnostics;
using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Loop;

/// <content>
/// One turn of the loop: wait, receive what has arrived, do what was asked, tick, publish. Receiving comes before the tick, so that a
/// process that was paused reads the answers that wait for it before it accuses anybody of not answering.
/// </content>
internal sealed partial class GossipNode : IOutbox
{
    /// <summary>Arrivals that one turn takes: a flood must not keep the loop from its deadlines for ever.</summary>
    private const int BatchSize = 4096;

    /// <summary>After a failure of the loop itself, so that one that repeats does not take a whole processor.</summary>
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(50);

    private readonly List<LoopCommand> _answers = [];
    private bool _changed;
    private long _failures;
    private long _stalls;
    private Instant? _failedAt;
    private Instant? _stalledAt;

    void IOutbox.Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery) => _transport.Send(peer, packet, delivery);

    void IOutbox.Publish(in ClusterEvent happened)
    {
        _changed = true;
        if (happened.Kind == ClusterEventKind.MemberForgotten)
            _forgot = true;
        _tally.Add(happened, _node.Self.Id);
        _journal.Add(happened, _clock.ToWallClock(happened.At), Named(happened.Testimonies));
        Observer?.Happened(happened);
    }

    private NamedTestimony[] Named(IReadOnlyList<Testimony> testimonies)
    {
        var named = testimonies.Count == 0 ? [] : new NamedTestimony[testimonies.Count];
        for (var i = 0; i < named.Length; i++)
        {
            var testimony = testimonies[i];
            var accuser = _node.FindMember(testimony.Accuser)?.Name ?? testimony.Accuser.ToString();
            named[i] = new NamedTestimony(accuser, testimony.Evidence, testimony.LocalHealth, testimony.RoundTrip)
            {
                AccuserId = testimony.Accuser,
            };
        }

        return named;
    }

    /// <summary>
    /// Takes one turn; whoever has many nodes in one process may take their turns on one thread, each when its socket is readable or its
    /// time has come. All turns of a node are taken by one thread.
    /// </summary>
    /// <param name="waits">Whether the turn waits for something to do.</param>
    /// <returns>False after the last one.</returns>
    internal bool TakeTurn(bool waits)
    {
        if (Volatile.Read(ref _stopping) != 0)
        {
            End();
            return false;
        }

        try
        {
            Turn(waits);
        }
        catch (Exception error)
        {
            Survive(error);
        }

        return true;
    }

    /// <summary>How long until the next turn is due at the latest. For whoever takes the turns.</summary>
    internal TimeSpan UntilDue() => Due(_clock.Now);

    private void Run()
    {
        try
        {
            WarmsUp(_node.Options);
        }
        catch (Exception error)
        {
            // A node that is not warm answers later, and no worse.
            _journal.Add(error, _clock.Now);
        }

        // Anew: those whose moment has come long ago would look like a stall.
        FollowSeeds();
        while (TakeTurn(waits: true))
        {
            // The turn has waited.
        }
    }

    private void FollowSeeds() => _node.FollowSeeds(_clock.Now, Seeds, LocalPorts);

    private void End()
    {
        Answer();
        TellProvers(isLast: true);
        EndInspections();
        while (_commands.Reader.TryRead(out var command))
            command.Refuse();
        _ended.TrySetResult();
    }

    private TimeSpan Due(Instant now) => _node.NextDeadline > now ? _node.NextDeadline - now : TimeSpan.Zero;

    private void Turn(bool waits)
    {
        var now = _clock.Now;
        _transport.Wait(waits ? Due(now) : TimeSpan.Zero);
        var began = NodeMeter.Begin(Meter?.TurnTime);
        var woke = _clock.Now;
        _series.NoteDeadline(woke, _node.NextDeadline);
        var hasReadAll = Receive();
        DoWhatIsAsked();
        now = _clock.Now;
        MeasureLoad(now);
        TakeLoad(now);
        TakeSample(now);
        TakeStep(now);
        if (_node.NextDeadline <= now && (hasReadAll || Receive()))
            Tick(_clock.Now);
        MeasureRoundTrip();
        if (_node.HasLeft)
            _left.TrySetResult();
        ShowLoads(now);
        Publish();
        TellWhoWaits();
        TellAppearances();
        TellProvers();
        CarryInspections();
        Answer();
        NodeMeter.End(Meter?.TurnTime, began);
        _series.NoteTurn(_clock.Now - woke);
    }

    private void Tick(Instant now)
    {
        _node.Tick(now, this);
        if (_node.Counters.Stalls == _stalls)
            return;
        _stalls = _node.Counters.Stalls;
        _stalledAt = now;
    }

    /// <summary>
    /// Takes what has arrived. When the turn has nothing else to do, one arrival is enough: the wait of the next turn tells whether there
    /// are more, which would otherwise be asked for twice, and asking costs about as much as receiving.
    /// </summary>
    /// <returns>False when more may have arrived, which comes before any tick.</returns>
    private bool Receive()
    {
        for (var i = 0; i < BatchSize && _transport.TryReceive(out var arrival); i++)
        {
            switch (arrival.Kind)
            {
                case ArrivalKind.Packet:
                    Receive(arrival);
                    break;
                case ArrivalKind.StreamFailed or ArrivalKind.StreamRefused:
                    _node.StreamFailed(_clock.Now, arrival.Peer, arrival.Kind == ArrivalKind.StreamRefused, this);
                    break;
            }

            if (!_changed && _transport.MayWait && _node.NextDeadline > _clock.Now)
                return false;
        }

        return true;
    }

    private void Receive(in Arrival arrival)
    {
        // Streams have a budget of their own: their senders cannot lie about their addresses.
        if (arrival.Delivery == Delivery.Datagram && !_datagramBudget.Admits(arrival.Peer, _clock.Now.SinceStart))
        {
            _transport.Counters.DatagramUnread();
            return;
        }

        var outcome = default(PacketOutcome);
        try
        {
            outcome = _node.Receive(_clock.Now, arrival.Peer, arrival.Packet, arrival.Delivery, this);
        }
        finally
        {
            // Whatever came of the packet, a stream waits for its verdict: it is closed if the packet cannot be opened.
            Judge(arrival, outcome);
        }
    }

    private void Judge(in Arrival arrival, in PacketOutcome outcome)
    {
        var (peer, now) = (arrival.Peer, _clock.Now);
        var mustIntroduceItself = _transport.Judge(peer, arrival.Delivery, outcome);
        if (outcome.Dropped is { } reason)
            MeetStranger(peer, arrival.Delivery, reason, now);
        if (arrival.Delivery == Delivery.Datagram)
            Charge(arrival, outcome, now);
        else if (mustIntroduceItself)
            _node.Introduce(now, peer, Delivery.Stream, outcome.KeyId, this);
    }

    private void Charge(in Arrival arrival, in PacketOutcome outcome, Instant now)
    {
        if (outcome.IsAnswer)
            _datagramBudget.Know(arrival.Peer, now.SinceStart);
        else if (outcome.Dropped is not null)
            _datagramBudget.Charge(arrival.Peer, arrival.Packet.Length, now.SinceStart, outcome.Dropped == DropReason.BadSeal);
    }

    /// <summary>
    /// Does what other threads ask. Most turns are those of a packet, and nobody asks for anything: one flag tells so, where to look into
    /// the queues takes their locks.
    /// </summary>
    private void DoWhatIsAsked()
    {
        if (Volatile.Read(ref _asked) == 0)
            return;
        // First the flag, then the queues: whoever fills one in between sets it again.
        Interlocked.Exchange(ref _asked, 0);
        var seeds = 0;
        for (; seeds < QueuedSeeds && _found.Reader.TryRead(out var seed); seeds++)
            _node.Join(_clock.Now, seed, this);
        while (_answers.Count < QueuedCommands && _commands.Reader.TryRead(out var command))
        {
            command.Run(_node, _clock.Now, this);
            _answers.Add(command);
            _changed |= !command.OnlyReads;
        }

        if (seeds == QueuedSeeds || _answers.Count >= QueuedCommands)
            Volatile.Write(ref _asked, 1);
    }

    /// <summary>Answers come after the snapshot, so that whoever registered something and reads on finds it there.</summary>
    private void Answer()
    {
        if (_answers.Count == 0)
            return;
        foreach (var command in _answers)
            command.Answer();
        _answers.Clear();
    }

    private void Publish()
    {
        if (!_changed)
            return;
        var began = NodeMeter.Begin(Meter?.BuildTime);
        var snapshot = _snapshots.Build();
        NodeMeter.End(Meter?.BuildTime, began);
        if (snapshot.Revision > _feed.Newest.Snapshot.Revision)
            _feed.Publish(snapshot);
        // Last: what fails above is tried again with the next turn.
        _changed = false;
        Observer?.Published();
    }

    private void Survive(Exception error)
    {
        _failures++;
        _failedAt = _clock.Now;
        // What failed may have taken the flag, and left the queues as they were.
        Volatile.Write(ref _asked, 1);
        _journal.Add(error, _clock.Now);
        Thread.Sleep(PauseAfterFailure);
    }
}
