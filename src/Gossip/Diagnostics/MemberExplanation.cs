using System.Globalization;
using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>
/// Says in one sentence why a member is in its state here: from the member as it is shown, what was measured of it, and what this node has
/// seen happen. A pure function of these.
/// </summary>
/// <param name="member">The member; null for one that is forgotten.</param>
/// <param name="figures">What was measured of it.</param>
/// <param name="happened">What happened to all members, the oldest first.</param>
/// <param name="now">The time by this node's clock.</param>
internal sealed class MemberExplanation(
    MemberSnapshot? member, MemberFigures figures, IReadOnlyList<NodeEvent> happened, DateTimeOffset now)
{
    /// <summary>
    /// Deaths so close together have one cause: the time that a silent member takes to be held dead differs by less, even where those that
    /// hold it dead are unwell.
    /// </summary>
    private static readonly TimeSpan Together = TimeSpan.FromSeconds(15);

    /// <summary>A round trip that is no network's of one place: an answer that takes longer is worth a word.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(100);

    /// <summary>For so long after a move, members may not have heard of it.</summary>
    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(1);

    private NodeEvent[] _of = [];

    /// <summary>The sentence.</summary>
    /// <param name="name">What the member is called where it is not known any more.</param>
    public string Tell(string name)
    {
        _of = [.. happened.Where(one => member is null ? one.IsOf(name) : one.Id == member.Profile.Id)];
        if (member is null)
            return Forgotten(name);
        var since = $"{member.Name} is {Word(member.State)} since {PlainText.Of(member.Since, now)}";
        return member.State switch
        {
            // It is suspected and refutes that again and again: what it cannot do is answer.
            MemberState.Alive or MemberState.Suspect when member.IsOutOfReach => Lost(),
            MemberState.Dead => Last(ClusterEventKind.MemberDied) is { } death
                ? $"{since}: {Death(death)}."
                : $"{since}: {EvidenceText.Of(member.Evidence)}; what was said of it is not kept any more.",
            MemberState.Left => $"{since}: it said goodbye, so its process ended in order.",
            MemberState.Suspect => $"{since}: {Suspicion()}; it is held dead unless it refutes that.",
            _ => Alive(since) + ".",
        };
    }

    private static string Word(MemberState state) => state switch
    {
        MemberState.Alive => "alive",
        MemberState.Suspect => "suspect",
        MemberState.Dead => "dead",
        _ => "gone",
    };

    private static bool IsSilence(Evidence evidence) => evidence is Evidence.Silence or Evidence.RelayedSilence;

    private string Suspicion() => LastOf(one => one.Testimonies.Count > 0) is { } last
        ? EvidenceText.Of(last.Testimonies, last.Address)
        : $"{EvidenceText.Of(member!.Evidence)}; who said so is not kept any more";

    /// <summary>Of several that had the name, the last one ended last.</summary>
    private string Forgotten(string name)
    {
        var end = LastOf(one => one.Kind is ClusterEventKind.MemberDied or ClusterEventKind.MemberLeft);
        var how = end is null ? "" : end.Kind == ClusterEventKind.MemberLeft ? ": it said goodbye" : $": {Death(end)}";
        return $"{name} is not known here any more{how}.";
    }

    private string Death(NodeEvent death)
    {
        var evidence = EvidenceText.Gravest(death.Testimonies);
        var (at, id, incarnation) = (death.At, death.Id, death.Incarnation);
        var suspected = LastOf(one => one.Kind == ClusterEventKind.MemberSuspected && one.Incarnation == incarnation);
        var wait = suspected is { } begun && at - begun.At is { Ticks: > 0 } span ? $"; nobody refuted for {PlainText.Of(span)}" : "";
        var others = !IsSilence(evidence) ? [] : happened.Where(
            one => one.Kind == ClusterEventKind.MemberDied && one.Id != id && (one.At - at).Duration() <= Together
                && IsSilence(EvidenceText.Gravest(one.Testimonies))).DistinctBy(one => one.Id).ToArray();
        var cause = others.Length > 0 ? Common(death, others) : EvidenceText.Conclusion(evidence);
        return $"{EvidenceText.Of(death.Testimonies, death.Address)}{wait}{(cause.Length == 0 ? "" : $", so {cause}")}";
    }

    /// <summary>What those that fell silent together have in common: their host, or else the network between.</summary>
    private static string Common(NodeEvent death, NodeEvent[] others)
    {
        var host = death.Address.Host;
        return Array.TrueForAll(others, one => one.Address.Host == host)
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"all {others.Length + 1} that fell silent then are at {death.Address.ToEndPoint().Address}, "
                    + $"so that host is off, stands still, or is cut off")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{others.Length} more fell silent then, so the network is parted, unless their hosts went off together");
    }

    private string Alive(string since)
    {
        if (figures.IsIndirect)
            return $"{member!.Name} is alive, but no datagram passes between it and this node: only relays or streams reach it, so UDP is "
                + "blocked on the way, in one direction at least";
        var speed = figures.RoundTrip is { } trip && !member!.IsSelf ? $"; it answers in {PlainText.Of(trip)}" : "";
        var slow = figures.RoundTrip > Slow ? ", which is slow" : "";
        return $"{since}{History()}{speed}{slow}";
    }

    private string Lost()
    {
        var from = Last(ClusterEventKind.MemberOutOfReach) is { } lost ? $" since {PlainText.Of(lost.At, now)}" : "";
        return $"{member!.Name} is {Word(member.State)}, and out of this node's reach{from}: it refutes what is said of it, "
            + $"but answers nothing that this node asks at {member.Profile.Address}, by any path.";
    }

    /// <summary>The last thing that a live member went through.</summary>
    private string History()
    {
        var last = LastOf(one => one.Kind is ClusterEventKind.MemberRefuted or ClusterEventKind.MemberUpdated
            or ClusterEventKind.MemberWithinReach || (one.Kind == ClusterEventKind.MemberJoined && one.Testimonies.Count > 0));
        if (last is not { } what)
            return "";
        var grounds = what.Testimonies.Count == 0 ? "" : EvidenceText.Of(what.Testimonies, what.Address);
        return what.Kind switch
        {
            ClusterEventKind.MemberRefuted => Refuted(what, grounds),
            ClusterEventKind.MemberJoined when Last(ClusterEventKind.MemberDied) is { } death && death.Address != what.Address =>
                $": it moved from {death.Address} to {what.Address}, and was held dead at its old address for a while",
            ClusterEventKind.MemberJoined =>
                $": it was held dead ({grounds}), and came back by its own word, so it had stood still or was cut off",
            ClusterEventKind.MemberWithinReach => ": this node did not reach it for a while, and does again",
            _ => Moved(what),
        };
    }

    private string Refuted(NodeEvent what, string grounds)
    {
        var times = _of.Count(one => one.Kind == ClusterEventKind.MemberRefuted);
        var often = times > 1 ? string.Create(CultureInfo.InvariantCulture, $" ({times} times of late)") : "";
        var begun = LastOf(one => one.Kind == ClusterEventKind.MemberSuspected && one.At <= what.At);
        if (begun is not null && begun.Address != what.Address)
            return $": it moved from {begun.Address} to {what.Address}, and refuted what was said of it at its old address";
        var took = begun is { } suspicion && what.At - suspicion.At is { Ticks: > 0 } span ? $" {PlainText.Of(span)} later" : "";
        var whose = what.Testimonies.Count > 0 && what.Testimonies.All(word => word.LocalHealth > 0)
            ? "its accuser was unwell itself, and may have been the late one"
            : "it was late or stood still, or its packets were lost, and it did not die";
        var moved = MovedShortlyBefore(what) is { } from ? $"it moved from {from} to {what.Address}, and " : "it ";
        return $": {moved}was suspected{(grounds.Length == 0 ? "" : $" ({grounds})")}, and refuted that{took}{often}; {whose}";
    }

    /// <summary>Where a member was that a suspicion may have missed because it had just moved; null where it had not.</summary>
    private PeerAddress? MovedShortlyBefore(NodeEvent what)
    {
        var moved = LastOf(one => one.Kind == ClusterEventKind.MemberUpdated && one.At <= what.At && what.At - one.At < Lately);
        return moved is null ? null : LastOf(one => one.At < moved.At && one.Address != what.Address)?.Address;
    }

    private string Moved(NodeEvent what)
    {
        var before = LastOf(one => one.At < what.At && one.Address != what.Address);
        return before is { } old && what.Address == member!.Profile.Address
            ? $": it moved from {old.Address} to {what.Address} at {PlainText.Of(what.At, now)}"
            : $": it changed what it says of itself at {PlainText.Of(what.At, now)}";
    }

    private NodeEvent? Last(ClusterEventKind kind) => LastOf(one => one.Kind == kind);

    private NodeEvent? LastOf(Func<NodeEvent, bool> condition)
    {
        for (var i = _of.Length - 1; i >= 0; i--)
        {
            if (condition(_of[i]))
                return _of[i];
        }

        return null;
    }
}
