using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Tests.Loop;

/// <summary>
/// Somebody has seen in a cluster's frames which key they name, and tries keys. The node's clock stands still, so no debt runs off.
/// </summary>
public sealed class KeyGuessingTests
{
    private const int Guesses = 10_000;

    private static readonly PeerAddress Guesser = PeerAddress.From(IPAddress.Parse("203.0.113.5"), 4000);
    private static readonly PeerAddress Newcomer = PeerAddress.From(IPAddress.Parse("192.0.2.7"), 7390);

    [Fact]
    public async Task Guesses_open_nothing_draw_nothing_and_so_many_are_judged_and_counted()
    {
        var key = TestKeys.New();
        await using var node = new ToldNode(key: key);
        var before = await node.ReportAsync();
        var second = (uint)before.StartedAt.ToUnixTimeSeconds();
        var length = 0;
        for (var i = 0; i < Guesses; i++)
        {
            var guess = Frame(RandomNumberGenerator.GetBytes(32), Guesser, second);
            // The head names the key, behind the version and the cluster: an array, a byte, and two numbers of four bytes with a mark each.
            BinaryPrimitives.WriteUInt32BigEndian(guess.AsSpan(8), SealingKey.IdOf(Convert.FromBase64String(key)));
            length = guess.Length;
            node.Hear(Guesser, Delivery.Datagram, guess);
        }

        var after = await node.ReportAsync();
        var judged = after.Counters.Dropped[DropReason.BadSeal];
        Assert.InRange(judged, 1, (new StrangerRates().Source * 4 / (length + 1024)) + 1);
        Assert.Equal(Guesses, judged + after.Transport.DatagramsUnread);
        Assert.DoesNotContain(Guesser, node.SentTo);
        Assert.Single(after.Members);

        // Whoever has the key is let in, and answered.
        node.Hear(Newcomer, Delivery.Datagram, Frame(Convert.FromBase64String(key), Newcomer, second));
        var opened = await node.ReportAsync();
        Assert.Equal(2, opened.Members.Count);
        Assert.Contains(Newcomer, node.SentTo);
    }

    /// <summary>What a newcomer says first.</summary>
    private static byte[] Frame(byte[] key, PeerAddress from, uint second)
    {
        using var keys = new Keyring(key);
        var envelope = new Envelope("default", keys, bytes => RandomNumberGenerator.Fill(bytes), new Freshness(second, Instant.Start));
        var frame = new byte[Limits.DatagramSize];
        var writer = new PacketWriter(frame.AsSpan(envelope.HeadSize));
        Assert.True(writer.TryPing(new Ping(1, 2, new MemberId(7), 0, 3)));
        Assert.True(writer.TryAlive(new MemberId(7), new Incarnation(1), from, "n", "", 1));
        return frame[..envelope.Close(frame, writer.Length, Instant.Start)];
    }
}
