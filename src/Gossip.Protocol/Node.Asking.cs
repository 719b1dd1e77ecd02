namespace Gossip.Protocol;

/// <summary>Questions: who listens there, and may this node come in?</summary>
public sealed partial class Node
{
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(2);

    /// <summary>How long an unanswered question is remembered: longer than the pauses between two tries of a seed, which last 37.5 s at the most.</summary>
    private static readonly TimeSpan JoinMemory = TimeSpan.FromSeconds(40);

    private readonly List<PendingJoin> _joins = [];

    /// <summary>Asks whoever is there, unless too many questions wait for answers.</summary>
    private void Ask(Instant now, PeerAddress seed, Member? expected, IOutbox outbox)
    {
        _joins.RemoveAll(join => now - join.At > JoinMemory);
        var index = _joins.FindIndex(join => join.Seed == seed);
        PendingJoin? earlier = index < 0 ? null : _joins[index];
        // Where all places are taken, an earlier question may have been forgotten.
        var isFirst = _joins.Count < Limits.SeedAliases && earlier is null;
        var isRepeated = isFirst && expected is null && !IsSynchronized;
        var join = new PendingJoin(NextSequence(), seed, now, expected, WayTo(now, seed, earlier), isRepeated);
        if (index >= 0)
            _joins.RemoveAt(index);
        if (_joins.Count >= Limits.SeedAliases && now - _joins[0].At <= JoinPatience)
            return;
        if (_joins.Count >= Limits.SeedAliases)
            _joins.RemoveAt(0);
        _joins.Add(join);
        SendQuestion(join, outbox);
        if (join.IsRepeated)
            _deadlines.Hasten(Deadline.Question, now + Options.ProbeTimeout);
    }

    /// <summary>
    /// A newcomer whose first question to a seed, or the answer, gets lost would stay out until its host tries the seed again: so it says that
    /// question twice.
    /// </summary>
    private void AskAgain(Instant now, IOutbox outbox)
    {
        for (var i = 0; i < _joins.Count; i++)
        {
            var join = _joins[i];
            if (!join.IsRepeated)
                continue;
            if (now - join.At < Options.ProbeTimeout)
            {
                _deadlines.Hasten(Deadline.Question, join.At + Options.ProbeTimeout);
                continue;
            }

            _joins[i] = join with { IsRepeated = false };
            // The others are due at once, should the outbox throw.
            _deadlines.Hasten(Deadline.Question, now);
            if (!IsSynchronized && _self.State != MemberState.Left)
                SendQuestion(join, outbox);
        }
    }

    /// <summary>The question: a ping to nobody in particular, with this node's profile, and what is held against the one who may be there.</summary>
    private void SendQuestion(in PendingJoin join, IOutbox outbox)
    {
        var writer = BeginDatagram();
        writer.TryPing(new Ping(join.Sequence, _self.Id, 0, _table.Digest));
        writer.TryMessage(_self.Profile.Encoded);
        if (join.Expected is { IsLive: false } expected)
            TellDead(ref writer, expected);
        Send(writer, join.Seed, join.Delivery, outbox);
    }

    /// <summary>
    /// A datagram first, then ways in turns: who did not answer one may be behind a firewall that lets only streams pass. On this machine there
    /// is no such thing, and a refused stream is a costly way to find a port empty.
    /// </summary>
    private Delivery WayTo(Instant now, PeerAddress seed, PendingJoin? earlier)
    {
        if (earlier is not { } last || seed.IsLoopback)
            return Delivery.Datagram;
        if (now - last.At < Options.ProbeWindow)
            return last.Delivery;
        return last.Delivery == Delivery.Datagram ? Delivery.Stream : Delivery.Datagram;
    }

    /// <param name="Sequence">The number by which the answer is known.</param>
    /// <param name="Seed">Who is asked.</param>
    /// <param name="At">When.</param>
    /// <param name="Expected">Who should be there; null for anybody.</param>
    /// <param name="Delivery">By what way.</param>
    /// <param name="IsRepeated">Whether the question is said again when no answer comes in time.</param>
    private readonly record struct PendingJoin(uint Sequence, PeerAddress Seed, Instant At, Member? Expected, Delivery Delivery, bool IsRepeated);
}
