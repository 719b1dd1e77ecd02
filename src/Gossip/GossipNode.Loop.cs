using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip;

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

    void IOutbox.Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery) => _transport.Send(peer, packet, delivery);

    void IOutbox.Publish(in ClusterEvent happened)
    {
        _changed = true;
        _journal.Add(happened, _clock.ToWallClock(happened.At), NameOf(happened.Accuser));
    }

    private string? NameOf(MemberId id) => id.IsNone ? null : _node.FindMember(id)?.Name ?? id.ToString();

    private void Run()
    {
        while (Volatile.Read(ref _stopping) == 0)
        {
            try
            {
                Turn();
            }
            catch (Exception error)
            {
                Survive(error);
            }
        }

        Answer();
        while (_commands.Reader.TryRead(out var command))
            command.Refuse();
        _ended.TrySetResult();
    }

    private void Turn()
    {
        var now = _clock.Now;
        _transport.Wait(_node.NextDeadline > now ? _node.NextDeadline - now : TimeSpan.Zero);
        Receive();
        while (_seeds.Reader.TryRead(out var seed))
            _node.Join(_clock.Now, seed, this);
        RunCommands();
        now = _clock.Now;
        if (_node.NextDeadline <= now)
            _node.Tick(now, this);
        if (_node.HasLeft)
            _left.TrySetResult();
        Publish();
        Answer();
    }

    private void Receive()
    {
        for (var i = 0; i < BatchSize && _transport.TryReceive(out var arrival); i++)
        {
            switch (arrival.Kind)
            {
                case ArrivalKind.Packet:
                    _node.Receive(_clock.Now, arrival.Peer, arrival.Packet, arrival.Delivery, this);
                    break;
                case ArrivalKind.StreamFailed or ArrivalKind.StreamRefused:
                    _node.StreamFailed(_clock.Now, arrival.Peer, arrival.Kind == ArrivalKind.StreamRefused, this);
                    break;
            }
        }
    }

    private void RunCommands()
    {
        while (_answers.Count < QueuedCommands && _commands.Reader.TryRead(out var command))
        {
            command.Run(_node, _clock.Now, this);
            _answers.Add(command);
            _changed = true;
        }
    }

    /// <summary>Answers come after the snapshot, so that whoever registered something and reads on finds it there.</summary>
    private void Answer()
    {
        foreach (var command in _answers)
            command.Answer();
        _answers.Clear();
    }

    private void Publish()
    {
        if (!_changed)
            return;
        _changed = false;
        var snapshot = _snapshots.Build();
        if (snapshot.Revision > _feed.Newest.Snapshot.Revision)
            _feed.Publish(snapshot);
    }

    private void Survive(Exception error)
    {
        _failures++;
        _journal.Add(error);
        Thread.Sleep(PauseAfterFailure);
    }
}
