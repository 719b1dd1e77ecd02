using FsCheck;
using FsCheck.Xunit;

namespace Gossip.Protocol.Tests.Loads;

/// <summary>What is promised of a load and of what is kept of it.</summary>
[Properties(Arbitrary = [typeof(NearReadings)])]
public sealed class LoadLaws
{
    [Law]
    internal void Merging_is_commutative_associative_and_idempotent(LoadReading one, LoadReading two, LoadReading three)
    {
        Assert.Equal(LoadReading.Merge(one, two), LoadReading.Merge(two, one));
        Assert.Equal(LoadReading.Merge(one, LoadReading.Merge(two, three)), LoadReading.Merge(LoadReading.Merge(one, two), three));
        Assert.Equal(one, LoadReading.Merge(one, one));
        Assert.Equal(Math.Max(one.Sequence, two.Sequence), LoadReading.Merge(one, two).Sequence);
    }

    [Law(100, 1_500)]
    internal void Reordered_repeated_and_replayed_reports_leave_the_newest_and_the_same_everywhere(Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var members = Enumerable.Range(1, 5).Select(number => new Member(
            Sample.Profile(new MemberId((ulong)number), new Incarnation(1), Sample.Address(randomness)), new Claim(new Incarnation(1), MemberState.Alive), Instant.Start)).ToArray();
        var told = Enumerable.Range(0, 60)
            .Select(_ => (Member: members[randomness.Below(5)], Reading: NearReadings.Reading(randomness))).ToArray();
        var again = told.Concat(told.Where(_ => randomness.Chance(0.5))).ToArray();
        randomness.Shuffle<(Member, LoadReading)>(again);
        var (one, other) = (new LoadTable(), new LoadTable());
        foreach (var (member, reading) in told)
            one.Merge(member, reading, Instant.Start);
        foreach (var (member, reading) in again)
            other.Merge(member, reading, Instant.Start);

        foreach (var member in members)
        {
            Assert.Equal(one.Find(member.Id, Instant.Start), other.Find(member.Id, Instant.Start));
            if (told.Any(each => each.Member == member))
                Assert.Equal(told.Where(each => each.Member == member).Max(each => each.Reading.Sequence), one.Find(member.Id, Instant.Start)!.Value.Sequence);
        }
    }

    [Law(100, 1_000)]
    internal void A_load_is_passed_on_so_often_and_no_more_and_each_member_once_in_a_packet(Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var table = new LoadTable();
        var count = 1 + randomness.Below(100);
        for (var number = 1; number <= count; number++)
            table.Merge(Sample.Member(new MemberId((ulong)number), new Claim(new Incarnation(1), MemberState.Alive), Sample.Address(randomness)), new LoadReading(1, new Load(number, 0, 0), Instant.Start), Instant.Start);
        var (copies, limit) = (1 + randomness.Below(3), 1 + randomness.Below(12));
        var sends = new Dictionary<MemberId, int>();
        var reports = new LoadReport[Limits.LoadsPerPacket];
        while (table.Pending > 0)
        {
            var filled = table.Take(Instant.Start, reports, copies, limit);
            Assert.Equal(filled, reports[..filled].DistinctBy(report => report.Member).Count());
            foreach (var report in reports[..filled])
                sends[report.Member] = sends.GetValueOrDefault(report.Member) + copies;
        }

        Assert.Equal(count, sends.Count);
        Assert.All(sends.Values, value => Assert.InRange(value, limit, limit + copies - 1));
        Assert.Equal(0, table.Take(Instant.Start, reports, copies, limit));
    }

    [Fact]
    public void What_is_stale_or_of_a_member_that_is_gone_is_not_passed_on()
    {
        var table = new LoadTable();
        var (stale, gone) = (Alive(1), Alive(2));
        table.Merge(stale, new LoadReading(1, new Load(1, 0, 0), Instant.Start), Instant.Start);
        table.Merge(gone, new LoadReading(1, new Load(1, 0, 0), Instant.Start + Load.StaleAfter), Instant.Start);
        gone.Take(new Claim(new Incarnation(1), MemberState.Dead), gone.Profile);

        Assert.Equal(0, table.Take(Instant.Start + Load.StaleAfter, new LoadReport[4], 1, 9));
        Assert.Equal(0, table.Pending);
        table.Forget();
        Assert.Equal((1, null), (table.Count, table.Find(gone.Id, Instant.Start)));
        var changes = new List<LoadChange>();
        table.TryTakeChanges(changes);
        Assert.Equal([stale.Id], changes.Select(change => change.Member));
        table.TryTakeChanges(changes);
        Assert.Single(changes);
    }

    [Law]
    internal void Numbers_are_cut_to_their_ranges_and_packing_keeps_them(uint first, uint second, uint third)
    {
        var (inFlight, queue, cpu) = ((int)first, (int)second, (int)third);
        var load = new Load(inFlight, queue, cpu);
        Assert.Equal((Math.Clamp(inFlight, 0, 65_535), Math.Clamp(queue, 0, 65_535), Math.Clamp(cpu, 0, 100)), (load.InFlight, load.QueueDelayMs, load.CpuPercent));
        Assert.Equal(load, Load.Unpack(load.Packed));
        Assert.False(load.IsNewsAfter(load));
        Assert.Equal(load != Load.Idle, Load.Idle.IsNewsAfter(load));
    }

    [Theory]
    [InlineData(0, 0, 0, 1, 0, 0, true)]
    [InlineData(100, 0, 0, 109, 0, 0, false)]
    [InlineData(100, 0, 0, 110, 0, 0, true)]
    [InlineData(100, 0, 0, 90, 0, 0, true)]
    [InlineData(0, 40, 0, 0, 43, 0, false)]
    [InlineData(0, 40, 0, 0, 44, 0, true)]
    [InlineData(3, 0, 50, 3, 0, 54, false)]
    [InlineData(3, 0, 50, 3, 0, 55, true)]
    [InlineData(0, 0, 6, 0, 0, 4, false)]
    public void A_difference_of_a_tenth_and_of_one_is_worth_telling(int f, int q, int c, int inFlight, int queue, int cpu, bool isNews) =>
        Assert.Equal(isNews, new Load(inFlight, queue, cpu).IsNewsAfter(new Load(f, q, c)));

    [Fact]
    public void Trust_falls_evenly_to_nothing()
    {
        Assert.Equal((1.0, 1.0, 0.0, 0.0), (Load.TrustAt(TimeSpan.FromSeconds(-1)), Load.TrustAt(Load.FreshFor), Load.TrustAt(Load.StaleAfter), Load.TrustAt(TimeSpan.MaxValue)));
        Assert.Equal(0.5, Load.TrustAt((Load.FreshFor + Load.StaleAfter) / 2), 6);
    }

    private static Member Alive(ulong id) =>
        Sample.Member(new MemberId(id), new Claim(new Incarnation(1), MemberState.Alive), Sample.Options((int)id).Address);
}

/// <summary>Few values, so that ties are common, and in need of no shrinking.</summary>
internal static class NearReadings
{
    public static Arbitrary<LoadReading> Readings() => Inputs.From(Reading, _ => []);

    public static LoadReading Reading(Randomness randomness) => new(
        (uint)(1 + randomness.Below(4)), new Load(randomness.Below(3), randomness.Below(2), 0), Instant.Start + TimeSpan.FromSeconds(randomness.Below(3)));
}
