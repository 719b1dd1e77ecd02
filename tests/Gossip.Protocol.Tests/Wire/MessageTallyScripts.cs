using Gossip.Simulation;

namespace Gossip.Protocol.Tests.Wire;

/// <summary>What is counted of the messages that come and go.</summary>
public sealed class MessageTallyScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Where nothing gets lost, all that was sent to somebody has come; to several is as often as there are of them.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_all_have_sent_is_what_all_have_received(bool isSealed)
    {
        using var world = new World(21);
        world.AddCluster(6, options => options with { Key = isSealed ? new byte[32] : default });
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        for (var i = 0; i < 20; i++)
            world.Nodes[i % 6].Register(Sample.Numbered($"instance-{i}", (byte)i));

        Assert.True(
            world.RunUntil(() => Enum.GetValues<MessageType>().All(type => Sum(world, one => one.Sent, type) == Sum(world, one => one.Received, type)), 30 * Second),
            $"{world}: {string.Join(", ", Enum.GetValues<MessageType>().Select(type => $"{type} {Sum(world, one => one.Sent, type)} {Sum(world, one => one.Received, type)}"))}");

        Assert.All(
            (MessageType[])[MessageType.Ping, MessageType.Ack, MessageType.Alive, MessageType.Delta, MessageType.Summary],
            type => Assert.NotEqual((0, 0), Sum(world, one => one.Sent, type)));
        Assert.Equal((0, 0), Sum(world, one => one.Received, default));
    }

    private static (long Count, long Bytes) Sum(World world, Func<Counters, MessageTally> of, MessageType type) =>
        (world.Nodes.Sum(node => of(node.Node.Counters).CountOf(type)), world.Nodes.Sum(node => of(node.Node.Counters).BytesOf(type)));
}
