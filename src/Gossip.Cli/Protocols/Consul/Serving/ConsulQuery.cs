using System.Globalization;
using Gossip.Cli.Protocols.Consul.Model;

namespace Gossip.Cli.Protocols.Consul.Serving;

/// <summary>What all readers of the catalog may say: how long to wait for what, and how new the answer must be.</summary>
/// <param name="Index">The index that the caller knows; 0 for none, which does not wait.</param>
/// <param name="Wait">How long to wait for a greater one.</param>
/// <param name="Consistency">What was asked for; nothing here depends on it, since each agent has all.</param>
internal sealed record ConsulQuery(long Index, TimeSpan Wait, string Consistency)
{
    /// <summary>How long a query waits that does not say.</summary>
    public static readonly TimeSpan DefaultWait = TimeSpan.FromMinutes(5);

    /// <summary>How long a query waits at the most.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    /// <summary>The share of the wait by which it is lengthened at random, so that those who came together do not go together.</summary>
    private const int Jitter = 16;

    /// <summary>Reads it.</summary>
    public static ConsulQuery? Read(ConsulCall call, out ConsulRefusal? refusal)
    {
        refusal = null;
        var wait = TimeSpan.Zero;
        if (call.Parameter("wait") is { Length: > 0 } time
            && (time.Length > 64 || DurationText.Read(time, out wait) is not null))
            refusal = new(400, "Invalid wait time");
        ulong index = 0;
        if (call.Parameter("index") is { Length: > 0 } number
            && !ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out index))
            refusal ??= new(400, "Invalid index");
        var (isStale, isConsistent) = (call.Has("stale"), call.Has("consistent"));
        if (isStale && isConsistent)
            refusal ??= new(400, "Cannot specify ?stale with ?consistent, conflicting semantics.");
        if (call.Parameter("max_stale") is { Length: > 0 } most && (most.Length > 64 || DurationText.Read(most, out _) is not null))
            refusal ??= new(400, $"Invalid max_stale value \"{ConsulCall.Show(most)}\"");
        var longest = wait <= TimeSpan.Zero ? DefaultWait : wait > LongestWait ? LongestWait : wait;
        return refusal is null
            ? new((long)ulong.Min(index, long.MaxValue), longest, isStale ? "stale" : isConsistent ? "consistent" : "leader")
            : null;
    }

    /// <summary>The wait, lengthened at random.</summary>
    public TimeSpan WaitWithJitter() => Wait + (Wait / Jitter * Random.Shared.NextDouble());
}
