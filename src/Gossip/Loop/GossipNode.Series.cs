using Gossip.Diagnostics;
using Gossip.Protocol;

namespace Gossip.Loop;

/// <content>What is drawn of the node: a step at a time, whether somebody looks or not.</content>
internal sealed partial class GossipNode
{
    private readonly NodeSeries _series = new();

    /// <summary>A copy of the last steps.</summary>
    internal ValueTask<SeriesReport> SeriesAsync(CancellationToken cancellationToken) =>
        ReadAsync((_, _) => _series.Read(), cancellationToken);

    private void TakeStep(Instant now)
    {
        if (!_series.IsDue(now))
            return;
        var counters = _node.Counters;
        var (calls, failures) = _feed.BalancingClock.Ended.Read();
        var (alive, suspect) = (0, 0);
        foreach (var member in _feed.Newest.Snapshot.Members)
        {
            alive += member.State == MemberState.Alive ? 1 : 0;
            suspect += member.State == MemberState.Suspect ? 1 : 0;
        }

        _series.Take(
            now,
            new SeriesTotals(
                counters.PacketsReceived, counters.PacketsSent, counters.BytesReceived, counters.BytesSent, counters.Drops, counters.Probes,
                counters.ProbesFailed, calls, failures),
            new SeriesLevels(_node.LocalHealth, alive, suspect, _node.RumorCount));
    }
}
