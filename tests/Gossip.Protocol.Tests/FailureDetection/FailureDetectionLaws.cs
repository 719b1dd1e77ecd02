namespace Gossip.Protocol.Tests.FailureDetection;

/// <summary>The promises of the papers, as numbers.</summary>
public sealed class FailureDetectionLaws
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Law(100, 1_000)]
    internal void Every_member_is_probed_within_two_passes_less_one(Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var order = new ProbeOrder(randomness);
        var count = 1 + randomness.Below(40);
        for (var i = 1; i <= count; i++)
            order.Add(new MemberId((ulong)i));
        var last = Enumerable.Range(1, count).ToDictionary(i => new MemberId((ulong)i), _ => 0);
        for (var pick = 1; pick <= 20 * count; pick++)
        {
            Assert.True(order.TryNext(out var id));
            Assert.InRange(pick - last[id], 1, (2 * count) - 1);
            last[id] = pick;
        }
    }

    [Law(100, 1_000, EndSize = 200)]
    internal void Members_that_come_and_go_leave_an_order_without_doubles_or_strangers(Script script)
    {
        var order = new ProbeOrder(new Randomness(5));
        var members = new SortedSet<ulong>();
        foreach (var step in script.Steps)
        {
            var id = (ulong)(step % 30) + 1;
            if (members.Add(id))
                order.Add(new MemberId(id));
            else if (step % 3 == 0 && members.Remove(id))
                order.Remove(new MemberId(id));
            else if (step % 3 == 1)
                AssertPromoted(order, new MemberId(id));
            else
                Assert.True(order.TryNext(out var next) && members.Contains(next.Value));
        }

        var seen = new HashSet<ulong>();
        for (var i = 0; i < 2 * members.Count; i++)
        {
            Assert.True(order.TryNext(out var next));
            seen.Add(next.Value);
        }

        Assert.Equal(members, [.. seen.Order()]);
        Assert.Equal(members.Count > 0, order.TryNext(out _));
    }

    /// <summary>Lifeguard §IV-B with α 5, β 6, K 3 and 128 members: Min 10.536 s, Max 63.216 s.</summary>
    [Theory]
    [InlineData(0, 63.216)]
    [InlineData(1, 36.876)]
    [InlineData(2, 21.468)]
    [InlineData(3, 10.536)]
    [InlineData(9, 10.536)]
    public void Confirmations_shorten_a_suspicion_as_lifeguard_says(int confirmations, double seconds)
    {
        var shortest = Suspicions.Shortest(5, 128, Second);
        var suspicion = NewSuspicion(shortest, shortest * 6, 3);
        for (var i = 1; i <= confirmations; i++)
            Assert.Equal(i <= 3, suspicion.Confirm(new Testimony(new MemberId((ulong)(100 + i)), Evidence.Silence)));
        Assert.Equal(seconds, suspicion.Deadline.SinceStart.TotalSeconds, 0.002);
    }

    [Fact]
    public void With_beta_one_a_suspicion_has_the_fixed_length_of_swim()
    {
        var shortest = Suspicions.Shortest(5, 128, Second);
        Assert.Equal(shortest, NewSuspicion(shortest, shortest, 3).Deadline.SinceStart);
        Assert.Equal(shortest, NewSuspicion(shortest, shortest * 6, 0).Deadline.SinceStart);
        Assert.Equal(5 * Second, Suspicions.Shortest(5, 2, Second));
    }

    [Law(100, 1_000)]
    internal void One_accuser_counts_once_and_no_confirmation_lengthens_a_suspicion(Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var shortest = TimeSpan.FromMilliseconds(1 + randomness.Below(10_000));
        var suspicion = NewSuspicion(shortest, shortest * (1 + (10 * randomness.Fraction())), randomness.Below(17));
        var before = suspicion.Deadline;
        for (var i = 0; i < 40; i++)
        {
            var accuser = new Testimony(new MemberId((ulong)(1 + randomness.Below(20))), Evidence.Silence);
            suspicion.Confirm(accuser);
            Assert.False(suspicion.Confirm(accuser));
            Assert.True(suspicion.Deadline <= before && suspicion.Deadline >= Instant.Start + shortest);
            before = suspicion.Deadline;
        }
    }

    [Fact]
    public void A_cap_ends_a_suspicion_early_and_lost_time_is_given_back_to_it()
    {
        var suspicion = NewSuspicion(10 * Second, 60 * Second, 3);
        suspicion.Cap(Instant.Start + Second);
        suspicion.Cap(Instant.Start + (2 * Second));
        suspicion.Postpone(5 * Second);
        Assert.Equal(6 * Second, suspicion.Deadline.SinceStart);
    }

    [Fact]
    public void Local_health_stays_within_its_limit_and_stretches_by_its_score()
    {
        var health = new LocalHealth(8);
        Assert.Equal(Second, health.Stretch(Second));
        health.Worsen(100);
        Assert.Equal((8, 9 * Second), (health.Score, health.Stretch(Second)));
        for (var i = 0; i < 20; i++)
            health.Improve();
        Assert.Equal(0, health.Score);
    }

    private static Suspicion NewSuspicion(TimeSpan shortest, TimeSpan longest, int wanted)
    {
        var member = Sample.Member(new MemberId(50), new Claim(new Incarnation(1), MemberState.Suspect), Sample.Options(50).Address);
        member.Testify(new Testimony(new MemberId(100), Evidence.Silence));
        return new Suspicion(member, Instant.Start, shortest, longest, wanted);
    }

    private static void AssertPromoted(ProbeOrder order, MemberId id)
    {
        order.Promote(id);
        Assert.True(order.TryNext(out var next));
        Assert.Equal(id, next);
    }
}
