namespace Gossip.Protocol.Tests.Dissemination;

/// <summary>What is promised of rumours: each is sent, none too often, and neither class starves the other.</summary>
public sealed class RumorQueueLaws
{
    private const int Room = 1000;

    [Law(50, 1_000)]
    internal void No_rumour_is_sent_more_often_than_the_limit_and_the_copies_of_one_packet(Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var queue = new RumorQueue();
        var sends = new Dictionary<int, int>();
        var limit = 1 + randomness.Below(20);
        var copies = 1 + randomness.Below(6);
        for (var i = 0; i < 100; i++)
            queue.Add(About(i), Message(i, 20 + randomness.Below(400)));
        for (var packets = 0; queue.Count > 0; packets++)
        {
            Assert.True(packets < 10_000, "The queue does not run empty.");
            foreach (var number in Filled(queue, Room, copies, limit))
                sends[number] = sends.GetValueOrDefault(number) + copies;
        }

        Assert.Equal(100, sends.Count);
        Assert.All(sends.Values, count => Assert.InRange(count, limit, limit + copies - 1));
    }

    [Law(100, 1_500)]
    internal void A_packet_is_never_filled_beyond_what_is_free(Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var queue = new RumorQueue();
        for (var i = 0; i < 50; i++)
            queue.Add(About(i), Message(i, 10 + randomness.Below(900)));
        var free = randomness.Below(Room);
        var writer = new PacketWriter(new byte[Room]);
        queue.Fill(ref writer, free, 1, 100);
        Assert.InRange(writer.Length, 0, free);
        Assert.Equal(50, queue.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_steady_flow_of_one_class_leaves_the_other_its_share(bool membershipFlows)
    {
        var queue = new RumorQueue();
        for (var i = 0; i < 40; i++)
            queue.Add(About(1000 + i, services: membershipFlows), Message(1000 + i, 90));
        var others = 0;
        for (var i = 0; i < 20; i++)
        {
            for (var j = 0; j < 20; j++)
                queue.Add(About((i * 20) + j, services: !membershipFlows), Message((i * 20) + j, 90));
            others += Filled(queue, Room, 1, 1).Count(number => number >= 1000);
        }

        Assert.Equal(40, others);
    }

    [Fact]
    public void A_rumour_larger_than_its_share_is_sent_under_a_steady_flow_of_the_other_class()
    {
        var queue = new RumorQueue();
        queue.Add(About(9999, services: true), Message(9999, Room - 10));
        var (large, small) = (0, 0);
        for (var i = 0; i < 20; i++)
        {
            for (var j = 0; j < 20; j++)
                queue.Add(About((i * 20) + j), Message((i * 20) + j, 90));
            var sent = Filled(queue, Room, 1, 4);
            large += sent.Count(number => number == 9999);
            small += sent.Count(number => number < 9999);
        }

        Assert.Equal(4, large);
        Assert.InRange(small, 100, int.MaxValue);
    }

    [Fact]
    public void A_newer_rumour_takes_the_place_of_the_older_about_the_same()
    {
        var queue = new RumorQueue();
        queue.Add(About(1), Message(1, 50));
        queue.Add(About(1), Message(2, 50));
        Assert.Equal(1, queue.Count);
        Assert.Equal([2], Filled(queue, Room, 1, 1));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void Each_class_holds_no_more_than_its_limit_and_lets_go_of_the_most_sent()
    {
        var queue = new RumorQueue();
        queue.Add(About(-1), Message(-1, 20));
        Assert.Equal([-1], Filled(queue, Room, 3, 100));
        for (var i = 0; i < Limits.RumorsPerClass; i++)
            queue.Add(About(i), Message(i, 20));
        Assert.Equal(Limits.RumorsPerClass, queue.Count);
        Assert.False(queue.Contains(About(-1)));
        Assert.True(queue.Contains(About(0)));
        queue.Add(About(0, services: true), Message(0, 20));
        Assert.Equal(Limits.RumorsPerClass + 1, queue.Count);
    }

    [Fact]
    public void What_is_known_all_around_is_sent_to_as_many_as_tell_it_and_no_more()
    {
        var queue = new RumorQueue(predecessors: 4);
        queue.Add(About(1), Message(1, 50));
        queue.Add(About(2), Message(2, 50));
        Assert.Equal([1, 2], Filled(queue, Room, copies: 4, limit: 10));
        for (var i = 0; i < 3; i++)
        {
            Assert.True(queue.Contains(About(1)));
            queue.Hear(About(1));
        }

        queue.Hear(About(3));
        Assert.Equal([1, 2], Filled(queue, Room, copies: 1, limit: 10).Order());
        Assert.False(queue.Contains(About(1)));
        for (var sends = 6; sends <= 10; sends++)
            Assert.Equal([2], Filled(queue, Room, copies: 1, limit: 10));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void A_burst_carries_what_was_never_sent_and_nothing_else()
    {
        var queue = new RumorQueue();
        queue.Add(About(1), Message(1, 50));
        queue.Add(About(2, services: true), Message(2, 600));
        Assert.Equal([1, 2], Filled(queue, Room, copies: 4, limit: 10, share: RumorShare.Fresh).Order());
        Assert.True(queue.HasStale);
        Assert.Empty(Filled(queue, Room, copies: 4, limit: 10, share: RumorShare.Fresh));
        queue.Add(About(3), Message(3, 50));
        Assert.Equal([1, 2, 3], Filled(queue, Room, copies: 1, limit: 10, share: RumorShare.Besides).Order());
        Assert.Equal([3], Filled(queue, Room, copies: 4, limit: 10, share: RumorShare.Fresh));
        Assert.Equal([1, 2, 3], Filled(queue, Room, copies: 1, limit: 10).Order());
    }

    [Fact]
    public void What_was_replaced_takes_no_memory_while_nobody_is_there_to_be_told()
    {
        var queue = new RumorQueue();
        queue.Add(About(1), Message(1, 50));
        var message = new byte[10_000];
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 10_000; i++)
            queue.Add(About(2), [.. message]);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 60_000_000);
    }

    private static RumorSubject About(int number, bool services = false) =>
        services ? new(RumorClass.Services, new MemberId(1), $"key {number}") : new(RumorClass.Membership, new MemberId((ulong)(number + 2)));

    /// <summary>Any bytes serve: the queue does not look into a message. The first four tell which it is.</summary>
    private static byte[] Message(int number, int length)
    {
        var message = new byte[length];
        BitConverter.TryWriteBytes(message, number);
        BitConverter.TryWriteBytes(message.AsSpan(4), length);
        return message;
    }

    private static List<int> Filled(RumorQueue queue, int free, int copies, int limit, RumorShare share = RumorShare.All)
    {
        var buffer = new byte[Room];
        var writer = new PacketWriter(buffer);
        queue.Fill(ref writer, free, copies, limit, share);
        var numbers = new List<int>();
        for (var at = 0; at < writer.Length; at += BitConverter.ToInt32(buffer, at + 4))
            numbers.Add(BitConverter.ToInt32(buffer, at));
        return numbers;
    }
}
