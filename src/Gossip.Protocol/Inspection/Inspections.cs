using System.Diagnostics.CodeAnalysis;

namespace Gossip.Protocol;

/// <summary>
/// Asking another member for what it keeps, when somebody looks (not in the papers): one question and one answer, by stream, and nothing
/// of it is gossip, so a cluster that nobody looks at sends none. The node knows neither what is asked for nor what is answered: its host
/// takes the questions, answers when it has the time, and may be late or not answer at all. Who answers is bounded by a rate and in bytes;
/// who asks waits until a deadline, and takes nothing that it did not ask for.
/// </summary>
internal sealed class Inspections(Kernel kernel)
{
    /// <summary>Questions that are answered: five a second, and ten at once for somebody who has looked at nothing for a while.</summary>
    private const int AtOnce = 10;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    /// <summary>For so long the host may take to answer: milliseconds where it is not starved, and nobody waits for longer.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);

    private readonly List<InspectionQuestion> _underWay = [];
    private readonly Queue<InspectionQuestion> _untaken = new();
    private readonly Dictionary<uint, Asked> _asked = [];
    private readonly Queue<InspectionResult> _results = new();
    private Instant _spentUntil = Instant.Start;

    public IEnumerable<NodeSize> Sizes =>
    [
        new("inspections under way", _underWay.Count, Limits.InspectionsUnderWay),
        new("inspections asked", _asked.Count + _results.Count, Limits.InspectionsAsked),
    ];

    /// <summary>Whether a question or a result waits for the host.</summary>
    public bool IsWaitedFor => _untaken.Count > 0 || _results.Count > 0;

    /// <summary>Asks a member.</summary>
    /// <param name="caller">On whose behalf.</param>
    /// <param name="id">The member.</param>
    /// <param name="topic">What for.</param>
    /// <param name="since">After what; what that means is the hosts' business.</param>
    /// <param name="patience">How long the answer is waited for.</param>
    /// <returns>
    /// The number of the question; null where it cannot be asked: nobody lives under that id, or too much is asked already.
    /// </returns>
    public uint? Ask(in Caller caller, MemberId id, byte topic, ulong since, TimeSpan patience)
    {
        if (kernel.Self.State == MemberState.Left || id == kernel.Self.Id || _asked.Count + _results.Count >= Limits.InspectionsAsked
            || kernel.Table.Find(id) is not { IsLive: true } member)
            return null;
        var sequence = kernel.Sender.NextSequence();
        while (_asked.ContainsKey(sequence))
            sequence = kernel.Sender.NextSequence();
        var question = new Inspect(
            sequence, kernel.Sender.Tokens.Of(member.Address, sequence, caller.Now), kernel.Self.Id, id.Tag, topic, since);
        var until = caller.Now + patience;
        _asked.Add(sequence, new Asked(member.Address, question.Token, until));
        kernel.Deadlines.Hasten(Deadline.Inspection, until);
        var writer = kernel.Sender.BeginDatagram();
        writer.TryInspect(question);
        kernel.Sender.Send(writer, member.Address, Delivery.Stream, caller);
        return sequence;
    }

    /// <summary>The next question whose waiting is over, however it ended.</summary>
    public bool TryTakeResult(out InspectionResult result) => _results.TryDequeue(out result);

    /// <summary>The next question for the host.</summary>
    public bool TryTakeQuestion([NotNullWhen(true)] out InspectionQuestion? question) => _untaken.TryDequeue(out question);

    /// <summary>A member asks. Always true, since the grammar was kept.</summary>
    public bool Receive(in Caller caller, in Inspect asked)
    {
        // A recording draws nothing: an answer is long, and whoever asks is one of few.
        if (asked.TargetTag != kernel.Self.Id.Tag || kernel.Self.State == MemberState.Left || !IsOfMember(caller, asked.Sender)
            || caller.Answer?.IsFirst() is false)
        {
            kernel.Counters.Drop(DropReason.Uninvited);
            return true;
        }

        ForgetLate(caller.Now);
        var question = new InspectionQuestion(asked, caller.From, caller.KeyId, caller.Now + AnswerTime);
        if (_underWay.Count == Limits.InspectionsUnderWay || !MayAskOneMore(asked) || !TrySpend(caller.Now))
        {
            kernel.Counters.InspectionsRefused++;
            Send(caller, question, InspectionOutcome.Busy, []);
            return true;
        }

        _underWay.Add(question);
        _untaken.Enqueue(question);
        return true;
    }

    /// <summary>The host answers. One that took too long says it to nobody.</summary>
    /// <param name="caller">On whose behalf.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="content">The answer; null where the host does not know what is asked for.</param>
    /// <exception cref="ArgumentException">The answer is longer than <see cref="Limits.InspectionBytes"/>.</exception>
    public void Answer(in Caller caller, InspectionQuestion question, byte[]? content)
    {
        if (content?.Length > Limits.InspectionBytes)
            throw new ArgumentException($"{content.Length} bytes are more than {Limits.InspectionBytes}.", nameof(content));
        if (!_underWay.Remove(question))
            return;
        kernel.Counters.InspectionsAnswered++;
        var outcome = content is null ? InspectionOutcome.Unknown : InspectionOutcome.Answered;
        Send(caller with { From = question.From, KeyId = question.KeyId }, question, outcome, content ?? []);
    }

    /// <summary>An answer came. Always true, since the grammar was kept.</summary>
    public bool Receive(in Caller caller, in Inspected answer)
    {
        if (caller.Delivery == Delivery.Stream && _asked.TryGetValue(answer.Sequence, out var asked)
            && asked.Token == answer.Token && asked.Address.WithScope(0) == caller.From.WithScope(0))
            End(answer.Sequence, answer.Outcome, answer.Content.ToArray());
        else
            kernel.Counters.Drop(DropReason.Uninvited);
        return true;
    }

    /// <summary>A stream to a peer could not be opened.</summary>
    public void Fail(PeerAddress peer)
    {
        if (_asked.Count == 0)
            return;
        foreach (var sequence in Asks(one => one.Address == peer))
            End(sequence, InspectionOutcome.Unreachable, []);
    }

    /// <summary>Ends what was waited for long enough.</summary>
    public void Step(Instant now)
    {
        foreach (var sequence in Asks(one => one.Until <= now))
            End(sequence, InspectionOutcome.Silent, []);
        foreach (var asked in _asked.Values)
            kernel.Deadlines.Hasten(Deadline.Inspection, asked.Until);
    }

    /// <summary>
    /// Whether a live member asks. Where there is a key, only those that have it can; else what it says of itself must at least come from
    /// the host that the member is at, and a stream shows its address.
    /// </summary>
    private bool IsOfMember(in Caller caller, MemberId sender) =>
        caller.Delivery == Delivery.Stream && sender != kernel.Self.Id && kernel.Table.Find(sender) is { IsLive: true } member
        && (caller.KeyId != 0 || member.Address.Host == caller.From.Host);

    /// <summary>Somebody may look at two things at once, at each of them once.</summary>
    private bool MayAskOneMore(in Inspect asked)
    {
        var (sender, topic) = (asked.Sender, asked.Topic);
        return _underWay.Count(one => one.Asked.Sender == sender) < 2
            && !_underWay.Exists(one => one.Asked.Sender == sender && one.Asked.Topic == topic);
    }

    private bool TrySpend(Instant now)
    {
        if (_spentUntil > now + (Pace * (AtOnce - 1)))
            return false;
        _spentUntil = (_spentUntil > now ? _spentUntil : now) + Pace;
        return true;
    }

    /// <summary>A host that is late, or that takes no questions at all, holds up nobody for longer than it has time.</summary>
    private void ForgetLate(Instant now)
    {
        _underWay.RemoveAll(question => question.Until <= now);
        while (_untaken.TryPeek(out var oldest) && oldest.Until <= now)
            _untaken.Dequeue();
    }

    private void Send(in Caller to, InspectionQuestion question, InspectionOutcome outcome, ReadOnlySpan<byte> content)
    {
        var writer = kernel.Sender.BeginStream(content.Length + Limits.InspectedHead);
        writer.TryInspected(new Inspected
        {
            Sequence = question.Asked.Sequence, Token = question.Asked.Token, Outcome = outcome, Content = content,
        });
        kernel.Sender.SendStream(writer, to.From, to);
    }

    private void End(uint sequence, InspectionOutcome outcome, byte[] content)
    {
        _asked.Remove(sequence);
        _results.Enqueue(new InspectionResult(sequence, outcome, content));
    }

    private List<uint> Asks(Func<Asked, bool> which) => [.. _asked.Where(one => which(one.Value)).Select(one => one.Key)];

    /// <summary>A question that waits for its answer.</summary>
    private readonly record struct Asked(PeerAddress Address, uint Token, Instant Until);
}
