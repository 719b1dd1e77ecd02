namespace Gossip.Protocol.Tests.Membership;

/// <summary>
/// The table against a naive one, with few ids and fewer addresses: for a moment a member and its successor are both live at one, and a
/// tempered accusation may leave them so.
/// </summary>
public sealed class SharedAddressLaws
{
    private static readonly MemberId Self = new(0x8000_0000_0000_0000);

    [Law(30, 1_500, EndSize = 300)]
    internal void Members_that_share_addresses_come_and_go_and_the_table_keeps_what_a_naive_one_does(Script script)
    {
        var table = new MemberTable(Sample.Member(Self, new Claim(new Incarnation(1), MemberState.Alive), Sample.Options(999).Address), 20);
        var holders = new Dictionary<PeerAddress, Member> { [table.All[0].Address] = table.All[0] };
        var watched = new HashSet<MemberId>();
        table.TryTakeChanges([]);
        foreach (var step in script.Steps)
        {
            var before = table.All.ToDictionary(one => one.Id, Told);
            Change(table, step, holders);
            AssertNaive(table, holders);
            watched.UnionWith(Differing(before, table));
            if (step % 5 == 0)
                AssertTakes(table, watched);
        }
    }

    private static void Change(MemberTable table, int step, Dictionary<PeerAddress, Member> holders)
    {
        var id = new MemberId(StableHash.Mix((ulong)(step % 40) + 7));
        var address = Sample.Options(step / 40 % 6).Address;
        if (table.Find(id) is not { } member)
        {
            Add(table, Sample.Member(id, new Claim(new Incarnation(1), (MemberState)(step / 240 % 4)), address), holders);
            return;
        }

        Gone(member, holders);
        switch (step / 240 % 5)
        {
            case 0:
                table.Remove(member);
                return;
            case 1 when member.State < MemberState.Left:
                table.Update(member, member.Claim with { State = member.State + 1 }, Instant.Start);
                break;
            case 2:
                table.Update(member, new Claim(member.Claim.Incarnation.Next, MemberState.Dead), Instant.Start, Sample.Profile(id, member.Claim.Incarnation.Next, address));
                break;
            default:
                table.Update(member, new Claim(member.Claim.Incarnation.Next, MemberState.Alive), Instant.Start, Sample.Profile(id, member.Claim.Incarnation.Next, address));
                break;
        }

        if (member.IsLive)
            holders[member.Address] = member;
    }

    private static void Add(MemberTable table, Member member, Dictionary<PeerAddress, Member> holders)
    {
        var gone = table.All.Where(one => !one.IsLive).ToArray();
        var wasFull = table.All.Count == 20;
        Assert.Equal(!wasFull || gone.Length > 0, table.TryAdd(member, out var evicted));
        Assert.Equal(wasFull && gone.Length > 0, evicted is not null);
        Assert.True(evicted is null || (gone.Contains(evicted) && evicted.PeerIndex == -1 && table.Find(evicted.Id) is null));
        if (member.IsLive && table.Find(member.Id) == member)
            holders[member.Address] = member;
    }

    private static void Gone(Member member, Dictionary<PeerAddress, Member> holders)
    {
        if (holders.GetValueOrDefault(member.Address) == member)
            holders.Remove(member.Address);
    }

    private static void AssertNaive(MemberTable table, Dictionary<PeerAddress, Member> holders)
    {
        var peers = table.Peers.ToArray();
        Assert.True(table.All.OrderBy(one => one.Id.Value).SequenceEqual(table.All), "All are not in the order of their ids.");
        Assert.True(table.All.All(one => table.Find(one.Id) == one), "One is not found.");
        Assert.True(table.All.Where(one => one.PeerIndex >= 0).OrderBy(one => one.PeerIndex).SequenceEqual(peers), "One is misplaced.");
        Assert.True(table.All.Where(one => one.IsLive && one.Id != Self).SequenceEqual(peers.OrderBy(one => one.Id)), "Others are peers.");
        Assert.True(table.All.Where(one => one.IsLive).SequenceEqual(table.Live), "Others live.");
        Assert.Equal(table.HashOfRange(0, table.All.Count), table.Digest);
        foreach (var address in Enumerable.Range(0, 6).Select(number => Sample.Options(number).Address).Append(Sample.Options(999).Address))
            Assert.Same(holders.GetValueOrDefault(address), table.FindLiveAt(address));
    }

    private static IEnumerable<MemberId> Differing(Dictionary<MemberId, (PeerAddress, Claim)> before, MemberTable table)
    {
        var after = table.All.ToDictionary(one => one.Id, Told);
        return before.Except(after).Concat(after.Except(before)).Select(one => one.Key);
    }

    private static void AssertTakes(MemberTable table, HashSet<MemberId> watched)
    {
        var taken = new List<MemberId>();
        if (table.TryTakeChanges(taken))
            Assert.Equal(watched.Order(), taken);
        watched.Clear();
    }

    private static (PeerAddress Address, Claim Claim) Told(Member member) => (member.Address, member.Claim);
}
