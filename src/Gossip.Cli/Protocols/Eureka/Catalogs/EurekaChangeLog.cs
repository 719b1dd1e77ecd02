using System.Collections.Immutable;
using Gossip.Cli.Protocols.Eureka.Wire;

namespace Gossip.Cli.Protocols.Eureka.Catalogs;

/// <summary>What happened last to an instance.</summary>
/// <param name="Version">The version of the view that shows it first.</param>
/// <param name="At">When, by the clock's ticks.</param>
/// <param name="Action">Eureka's word: ADDED, MODIFIED or DELETED.</param>
/// <param name="Row">The instance, as it is or was.</param>
internal sealed record EurekaChange(long Version, long At, string Action, EurekaRow Row)
{
    public const string Added = "ADDED";
    public const string Modified = "MODIFIED";
    public const string Deleted = "DELETED";

    public byte[] Bytes(EurekaFormat format) => Action == Added ? Row.Bytes(format) : InstanceText.Of(Row.Instance, Action, format);
}

/// <summary>
/// The changes of the last minutes, one for each instance: the last one says all that a client needs, from whichever view it comes. Which
/// views it covers is told by their versions, so that no clock decides what a client has missed.
/// </summary>
internal sealed class EurekaChangeLog
{
    /// <summary>How long a change is told: what Eureka keeps, and six fetches of its clients.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromMinutes(3);

    private readonly ImmutableArray<EurekaChange> _changes;
    private readonly long _since;
    private readonly int _most;

    private EurekaChangeLog(ImmutableArray<EurekaChange> changes, long since, int most) =>
        (_changes, _since, _most) = (changes, since, most);

    /// <summary>A log that begins.</summary>
    /// <param name="version">The version of the view of which it tells what follows.</param>
    /// <param name="most">Changes that are kept.</param>
    public static EurekaChangeLog Begin(long version, int most) => new([], version, most);

    /// <summary>What has changed since a view.</summary>
    /// <param name="version">Its version; null for no view.</param>
    /// <param name="time">The clock: what the view had already is told again for some minutes, as Eureka does.</param>
    /// <returns>Null where the log does not say all: then the whole list is to be fetched.</returns>
    public IReadOnlyList<EurekaChange>? Since(long? version, TimeProvider time) => version >= _since
        ? [.. _changes.Where(change => change.Version > version || time.GetElapsedTime(change.At) <= Retention)]
        : null;

    /// <summary>The log with further changes, and without those that are too old or too many.</summary>
    /// <param name="added">The changes, of instances that differ.</param>
    /// <param name="now">By the clock's ticks.</param>
    /// <param name="time">The clock.</param>
    public EurekaChangeLog With(IReadOnlyCollection<EurekaChange> added, long now, TimeProvider time)
    {
        var old = _changes.TakeWhile(change => time.GetElapsedTime(change.At, now) > Retention).Count();
        if (added.Count == 0 && old == 0)
            return this;
        var again = added.Select(change => change.Row.Key).ToHashSet();
        var known = _changes.Select(change => change.Row.Key).ToHashSet();
        // One that was told to be added may be known by now, and was perhaps deleted and is another: to change it is right for all.
        var all = _changes.Skip(old).Where(change => !again.Contains(change.Row.Key))
            .Concat(added.Select(change => change.Action == EurekaChange.Added && known.Contains(change.Row.Key)
                ? change with { Action = EurekaChange.Modified }
                : change))
            .ToList();
        var dropped = Math.Max(0, all.Count - _most);
        var since = _since;
        foreach (var change in _changes.Take(old).Concat(all.Take(dropped)))
            since = Math.Max(since, change.Version);
        return new([.. all.Skip(dropped)], since, _most);
    }
}
