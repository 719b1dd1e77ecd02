namespace Gossip.Protocol;

/// <content>Versions of this node's records that it never wrote.</content>
internal sealed partial class Registry
{
    /// <summary>How far an owner may go above a version that it never wrote.</summary>
    private const int UnforeseenVersions = 1 << 16;

    /// <summary>How often an owner writes everything anew: all members fetch it then, and one small packet asks for it.</summary>
    private static readonly TimeSpan OutrankPause = TimeSpan.FromSeconds(1);

    private ulong _claimed;
    private bool _isContradicted;
    private Instant _nextOutrank;

    /// <summary>
    /// Others hold a version of this node's records that it never wrote: a forgery or a flipped bit. Nothing that it writes below would be
    /// heard again, so it writes everything anew, above: by a step at a time, since a claim that nobody believes must not use up its
    /// numbers, and again while somebody holds more.
    /// </summary>
    /// <param name="caller">Who told it.</param>
    /// <param name="version">The highest version that they hold.</param>
    /// <param name="contradicts">Whether one of its own versions has another record there than the one that it wrote.</param>
    public void OutrankRecords(in Caller caller, ulong version, bool contradicts = false)
    {
        _claimed = Math.Max(_claimed, version);
        _isContradicted |= contradicts;
        OutrankClaimed(caller);
    }

    /// <summary>Does so when it is time. Called in each round, for what was claimed too soon after the last time.</summary>
    public void OutrankClaimed(in Caller caller)
    {
        var (own, records) = (kernel.Self.RecordsVersion, kernel.Self.Records);
        if ((_claimed <= own && !_isContradicted) || caller.Now < _nextOutrank)
            return;
        // Nobody who knows that it will can forge the versions that follow.
        var above = Math.Clamp(_claimed, own + 1, own + Limits.Step) + (ulong)kernel.Randomness.Below(UnforeseenVersions);
        (_claimed, _isContradicted, _nextOutrank) = (0, false, caller.Now + OutrankPause);
        if (!records.TryRaiseAbove(above))
            return;
        kernel.Table.UpdateRecords(kernel.Self);
        kernel.Table.NoteNews(caller.Now);
        SpreadNotice(caller, kernel.Self.Id, records.Version);
    }
}
