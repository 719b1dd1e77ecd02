using Gossip.Diagnostics;
using Gossip.Protocol;

namespace Gossip.Tests.Diagnostics;

/// <summary>What the page draws, in virtual time.</summary>
public sealed class NodeSeriesTests
{
    private readonly NodeSeries _series = new();
    private long _packets;

    [Fact]
    public void A_step_has_rates_the_median_round_trip_and_the_longest_turn_of_its_five_seconds()
    {
        foreach (var milliseconds in new[] { 9.0, 1, 2 })
            _series.NoteRoundTrip(TimeSpan.FromMilliseconds(milliseconds));
        _series.NoteTurn(TimeSpan.FromMilliseconds(3));
        _series.NoteTurn(TimeSpan.FromMilliseconds(1));
        _series.NoteDeadline(At(2.5), At(2));
        _series.NoteDeadline(At(2.6), At(3));

        Take(5, packets: 50);
        Take(10, packets: 0);

        var report = _series.Read();
        Assert.Equal((0, 2), (report.First, report.Steps.Count));
        Assert.Equal((10.0, 2.0, 3.0, 500.0), (report.Steps[0]!.PacketsIn, report.Steps[0]!.RoundTripMs, report.Steps[0]!.LoopTurnMs, report.Steps[0]!.LoopLateMs));
        Assert.Equal((0.0, (double?)null, 0.0), (report.Steps[1]!.PacketsIn, report.Steps[1]!.RoundTripMs, report.Steps[1]!.LoopTurnMs));
    }

    [Fact]
    public void Steps_in_which_the_loop_got_no_turn_are_gaps_and_what_happened_meanwhile_is_spread_over_all_of_them()
    {
        Take(5, packets: 5);
        Take(20, packets: 30);

        var steps = _series.Read().Steps;
        Assert.Equal([1, null, null, 2], steps.Select(one => one?.PacketsIn));
    }

    [Fact]
    public void A_quarter_of_an_hour_is_kept_and_no_more_even_after_a_pause_that_is_longer()
    {
        for (var step = 1; step <= NodeSeries.Most + 20; step++)
            Take(5 * step, packets: 5);
        Assert.Equal((20, NodeSeries.Most), (_series.Read().First, _series.Read().Steps.Count));
        Assert.All(_series.Read().Steps, one => Assert.NotNull(one));

        Take(5 * (NodeSeries.Most + 20 + (10 * NodeSeries.Most)), packets: 1);
        Assert.Equal(NodeSeries.Most, _series.Read().Steps.Count);
        Assert.Single(_series.Read().Steps, one => one is not null);
    }

    private static Instant At(double seconds) => new(TimeSpan.FromSeconds(seconds));

    private void Take(double seconds, long packets)
    {
        Assert.True(_series.IsDue(At(seconds)));
        _packets += packets;
        _series.Take(At(seconds), new SeriesTotals(_packets, 0, 0, 0, 0, 0, 0, 0, 0), default);
        Assert.False(_series.IsDue(At(seconds + 4.9)));
    }
}
