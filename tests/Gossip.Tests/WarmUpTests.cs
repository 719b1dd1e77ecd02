using System.Globalization;
using Gossip.Loop;
using Gossip.Protocol;

namespace Gossip.Tests;

/// <summary>What a node has ready when the others hear of it.</summary>
public sealed class WarmUpTests
{
    /// <summary>Counted, not timed: on a starved processor each method is milliseconds in which the newcomer is silent.</summary>
    [Fact]
    public async Task What_answers_a_ping_is_compiled_before_the_node_asks_to_come_in()
    {
        var line = await ChildProcess.RunAsync(ChildProcess.Peer[0], ChildProcess.Peer[1], "first-answer");

        Assert.StartsWith("compiled: ", line, StringComparison.Ordinal);
        Assert.InRange(int.Parse(line["compiled: ".Length..], CultureInfo.InvariantCulture), 0, 80);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(32)]
    public void One_of_the_two_answers_the_other_in_the_clear_and_sealed(int keyLength)
    {
        var options = new NodeOptions
        {
            SecureRandom = System.Security.Cryptography.RandomNumberGenerator.Fill,
            Id = new MemberId(9),
            Incarnation = new Incarnation(9),
            Name = "a",
            Address = PeerAddress.From(System.Net.IPAddress.Loopback, 9),
            Key = new byte[keyLength],
        };

        Assert.True(WarmUp.Run(options));
    }
}
