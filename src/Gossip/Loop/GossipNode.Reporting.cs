using Gossip.Diagnostics;
using Gossip.Protocol;

namespace Gossip.Loop;

/// <content>What the loop tells of the node when somebody asks.</content>
internal sealed partial class GossipNode
{
    /// <summary>The incarnation at which the node began: it tells the lives of one process apart, and stays as it is.</summary>
    internal Incarnation Incarnation => _node.Options.Incarnation;

    /// <summary>The report that is asked for, and that the loop has not begun: whoever comes meanwhile has the same.</summary>
    private LoopCommand<NodeReport>? _asks;

    /// <summary>
    /// Everything there is to know of this node, as it is when the loop gets to it. A thousand who ask at once, as pages do that a change
    /// has reached, cost the loop as much as one.
    /// </summary>
    internal async ValueTask<NodeReport> ReportAsync(CancellationToken cancellationToken = default)
    {
        var own = new LoopCommand<NodeReport>((node, now, _) =>
        {
            Volatile.Write(ref _asks, null);
            return Report(node, now);
        })
        {
            OnlyReads = true,
        };
        if (Interlocked.CompareExchange(ref _asks, own, null) is { } asked)
            return await asked.Answered.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Others wait for it, whatever becomes of the one who was the first.
            await QueueAsync(own, CancellationToken.None).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            own.Refuse();
        }

        return await own.Answered.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private NodeReport Report(Node node, Instant now) => new()
    {
        Options = node.Options,
        Identity = Identity,
        StartedAt = _clock.StartedAt,
        Uptime = now.SinceStart,
        Convergence = Converge(node),
        IsSynchronized = node.IsSynchronized,
        HasLeft = node.HasLeft,
        LocalHealth = node.LocalHealth,
        Members = [.. node.Members.Select(_snapshots.Show)],
        Figures = Measure(node, now),
        Snapshot = _feed.Newest.Snapshot,
        Counters = NodeFigures.Of(node.Counters),
        Transport = _transport.Counters.Read(),
        LoopFailures = _failures,
        FailedAt = _failedAt is { } failed ? _clock.ToWallClock(failed) : null,
        StalledAt = _stalledAt is { } stalled ? _clock.ToWallClock(stalled) : null,
        Shell = new ShellFigures(Interlocked.Read(ref _seedsDropped), _journal.Dropped, MulticastDropped: 0)
        {
            EndpointsRefused = _feed.Newest.Snapshot.Services.SelectMany(_feed.Newest.Snapshot.GetAllInstances)
                .Sum(instance => instance.RefusedEndpoints.Count),
        },
        IndirectlyReached = [.. node.IndirectlyReached.Select(_snapshots.Show)],
        UnreadablePackets = _strangers.All,
        AnsweredElsewhere = [.. node.AnsweredElsewhere.Select(one => KeyValuePair.Create(one.Key, one.Value.Id))],
        ObservedAddresses = [.. node.ObservedAddresses.Select(one => new ObservedAddressReport(one.Address, one.Peers))],
        Events = _journal.Recent(),
    };

    private static Dictionary<MemberId, MemberFigures> Measure(Node node, Instant now)
    {
        var indirect = node.IndirectlyReached.Select(member => member.Id).ToHashSet();
        return node.Members.ToDictionary(
            member => member.Id,
            member => new MemberFigures(
                member.RoundTrip,
                node.TryFindLoad(member.Id, now, out var load, out _) ? load : null,
                indirect.Contains(member.Id)));
    }

    /// <summary>
    /// How many members have acknowledged this node's records, as answers to probes and proofs told: to look has nobody asked. A probe
    /// comes to each member once in as many rounds as there are members.
    /// </summary>
    private static ConvergenceReport? Converge(Node node)
    {
        var version = node.Self.RecordsVersion;
        if (version == 0)
            return null;
        var (holders, peers) = node.CountHolders();
        return new ConvergenceReport(version, holders, peers);
    }

    /// <summary>
    /// The instances that a snapshot does not show, as their nodes are dead or gone, and the members whose records are not held.
    /// </summary>
    /// <param name="service">The service.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal ValueTask<IReadOnlyList<AbsentInstance>> AbsentAsync(string service, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<AbsentInstance>>(
            (node, _) =>
            [
                .. from member in node.Members
                   where !member.IsLive
                   from record in member.StoredRecords
                   where record.IsReadable && !member.OrphanedRecords.Contains(record)
                       && string.Equals(record.Service, service, StringComparison.OrdinalIgnoreCase)
                   select new AbsentInstance(record.InstanceId, _snapshots.Show(member)),
                .. from member in node.Members
                   where member.IsLive && member.IsUnheld
                   select new AbsentInstance(null, _snapshots.Show(member)),
            ],
            cancellationToken);
}

/// <summary>An instance that no snapshot shows.</summary>
/// <param name="InstanceId">Which; null where the records of the member are not held, so that it may have one.</param>
/// <param name="Owner">The member.</param>
internal sealed record AbsentInstance(string? InstanceId, MemberSnapshot Owner);
