using System.Net;

namespace Gossip.Protocol.Tests;

/// <summary>The values that everything is built from.</summary>
public sealed class ValueLaws
{
    [Fact]
    public void The_generator_is_the_published_one()
    {
        // xoshiro256** of Blackman and Vigna from the state 1, 2, 3, 4.
        var state = new byte[32];
        for (var i = 0; i < 4; i++)
            state[8 * i] = (byte)(i + 1);
        var randomness = new Randomness(state);
        ulong[] published = [11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600, 16172922978634559625];
        Assert.Equal(published, published.Select(_ => randomness.Next()));
    }

    [Fact]
    public void A_seed_gives_the_same_numbers_for_ever()
    {
        var randomness = new Randomness(42);
        Assert.Equal(new ulong[] { 6667968346354703667, 16249806489848801414, 11489548399102462488 }, new[] { randomness.Next(), randomness.Next(), randomness.Next() });
    }

    [Fact]
    public void A_seed_of_the_wrong_length_or_of_zeros_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new Randomness(new byte[31]));
        Assert.Throws<ArgumentException>(() => new Randomness(new byte[32]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Randomness(1).Below(0));
    }

    [Fact]
    public void Draws_are_even()
    {
        var randomness = new Randomness(3);
        var (hits, orders, sum, chances) = (new int[10], new Dictionary<string, int>(), 0.0, 0);
        for (var i = 0; i < 60_000; i++)
        {
            hits[randomness.Below(10)]++;
            sum += randomness.Fraction();
            chances += randomness.Chance(0.25) ? 1 : 0;
            char[] letters = ['a', 'b', 'c'];
            randomness.Shuffle(letters.AsSpan());
            var order = new string(letters);
            orders[order] = orders.GetValueOrDefault(order) + 1;
        }

        Assert.All(hits, count => Assert.InRange(count, 5_600, 6_400));
        Assert.Equal(6, orders.Count);
        Assert.All(orders.Values, count => Assert.InRange(count, 9_500, 10_500));
        Assert.InRange(sum / 60_000, 0.49, 0.51);
        Assert.InRange(chances, 14_400, 15_600);
    }

    [Fact]
    public void Stable_hashes_never_change_for_they_travel()
    {
        Assert.Equal(0xE220A8397B1DCDAFUL, StableHash.Mix(0x9E3779B97F4A7C15));
        Assert.Equal(StableHash.Mix(0x85944171F73967E8), StableHash.Of("foobar"));
    }

    [Law]
    internal void An_address_survives_every_way_of_writing_it(PeerAddress address)
    {
        Assert.Equal(address, PeerAddress.From(address.ToEndPoint()));
        Assert.True(PeerAddress.TryParse(address.ToString(), out var parsed));
        Assert.Equal(address, parsed);
        var bytes = new byte[16];
        Assert.True(PeerAddress.TryFromBytes(bytes.AsSpan(0, address.WriteBytes(bytes)), address.Port, 0, out var read));
        Assert.Equal(address, read);
        Assert.Equal(address, PeerAddress.From(address.ToIPAddress().MapToIPv6(), address.Port));
        Assert.Equal(7, address.WithPort(7).Port);
        Assert.True(address.IsUnicast);
    }

    [Fact]
    public void A_scope_belongs_to_link_local_addresses_only_and_stays_on_this_host()
    {
        var scoped = PeerAddress.From(IPAddress.Parse("fe80::1%3"), 7390);
        Assert.Equal(3U, scoped.Scope);
        Assert.Equal(scoped, PeerAddress.From(scoped.ToEndPoint()));
        Assert.Equal(0U, PeerAddress.From(IPAddress.Parse("fd00::1%3"), 7390).Scope);
    }

    [Theory]
    [InlineData("10.1.2.3")]
    [InlineData("10.1.2.3:0")]
    [InlineData("10.1.2.3:70000")]
    [InlineData("example.org:80")]
    [InlineData("")]
    public void What_is_no_address_with_a_port_is_not_parsed(string text) => Assert.False(PeerAddress.TryParse(text, out _));

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(17)]
    public void Only_four_or_sixteen_bytes_are_an_address(int length) => Assert.False(PeerAddress.TryFromBytes(new byte[length], 1, 0, out _));
}
