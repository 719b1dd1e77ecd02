namespace Gossip.Protocol;

/// <summary>
/// One suspicion: the member has until the deadline to refute, and each independent accuser brings the deadline nearer (SWIM §4.2,
/// Lifeguard §IV-B "dynamic suspicion time-out").
/// </summary>
internal sealed class Suspicion
{
    private readonly TimeSpan _shortest;
    private readonly TimeSpan _longest;
    private readonly int _wanted;
    private Instant _cap = Instant.Never;
    private Instant _putOff;
    private Instant _deadline;
    private int _confirmations;

    /// <summary>Begins a suspicion of a member against which one testimony was taken in.</summary>
    public Suspicion(Member member, Instant start, TimeSpan shortest, TimeSpan longest, int wanted)
    {
        Member = member;
        Start = start;
        _shortest = shortest;
        _longest = wanted == 0 ? shortest : longest;
        _wanted = wanted;
        Schedule();
    }

    public Member Member { get; }

    /// <summary>Since when the member is suspect, or last answered a verification.</summary>
    public Instant Start { get; private set; }

    /// <summary>The verification that is under way; null for none.</summary>
    public Verification? Verification { get; set; }

    /// <summary>Whether so many members say the same that a verification by this node could add nothing.</summary>
    public bool IsBeyondDoubt => _confirmations >= _wanted || Member.Gravest.IsStrong;

    /// <summary>
    /// max(shortest, longest − (longest − shortest) · log(C + 1) / log(K + 1)) after the start (Lifeguard §IV-B), C being the
    /// confirmations beyond the first accuser, or the cap that strong evidence has set.
    /// </summary>
    public Instant Deadline => _deadline < _putOff ? _putOff : _deadline;

    /// <summary>
    /// The next moment at which something is to be done: the verification, or the verdict, which waits for the last verification.
    /// </summary>
    public Instant Next => Verification switch
    {
        null => Deadline,
        { IsLast: true } => Verification.Next,
        _ => Instant.Earlier(Verification.Next, Deadline),
    };

    /// <summary>Takes in another testimony. True when it comes from a new accuser that still counts, or brings stronger evidence.</summary>
    public bool Confirm(in Testimony testimony)
    {
        var isNew = _confirmations < _wanted && !IsAccuser(testimony.Accuser);
        if (!isNew && (!testimony.IsStrong || Member.Gravest.IsStrong))
            return false;
        _confirmations += isNew ? 1 : 0;
        Member.Testify(testimony);
        Schedule();
        return true;
    }

    public bool IsAccuser(MemberId id)
    {
        foreach (var testimony in Member.Testimonies)
        {
            if (testimony.Accuser == id)
                return true;
        }

        return false;
    }

    /// <summary>
    /// Ends the suspicion by <paramref name="moment"/> at the latest: it does not wait for what puts off verdicts on silence.
    /// </summary>
    public void Cap(Instant moment)
    {
        _cap = Instant.Earlier(_cap, moment);
        _putOff = default;
        Schedule();
    }

    /// <summary>Puts a verdict on silence off until <paramref name="moment"/> at least.</summary>
    public void PutOff(Instant moment) => _putOff = _putOff < moment ? moment : _putOff;

    /// <summary>Gives back the time that this node slept through, and the verification in it.</summary>
    public void Postpone(TimeSpan by)
    {
        Verification = null;
        Start += by;
        _cap += by;
        Schedule();
    }

    /// <summary>Begins anew: the member has just answered, so every accusation that its process is gone is false.</summary>
    public void Restart(Instant now)
    {
        Start = now;
        _cap = Instant.Never;
        Schedule();
    }

    /// <summary>
    /// Puts a verdict on silence off. False when it was put off for as long as the longest suspicion: a verdict has to come in the end.
    /// </summary>
    public bool TryPutOff(Instant now, TimeSpan by)
    {
        if (Member.Gravest.IsStrong || now - Start >= _longest * 2)
            return false;
        PutOff(now + by);
        return true;
    }

    private void Schedule()
    {
        var share = _wanted == 0 ? 1 : Math.Log(_confirmations + 1) / Math.Log(_wanted + 1);
        var span = _longest - ((_longest - _shortest) * share);
        _deadline = Instant.Earlier(_cap, Start + (span < _shortest ? _shortest : span));
    }
}
