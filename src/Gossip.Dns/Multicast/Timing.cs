using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>The times of RFC 6762, each with its section.</summary>
internal static class Timing
{
    /// <summary>No deadline.</summary>
    public static readonly TimeSpan Never = TimeSpan.MaxValue;

    /// <summary>§6: answers that several machines may give wait a random 20–120 ms, and so do first questions (§5.2).</summary>
    public static readonly TimeSpan ShortestDelay = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc cref="ShortestDelay"/>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(120);

    /// <summary>§7.2: further known answers of a truncated question come within 400–500 ms.</summary>
    public static readonly TimeSpan ShortestTruncatedDelay = TimeSpan.FromMilliseconds(400);

    /// <inheritdoc cref="ShortestTruncatedDelay"/>
    public static readonly TimeSpan LongestTruncatedDelay = TimeSpan.FromMilliseconds(500);

    /// <summary>§6: no record is multicast twice within a second; §10.1, §10.2: withdrawn records live that long.</summary>
    public static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    /// <summary>§10: records that hold a host name or an address live two minutes.</summary>
    public static readonly TimeSpan HostTtl = TimeSpan.FromSeconds(120);

    /// <summary>§10: all others live 75 minutes.</summary>
    public static readonly TimeSpan OtherTtl = TimeSpan.FromMinutes(75);

    /// <summary>§6.7: an asker that is no mDNS machine never receives a goodbye, so it must ask again soon.</summary>
    public static readonly TimeSpan LegacyTtl = TimeSpan.FromSeconds(10);

    /// <summary>§8.3 demands two announcements a second apart and allows eight: a third helps where radio loses multicast.</summary>
    public const int Announcements = 3;

    /// <summary>§5.2: a record that is in use is asked for again at 80, 85, 90 and 95 % of its life.</summary>
    public const int Refreshes = 4;

    /// <summary>§8.1: the pause between two probes, the most that the first is delayed, and the silence after the last.</summary>
    public static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>§6: a name is defended against a prober even if it was sent within the last second, but not if within this time.</summary>
    public static readonly TimeSpan DefenceGap = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// §8.1: so many conflicts within <see cref="ConflictWindow"/> make each further attempt wait for <see cref="ConflictPause"/>.
    /// </summary>
    public const int ConflictsBeforePause = 15;

    /// <inheritdoc cref="ConflictsBeforePause"/>
    public static readonly TimeSpan ConflictWindow = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="ConflictsBeforePause"/>
    public static readonly TimeSpan ConflictPause = TimeSpan.FromSeconds(5);

    /// <summary>§8.1: how often a name is asked for before it is held.</summary>
    public const int Probes = 3;

    /// <summary>
    /// A foreign TTL is cut to what §10 recommends for its type: a forged place of a service is believed until the next question.
    /// </summary>
    public static TimeSpan LongestTtl(RecordType type) =>
        type is RecordType.Srv or RecordType.A or RecordType.Aaaa ? HostTtl : OtherTtl;

    public static TimeSpan Earlier(TimeSpan left, TimeSpan right) => left < right ? left : right;

    public static TimeSpan Later(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
