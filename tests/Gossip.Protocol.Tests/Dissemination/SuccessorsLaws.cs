using System.Net;

namespace Gossip.Protocol.Tests.Dissemination;

public sealed class SuccessorsLaws
{
    [Theory]
    [InlineData(2, 4)]
    [InlineData(3, 4)]
    [InlineData(5, 4)]
    [InlineData(16, 4)]
    [InlineData(127, 4)]
    [InlineData(128, 2)]
    [InlineData(128, 4)]
    [InlineData(1000, 3)]
    public void From_any_member_all_are_reached_in_logarithmically_many_steps_and_nobody_hears_more_often_than_the_fanout(int members, int fanout)
    {
        var live = Enumerable.Range(1, members).Select(Member).ToList();
        var picked = new Member[fanout];
        for (ulong salt = 0; salt < 20; salt++)
        {
            var heard = new int[members];
            var origin = (int)(salt * 7919 % (ulong)members);
            var known = new HashSet<int> { origin };
            var fresh = new List<int> { origin };
            var steps = 0;
            for (; fresh.Count > 0 && known.Count < members; steps++)
            {
                var next = new List<int>();
                foreach (var place in fresh)
                {
                    var count = Successors.Pick(live, place, StableHash.Mix(salt), picked);
                    foreach (var member in picked[..count])
                    {
                        heard[live.IndexOf(member)]++;
                        if (known.Add(live.IndexOf(member)))
                            next.Add(live.IndexOf(member));
                    }
                }

                fresh = next;
            }

            Assert.Equal(members, known.Count);
            Assert.InRange(steps, 1, (int)Math.Ceiling(Math.Log(members, fanout)));
            Assert.All(heard, times => Assert.InRange(times, 0, fanout));
        }
    }

    [Fact]
    public void Nobody_passes_a_rumour_to_itself_or_twice_to_another()
    {
        for (var members = 1; members <= 40; members++)
        {
            var live = Enumerable.Range(1, members).Select(Member).ToList();
            var picked = new Member[4];
            for (var place = 0; place < members; place++)
            {
                var count = Successors.Pick(live, place, (ulong)place * 31, picked);
                Assert.DoesNotContain(live[place], picked[..count]);
                Assert.Equal(count, picked[..count].Distinct().Count());
            }
        }
    }

    [Fact]
    public void What_is_said_once_more_is_said_to_each_by_exactly_one_other()
    {
        for (var members = 2; members <= 40; members++)
        {
            var live = Enumerable.Range(1, members).Select(Member).ToList();
            for (var sends = 4; sends < 8; sends++)
            {
                var told = live.Select((_, place) => Successors.Next(live, place, StableHash.Mix((ulong)members), sends)).ToList();
                Assert.Equal(members, told.Distinct().Count());
                Assert.DoesNotContain(true, live.Zip(told, (one, other) => one == other));
            }
        }
    }

    private static Member Member(int number)
    {
        var id = new MemberId((ulong)number);
        var profile = MemberProfile.Of(id, new Incarnation(1), PeerAddress.From(IPAddress.Loopback, number), "m", "");
        return new Member(profile, new Claim(new Incarnation(1), MemberState.Alive), Instant.Start);
    }
}
