namespace Gossip.Protocol;

/// <summary>Questions to addresses: which member listens there, and may this node join?</summary>
internal sealed class SeedProber(Kernel kernel)
{
    /// <summary>How long an answer is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long an unanswered question is remembered: longer than the pauses between two tries of a seed, which last 37.5 s at the most.
    /// </summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(40);

    private readonly List<Question> _asked = [];

    /// <summary>How many questions came up since all places were taken, including those that took them.</summary>
    private int _offered;

    public NodeSize Size => new("questions", _asked.Count, Limits.SeedAliases);

    /// <summary>The addresses that were asked recently.</summary>
    public IEnumerable<PeerAddress> Asked(Instant now) =>
        _asked.Where(question => now - question.At <= Patience).Select(question => question.Seed);

    /// <summary>Asks the node at an address, unless too many questions wait for answers.</summary>
    /// <param name="caller">On whose behalf.</param>
    /// <param name="seed">Where.</param>
    /// <param name="expected">Which member should be there; null for any.</param>
    /// <param name="isNewcomer">Whether this node has not joined yet.</param>
    public void Ask(in Caller caller, PeerAddress seed, Member? expected = null, bool isNewcomer = false)
    {
        var now = caller.Now;
        _asked.RemoveAll(question => now - question.At > Memory);
        var index = _asked.FindIndex(question => question.Seed == seed);
        Question? earlier = index < 0 ? null : _asked[index];
        // Where all places are taken, an earlier question may have been forgotten.
        var isFirst = _asked.Count < Limits.SeedAliases && earlier is null;
        var isRepeated = isFirst && isNewcomer;
        var question = new Question(kernel.Sender.NextSequence(), seed, caller.Now, expected, WayTo(caller.Now, seed, earlier), isRepeated);
        if (index >= 0)
            _asked.RemoveAt(index);
        if (!TryMakeRoom(now, isOfTheHost: expected is null))
            return;
        _asked.Add(question);
        SendQuestion(question, caller);
        if (question.IsRepeated)
            kernel.Deadlines.Hasten(Deadline.Question, caller.Now + kernel.Options.ProbeTimeout);
    }

    /// <summary>
    /// A newcomer whose first question to a seed, or the answer, gets lost would stay out until its host tries the seed again, so it sends
    /// that question twice.
    /// </summary>
    public void AskAgain(in Caller caller, bool isNewcomer)
    {
        for (var i = 0; i < _asked.Count; i++)
        {
            var question = _asked[i];
            if (!question.IsRepeated)
                continue;
            if (caller.Now - question.At < kernel.Options.ProbeTimeout)
            {
                kernel.Deadlines.Hasten(Deadline.Question, question.At + kernel.Options.ProbeTimeout);
                continue;
            }

            _asked[i] = question with { IsRepeated = false };
            // If the outbox throws, the others are due at once.
            kernel.Deadlines.Hasten(Deadline.Question, caller.Now);
            if (isNewcomer && kernel.Self.State != MemberState.Left)
                SendQuestion(question, caller);
        }
    }

    /// <summary>Takes the question that an ack answers. False for none, and for one that was asked long ago.</summary>
    public bool TryTakeAnswered(in Ack ack, Instant now, out PeerAddress seed, out Member? expected)
    {
        var sequence = ack.Sequence;
        var index = _asked.FindIndex(question => question.Sequence == sequence);
        var isAnswered = index >= 0 && now - _asked[index].At <= Patience
            && kernel.Sender.Tokens.IsOwn(ack.Token, _asked[index].Seed, sequence, now);
        (seed, expected) = isAnswered ? (_asked[index].Seed, _asked[index].Expected) : default;
        if (isAnswered)
            _asked.RemoveAt(index);
        return isAnswered;
    }

    /// <summary>
    /// Makes room for one more question. Where more addresses are to be asked at once than are remembered, each has the same chance to be
    /// remembered, so that many silent ones never hide those behind them. Members get no such chance, since strangers may name them: the
    /// questions that strangers cause are at most as many as there are places.
    /// </summary>
    private bool TryMakeRoom(Instant now, bool isOfTheHost)
    {
        if (_asked.Count < Limits.SeedAliases || now - _asked[0].At > Patience)
        {
            _offered = Limits.SeedAliases;
            if (_asked.Count >= Limits.SeedAliases)
                _asked.RemoveAt(0);
            return true;
        }

        if (!isOfTheHost)
            return false;
        var place = kernel.Randomness.Below(++_offered);
        if (place >= Limits.SeedAliases)
            return false;
        _asked.RemoveAt(place);
        return true;
    }

    /// <summary>
    /// The question: a ping to no particular member, with this node's profile, and with what is claimed against the member that may be
    /// there. A live member knows this node, and strangers may name its address: it gets the ping alone.
    /// </summary>
    private void SendQuestion(in Question question, in Caller caller)
    {
        var writer = kernel.Sender.BeginDatagram();
        writer.TryPing(Ping.To(kernel, caller.Now, question.Sequence, question.Seed));
        if (question.Expected is not { IsLive: true })
            writer.TryMessage(kernel.Self.Profile.Encoded);
        if (question.Expected is { IsLive: false } expected)
            writer.TryAccusation(Accusation.Of(expected));
        kernel.Counters.SeedsAsked += question.Expected is null ? 1 : 0;
        kernel.Sender.Send(writer, question.Seed, question.Delivery, caller);
    }

    /// <summary>
    /// A datagram first, then stream and datagram in turn: a node that did not answer a datagram may be behind a firewall that lets only
    /// streams pass. This machine has no such firewall in between, and a refused stream is a costly way to find a port empty.
    /// </summary>
    private Delivery WayTo(Instant now, PeerAddress seed, Question? earlier)
    {
        if (earlier is not { } last || seed.IsLoopback)
            return Delivery.Datagram;
        if (now - last.At < kernel.Options.ProbeWindow)
            return last.Delivery;
        return last.Delivery == Delivery.Datagram ? Delivery.Stream : Delivery.Datagram;
    }

    /// <param name="Sequence">The number by which the answer is known.</param>
    /// <param name="Seed">Which address is asked.</param>
    /// <param name="At">When.</param>
    /// <param name="Expected">Which member should be there; null for any.</param>
    /// <param name="Delivery">By what way.</param>
    /// <param name="IsRepeated">Whether the question is sent again when no answer comes in time.</param>
    private readonly record struct Question(
        uint Sequence, PeerAddress Seed, Instant At, Member? Expected, Delivery Delivery, bool IsRepeated);
}
