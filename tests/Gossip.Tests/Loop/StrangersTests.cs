using System.Net;
using Gossip.Loop;
using Gossip.Protocol;

namespace Gossip.Tests.Loop;

public sealed class StrangersTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;
    private static readonly PeerAddress Real = PeerAddress.From(IPAddress.Parse("10.9.9.9"), 7390);

    [Theory]
    [InlineData(0)]
    [InlineData(10_000)]
    public void Ten_thousand_forged_addresses_do_not_hide_one_that_is_really_there(int before)
    {
        var strangers = new Strangers();
        for (var i = 0; i < before; i++)
            strangers.Meet(Forged(i), isReal: false, DropReason.UnknownKey, Start);
        // By datagram, and by stream at its second try.
        strangers.Meet(Real, isReal: false, DropReason.UnknownKey, Start);
        var told = strangers.Meet(Real.WithPort(0), isReal: true, DropReason.UnknownKey, Start + TimeSpan.FromMinutes(1));
        for (var i = 0; i < 10_000; i++)
            strangers.Meet(Forged(before + i), isReal: false, DropReason.UnknownKey, Start + TimeSpan.FromMinutes(2));

        Assert.Equal(Strangers.Most, strangers.All.Count);
        Assert.True(Assert.Single(strangers.All, one => one.Where == "10.9.9.9").IsReal);
        Assert.True(told);
    }

    [Fact]
    public void One_that_only_sends_datagrams_outlives_those_that_were_heard_once()
    {
        var strangers = new Strangers();
        for (var i = 0; i < 100; i++)
            strangers.Meet(Forged(i), isReal: false, DropReason.Unsealed, Start);
        strangers.Meet(Real, isReal: false, DropReason.Unsealed, Start);
        strangers.Meet(Real, isReal: false, DropReason.Unsealed, Start);
        for (var i = 0; i < 10_000; i++)
            strangers.Meet(Forged(100 + i), isReal: false, DropReason.Unsealed, Start);
        Assert.Equal(2, Assert.Single(strangers.All, one => one.Peer == Real).Packets);
    }

    [Fact]
    public void A_flood_of_addresses_does_not_fill_the_log_and_each_is_told_once()
    {
        var strangers = new Strangers();
        var told = Enumerable.Range(0, 10_000).Count(i => strangers.Meet(Forged(i), isReal: false, DropReason.UnknownKey, Start));
        Assert.Equal(8, told);
        var later = Start + TimeSpan.FromMinutes(5);
        told = Enumerable.Range(0, 10_000).Count(i => strangers.Meet(Forged(i), isReal: true, DropReason.UnknownKey, later));
        Assert.Equal(1, told);
        Assert.Equal(Strangers.Most, strangers.All.Count);

        strangers = new Strangers();
        Assert.True(strangers.Meet(Real, isReal: true, DropReason.UnknownKey, Start));
        Assert.False(strangers.Meet(Real, isReal: true, DropReason.UnknownKey, Start + TimeSpan.FromHours(1)));
    }

    private static PeerAddress Forged(int i) => PeerAddress.From(new IPAddress([198, 51, (byte)(i >> 8), (byte)i]), 7390);
}
