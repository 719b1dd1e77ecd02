namespace Gossip.Protocol.Tests.Membership;

/// <summary>The set finds what a dictionary finds, also where nearly all keys want the same slots, and however members change rows.</summary>
public sealed class MemberSetLaws
{
    [Fact]
    public void A_set_finds_what_a_dictionary_finds_whatever_keys_and_slots_coincide() => Property.HoldsForScripts(300, 300, script =>
    {
        var rows = new List<Member>();
        for (var i = 0; i < 40; i++)
            rows.Add(Row(i));
        var set = new MemberSet<PeerAddress, ByCrowdedAddress>(rows);
        var expected = new Dictionary<PeerAddress, Member>();
        foreach (var step in script)
        {
            Step(step, rows, set, expected);
            Assert.All(rows, one => Assert.Same(expected.GetValueOrDefault(one.Address), set.Find(one.Address)));
        }
    });

    private static void Step(int step, List<Member> rows, MemberSet<PeerAddress, ByCrowdedAddress> set, Dictionary<PeerAddress, Member> expected)
    {
        var (one, other) = (rows[step / 4 % 40], rows[step / 160 % 40]);
        switch (step % 4)
        {
            case 0 or 1:
                set.Put(one);
                expected[one.Address] = one;
                break;
            case 2:
                set.Remove(one);
                if (expected.GetValueOrDefault(one.Address) == one)
                    expected.Remove(one.Address);
                break;
            case 3 when one != other:
                set.Swap(one, other);
                (rows[one.Row], rows[other.Row]) = (other, one);
                (one.Row, other.Row) = (other.Row, one.Row);
                break;
        }
    }

    /// <summary>Two members each have one address.</summary>
    private static Member Row(int number)
    {
        var member = Sample.Member(new MemberId((ulong)number + 1), new Claim(new Incarnation(1), MemberState.Alive), Sample.Options(number / 2).Address);
        member.Row = number;
        return member;
    }

    /// <summary>All keys begin at two slots, and one of these is the last.</summary>
    private readonly struct ByCrowdedAddress : IMemberKey<PeerAddress>
    {
        public static PeerAddress KeyOf(Member member) => member.Address;

        public static int HashOf(PeerAddress address) => address.Hash % 2 == 0 ? -1 : 1;
    }
}
