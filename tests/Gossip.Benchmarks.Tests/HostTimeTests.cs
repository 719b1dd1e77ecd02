using Gossip.Benchmarks.Cluster;

namespace Gossip.Benchmarks.Tests;

/// <summary>How much of the machine its host gave to others.</summary>
public sealed class HostTimeTests
{
    [Fact]
    public void What_was_stolen_is_a_share_of_all_time_in_which_guests_are_not_counted_twice()
    {
        var from = HostTime.Of("cpu  100 0 50 800 10 5 15 20 40 7");
        var to = HostTime.Of("cpu  130 0 60 840 10 5 15 40 60 9");

        Assert.Equal(1000, from.Total);
        Assert.Equal(20, to.StolenPercentSince(from));
    }

    [Fact]
    public void No_time_between_is_nothing_stolen()
    {
        var at = HostTime.Of("cpu  100 0 50 800 10 5 15 20 0 0");

        Assert.Equal(0, at.StolenPercentSince(at));
    }
}
