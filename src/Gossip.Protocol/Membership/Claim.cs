using System.Globalization;

namespace Gossip.Protocol;

/// <summary>
/// A member's identity: 64 random bits drawn when its process starts. Names and addresses are what a member says of itself and may change
/// or collide; the id never does. A restarted process is another member.
/// </summary>
internal readonly record struct MemberId(ulong Value) : IComparable<MemberId>
{
    /// <summary>Whether this is the default value, which is no member.</summary>
    public bool IsNone => Value == 0;

    /// <summary>The half of the id that probes carry: enough to notice that the wrong process answers.</summary>
    public uint Tag => (uint)Value;

    /// <inheritdoc/>
    public int CompareTo(MemberId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>
/// The age of what a member says of itself (SWIM §4.2). Only the member raises it. It starts from the process's start time, so that a
/// restarted process outranks its past without waiting.
/// </summary>
internal readonly record struct Incarnation(ulong Value) : IComparable<Incarnation>
{
    /// <summary>The seconds since 1970 at which it began, by the wall clock of its member's machine.</summary>
    public ulong ToSeconds() => Value / 1_000_000;

    /// <summary>The next one.</summary>
    public Incarnation Next => new(Value + 1);

    /// <inheritdoc/>
    public int CompareTo(Incarnation other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="left"/> is older.</summary>
    public static bool operator <(Incarnation left, Incarnation right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> is newer.</summary>
    public static bool operator >(Incarnation left, Incarnation right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> is not newer.</summary>
    public static bool operator <=(Incarnation left, Incarnation right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> is not older.</summary>
    public static bool operator >=(Incarnation left, Incarnation right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// What is said of a member. The higher claim wins, and that is the whole conflict rule: by incarnation, then alive &lt; suspect &lt; dead
/// &lt; left (SWIM §4.2). It is a total order, so merging is commutative, associative and idempotent.
/// </summary>
internal readonly record struct Claim(Incarnation Incarnation, MemberState State) : IComparable<Claim>
{
    /// <summary>Whether the member takes part: alive or suspect.</summary>
    public bool IsLive => State <= MemberState.Suspect;

    /// <inheritdoc/>
    public int CompareTo(Claim other)
    {
        var byIncarnation = Incarnation.CompareTo(other.Incarnation);
        // As numbers: an enum's own comparison boxes one of them, for every claim that is heard.
        return byIncarnation != 0 ? byIncarnation : (int)State - (int)other.State;
    }

    /// <summary>Whether <paramref name="left"/> loses against <paramref name="right"/>.</summary>
    public static bool operator <(Claim left, Claim right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> wins against <paramref name="right"/>.</summary>
    public static bool operator >(Claim left, Claim right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> does not win against <paramref name="right"/>.</summary>
    public static bool operator <=(Claim left, Claim right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> does not lose against <paramref name="right"/>.</summary>
    public static bool operator >=(Claim left, Claim right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => $"{State}@{Incarnation}";
}
