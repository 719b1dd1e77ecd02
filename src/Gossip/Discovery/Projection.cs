using Gossip.Configuration;
using Gossip.Snapshots;

namespace Gossip.Discovery;

/// <summary>What a query means in one snapshot. It is immutable; a view has the newest, and makes the next from it.</summary>
internal sealed class Projection
{
    private static readonly IReadOnlyList<ServiceInstance> Empty = [];

    /// <summary>Timers use a coarser clock than the one that is read, and may fire slightly early by it.</summary>
    private static readonly TimeSpan Grain = TimeSpan.FromMilliseconds(50);

    /// <summary>The signal of the stage it was made of: a view that is not read must not hold a whole old snapshot.</summary>
    private readonly Task? _stage;

    /// <summary>What the instances were chosen from: while it is the same, so are they.</summary>
    private readonly object? _origin;

    /// <summary>The instances that match.</summary>
    private readonly IReadOnlyList<ServiceInstance> _matching;

    /// <summary>The last instances that matched, and the time until which they stand in for none.</summary>
    private readonly IReadOnlyList<ServiceInstance> _lastKnown;

    private readonly long _lastKnownSince;

    private Projection(
        SnapshotFeed.Stage? stage, object? origin, IReadOnlyList<ServiceInstance> matching,
        IReadOnlyList<ServiceInstance> lastKnown, long lastKnownSince)
    {
        _stage = stage?.Outdated;
        _origin = origin;
        _matching = matching;
        _lastKnown = lastKnown;
        _lastKnownSince = lastKnownSince;
        Offered = matching;
    }

    public static Projection None { get; } = new(null, null, Empty, Empty, 0);

    /// <summary>What callers get.</summary>
    public IReadOnlyList<ServiceInstance> Offered { get; private init; }

    /// <summary>Whether it is still the newest and, if it stands in for none, its time has not run out.</summary>
    public bool IsOf(Sources sources) =>
        ReferenceEquals(_stage, sources.Now.Outdated) && (Ringing is null || IsInTime(sources));

    /// <summary>For how long it stands in for none, from <see cref="_lastKnownSince"/> on.</summary>
    private TimeSpan StandsInFor { get; init; }

    /// <summary>Wakes waiting watches when the time of a projection that stands in for none runs out; null for any other.</summary>
    private Alarm? Ringing { get; init; }

    /// <summary>A separate method, so that the check of every call is short enough to be inlined.</summary>
    private bool IsInTime(Sources sources) => sources.Grace.GetElapsedTime(_lastKnownSince) < StandsInFor;

    public static Projection After(Projection before, Sources sources, Predicates predicates)
    {
        var query = predicates.Query;
        // The stage is read first: a change in between makes the next one.
        var stage = sources.Now;
        var (origin, matching) = Match(before, stage.Snapshot, sources.Statics, predicates);
        if (matching.Count > 0 || query.WhenEmpty == WhenEmpty.Nothing)
            return new Projection(stage, origin, matching, matching, 0);
        if (query.WhenEmpty.Fallback is { } fallback)
        {
            var others = sources.Statics.Find(fallback) ?? stage.Snapshot.GetInstances(fallback);
            return new Projection(stage, origin, matching, Empty, 0) { Offered = others };
        }

        var since = before._matching.Count > 0 ? sources.Grace.GetTimestamp() : before._lastKnownSince;
        var elapsed = sources.Grace.GetElapsedTime(since);
        var isInTime = before._lastKnown.Count > 0 && elapsed < query.WhenEmpty.LastKnownFor;
        return new Projection(stage, origin, matching, isInTime ? before._lastKnown : Empty, since)
        {
            Offered = isInTime ? before._lastKnown : Empty,
            StandsInFor = query.WhenEmpty.LastKnownFor,
            Ringing = isInTime ? NextAlarm(before.Ringing, sources, elapsed, query.WhenEmpty.LastKnownFor) : null,
        };
    }

    /// <summary>Whether two lists have the same instances, of the same revisions, in the same order.</summary>
    public static bool AreSame(IReadOnlyList<ServiceInstance> left, IReadOnlyList<ServiceInstance> right)
    {
        if (ReferenceEquals(left, right))
            return true;
        if (left.Count != right.Count)
            return false;
        for (var i = 0; i < left.Count; i++)
        {
            if (!ReferenceEquals(left[i], right[i]))
                return false;
        }

        return true;
    }

    /// <summary>The alarm that is still to ring, or the next: a time longer than a timer can run takes several.</summary>
    private static Alarm NextAlarm(Alarm? before, Sources sources, TimeSpan elapsed, TimeSpan whole)
    {
        if (before is not null && elapsed < before.At)
            return before;
        var left = whole - elapsed;
        var turn = left < Timeouts.LongestTimer ? left : Timeouts.LongestTimer;
        return new Alarm(sources.Alarm(turn + Grain), elapsed + turn);
    }

    private static (object? Origin, IReadOnlyList<ServiceInstance> Matching) Match(
        Projection before, ServiceSnapshot snapshot, StaticServices statics, Predicates predicates)
    {
        var query = predicates.Query;
        var written = statics.Find(query.Service);
        var group = written is null ? snapshot.Find(query.Service) : null;
        object? origin = written is null ? group : written;
        if (origin is null)
            return (null, Empty);
        if (ReferenceEquals(origin, before._origin))
            return (origin, before._matching);
        if (query.TakesAll)
            return (origin, written ?? (query.IncludeUnavailable ? group!.All : group!.Available));
        var threw = false;
        var matching = new List<ServiceInstance>();
        foreach (var instance in written ?? group!.All)
        {
            if (predicates.Accept(instance, ref threw))
                matching.Add(instance);
        }

        if (query.Prefer is not null && matching.FindAll(instance => predicates.Prefer(instance, ref threw)) is { Count: > 0 } preferred)
            matching = preferred;
        // A predicate that threw is called again at the next snapshot, whatever has changed there.
        return (threw ? null : origin, AreSame(before._matching, matching) ? before._matching : matching.ToArray());
    }

    /// <summary>A timer, and when it rings at the earliest, counted from <see cref="_lastKnownSince"/>.</summary>
    private sealed record Alarm(ITimer Timer, TimeSpan At);
}
