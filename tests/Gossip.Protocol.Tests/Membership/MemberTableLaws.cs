namespace Gossip.Protocol.Tests.Membership;

/// <summary>What the table keeps up to date equals what one would compute from scratch.</summary>
public sealed class MemberTableLaws
{
    private static readonly MemberId Self = new(1UL << 63);

    [Law(60, 1_000, EndSize = 200)]
    internal void What_is_derived_equals_what_is_computed_anew_after_any_changes(Script script, Seed seed)
    {
        var table = NewTable(40);
        var randomness = new Randomness(seed.Value);
        foreach (var step in script.Steps)
        {
            Change(table, step, randomness);
            AssertDerived(table);
        }

        for (var depth = 0; depth <= MemberTable.MaxDepth; depth++)
            AssertRanges(table, depth, randomness);
    }

    [Law(50, 500)]
    internal void The_digest_follows_from_what_is_known_and_not_from_how_it_was_learnt(Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var members = Enumerable.Range(0, 30).Select(_ => (Id: Sample.Id(randomness), Claim: Sample.Claim(randomness), Address: Sample.Address(randomness)))
            .Where(one => one.Id != Self).DistinctBy(one => one.Id).ToArray();
        var digests = new HashSet<uint>();
        for (var i = 0; i < 3; i++)
        {
            randomness.Shuffle(members.AsSpan());
            var table = NewTable(100);
            foreach (var (id, claim, address) in members)
                Assert.True(table.TryAdd(Sample.Member(id, claim, address), out _));
            digests.Add(table.Digest);
        }

        Assert.Single(digests);
    }

    [Law]
    internal void Picks_are_distinct_live_peers_and_leave_the_excepted_out(Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var table = Peopled(randomness.Below(40));
        var except = table.PeerCount > 0 && randomness.Chance(0.7) ? table.Peers[randomness.Below(table.PeerCount)] : null;
        var picked = new Member[randomness.Below(17)];
        var count = table.Pick(randomness, except, picked);
        Assert.Equal(Math.Min(picked.Length, table.PeerCount - (except is null ? 0 : 1)), count);
        Assert.Equal(count, picked[..count].Distinct().Count());
        Assert.All(picked[..count], one => Assert.True(one.IsLive && one != except && one.Id != Self));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(12)]
    public void Every_peer_is_picked_about_equally_often(int wanted)
    {
        var table = Peopled(20);
        var randomness = new Randomness(8);
        var hits = table.Peers.ToArray().ToDictionary(one => one, _ => 0);
        var picked = new Member[wanted];
        const int Rounds = 20_000;
        for (var i = 0; i < Rounds; i++)
        {
            foreach (var one in picked.AsSpan(0, table.Pick(randomness, null, picked)))
                hits[one]++;
        }

        var fair = (double)Rounds * wanted / 20;
        Assert.All(hits.Values, count => Assert.InRange(count, 0.85 * fair, 1.15 * fair));
    }

    [Fact]
    public void A_full_table_lets_the_oldest_dead_go_and_never_a_live_one()
    {
        var table = NewTable(4);
        Add(table, 1, MemberState.Dead);
        Add(table, 2, MemberState.Alive);
        Add(table, 3, MemberState.Left);
        table.Find(new MemberId(1))!.Since = Instant.Start + TimeSpan.FromSeconds(1);
        Assert.Equal(3UL, Add(table, 4, MemberState.Alive)!.Id.Value);
        Assert.Equal(1UL, Add(table, 5, MemberState.Alive)!.Id.Value);
        Assert.False(table.TryAdd(Sample.Member(new MemberId(6), new Claim(new Incarnation(1), MemberState.Alive), Sample.Options(6).Address), out _));
        Assert.Equal(4, table.All.Count);
    }

    [Fact]
    public void A_table_of_as_many_as_there_may_be_finds_each_of_them_and_those_who_take_the_place_of_others()
    {
        var table = NewTable(Limits.MostMembers);
        for (var i = 1; i <= Limits.MostMembers; i++)
            Assert.True(table.TryAdd(Numbered(i), out var evicted) == i < Limits.MostMembers && evicted is null);
        for (var i = 1; i <= 100; i++)
            table.Update(table.Find(new MemberId((ulong)i))!, new Claim(new Incarnation(1), MemberState.Dead), Instant.Start);
        for (var i = 1; i <= 100; i++)
            Assert.True(table.TryAdd(Numbered(Limits.MostMembers + i), out var evicted) && evicted!.Id == new MemberId((ulong)i));
        Assert.Equal((Limits.MostMembers, Limits.MostMembers - 1), (table.All.Count, table.PeerCount));
        foreach (var one in table.All)
            Assert.True(table.Find(one.Id) == one && table.FindLiveAt(one.Address) == one);

        static Member Numbered(int number) => Sample.Member(
            new MemberId((ulong)number), new Claim(new Incarnation(1), MemberState.Alive),
            PeerAddress.From(new System.Net.IPAddress([11, (byte)(number >> 16), (byte)(number >> 8), (byte)number]), 7390));
    }

    [Fact]
    public void A_claim_or_a_version_that_would_fall_or_a_claim_without_its_profile_is_our_own_mistake()
    {
        var table = Peopled(1);
        var member = table.Peers[0];
        RaiseRecords(table, member, 5);
        Assert.Throws<InvalidOperationException>(() => RaiseRecords(table, member, 4));
        Assert.Throws<InvalidOperationException>(() => table.Update(member, member.Claim, Instant.Start));
        var digest = table.Digest;
        Assert.Throws<InvalidOperationException>(() => table.Update(member, new Claim(member.Claim.Incarnation.Next, MemberState.Alive), Instant.Start));
        Assert.Contains(member, table.Live);
        Assert.Equal(digest, table.Digest);
    }

    [Fact]
    public void Who_was_forgotten_and_came_back_changed_once()
    {
        var table = Peopled(3);
        var changed = new List<MemberId>();
        table.TryTakeChanges(changed);
        changed.Clear();
        RaiseRecords(table, table.Find(new MemberId(2))!, 1);
        table.Remove(table.Find(new MemberId(2))!);
        RaiseRecords(table, table.Find(new MemberId(3))!, 1);
        Add(table, 2, MemberState.Alive);
        Assert.True(table.TryTakeChanges(changed));
        Assert.Equal([new MemberId(2), new MemberId(3)], changed);
    }

    private static MemberTable NewTable(int capacity) =>
        new(Sample.Member(Self, new Claim(new Incarnation(1), MemberState.Alive), Sample.Options(999).Address), capacity);

    private static MemberTable Peopled(int peers)
    {
        var table = NewTable(100);
        for (var i = 1; i <= peers; i++)
            Add(table, i, MemberState.Alive);
        Add(table, 90, MemberState.Dead);
        return table;
    }

    private static Member? Add(MemberTable table, int number, MemberState state)
    {
        var member = Sample.Member(new MemberId((ulong)number), new Claim(new Incarnation(1), state), Sample.Options(number).Address);
        Assert.True(table.TryAdd(member, out var evicted));
        return evicted;
    }

    private static void Change(MemberTable table, int step, Randomness randomness)
    {
        var id = new MemberId(StableHash.Mix((ulong)(step % 60) + 7));
        if (table.Find(id) is not { } member)
        {
            table.TryAdd(Sample.Member(id, new Claim(new Incarnation(1), (MemberState)(step % 4)), Sample.Options(step % 60).Address), out _);
            return;
        }

        switch (step / 60 % 4)
        {
            case 0:
                table.Remove(member);
                break;
            case 1:
                RaiseRecords(table, member, member.RecordsVersion + (ulong)(step % 7));
                break;
            case 2:
                var claim = new Claim(member.Claim.Incarnation.Next, (MemberState)randomness.Below(4));
                table.Update(member, claim, Instant.Start, Sample.Profile(id, claim.Incarnation, FreeAddress(table, randomness)));
                break;
            default:
                if (member.State < MemberState.Left)
                    table.Update(member, member.Claim with { State = member.State + 1 }, Instant.Start);
                break;
        }
    }

    private static void RaiseRecords(MemberTable table, Member member, ulong above)
    {
        Assert.True(member.Records.TryRaiseAbove(above));
        table.UpdateRecords(member);
    }

    /// <summary>The node sees to it that no two live members share an address.</summary>
    private static PeerAddress FreeAddress(MemberTable table, Randomness randomness)
    {
        while (true)
        {
            var address = Sample.Options(100 + randomness.Below(10_000)).Address;
            if (table.FindLiveAt(address) is null)
                return address;
        }
    }

    private static void AssertDerived(MemberTable table)
    {
        Assert.Equal(table.All.OrderBy(one => one.Id.Value), table.All);
        Assert.Equal(table.HashOfRange(0, table.All.Count), table.Digest);
        Assert.Equal(table.All.Where(one => one.IsLive && one.Id != Self).ToHashSet(), table.Peers.ToArray().ToHashSet());
        for (var i = 0; i < table.PeerCount; i++)
            Assert.Equal(i, table.Peers[i].PeerIndex);
        Assert.Equal(table.All.Where(one => one.IsLive), table.Live);
        Assert.Equal(table.Live.Count(one => one.Id.Value < Self.Value), table.OwnPlace);
        Assert.Equal(table.All.Any(one => !one.IsLive), table.HasGone);
        Assert.All(table.All, one => Assert.Same(one, table.Find(one.Id)));
        Assert.All(table.Peers.ToArray(), one => Assert.Equal(one.Address, table.FindLiveAt(one.Address)?.Address));
    }

    private static void AssertRanges(MemberTable table, int depth, Randomness randomness)
    {
        var prefix = depth == 0 ? 0 : (randomness.Chance(0.5) ? randomness.Next() : table.All[randomness.Below(table.All.Count)].Id.Value) >> (64 - (4 * depth));
        var (start, end) = table.Range(depth, prefix);
        Assert.Equal(table.All.Where(one => depth == 0 || one.Id.Value >> (64 - (4 * depth)) == prefix), table.All.Skip(start).Take(end - start));
        if (depth == MemberTable.MaxDepth)
            return;
        var (parts, hash, at) = (0, 0U, start);
        for (var part = 0UL; part < 16; part++)
        {
            var (from, to) = table.Range(depth + 1, (prefix << 4) | part);
            Assert.Equal(at, from);
            (parts, hash, at) = (parts + to - from, hash ^ table.HashOfRange(from, to), to);
        }

        Assert.Equal((end - start, table.HashOfRange(start, end)), (parts, hash));
    }
}
