namespace Gossip.Cli.Tests.Chaos;

/// <summary>What the judge of a run finds, by runs that are written down here: one that never finds anything would be no judge.</summary>
public sealed class JudgeTests
{
    private const double Begin = 5;
    private const double End = 100;
    private const double Lease = 10;

    private readonly Stalls _stalls = new();
    private readonly ServiceTruth _truth = new("shop", 1, new Bounds(2, 3, 3));
    private readonly Sight _sight = new("observer", 2);
    private readonly List<Outage> _outages = [];
    private readonly List<(int Host, Stretch When)> _cuts = [];

    [Fact]
    public void A_service_that_is_found_while_it_lives_and_not_after_is_right()
    {
        Lives(10, 50);
        Found(11.5, 51.2);
        Judged(gaps: 0, overdue: 0);
    }

    [Theory]
    [InlineData(20, 21, 0, 1)]
    [InlineData(20, 21, 1.5, 1)]
    [InlineData(20, 21, 2.5, 0)]
    [InlineData(20, 40, 2.5, 1)]
    public void A_living_service_that_is_lost_is_a_gap_unless_somebody_stood_still_until_it_was_held_dead(double from, double until, double stood, int gaps)
    {
        Lives(10, 90);
        Found(11, from);
        Found(until, 91);
        if (stood > 0)
            _stalls.Note(Stall.Agent(1), from - stood, from, stood);
        Judged(gaps, overdue: 0);
    }

    [Theory]
    [InlineData(1, 1, 5, 0)]
    [InlineData(1, 1, 15, 1)]
    [InlineData(3, 1, 5, 1)]
    [InlineData(1, 2, 15, 0)]
    public void On_a_host_that_is_cut_off_news_may_take_a_round_of_probes(int cut, int observer, double late, int overdue)
    {
        Lives(10, 50);
        _cuts.Add((cut, new(48, 60)));
        var sight = new Sight("observer", observer);
        sight.Note(11.5, ["shop"]);
        sight.Note(50 + late, []);
        var judge = new Judge(Lease, _stalls, Begin, End);
        judge.Compare(_truth, sight, _outages, _cuts);
        Assert.Equal((0, overdue), (judge.Gaps.Count, judge.Overdue.Count > 0 ? 1 : 0));
    }

    [Fact]
    public void That_somebody_else_stood_still_is_no_reason()
    {
        Lives(10, 90);
        Found(11, 20);
        Found(21, 91);
        _stalls.Note(Stall.Agent(3), 15, 20, 5);
        Judged(gaps: 1, overdue: 0);
    }

    [Fact]
    public void That_it_stood_still_again_and_again_and_ran_in_between_is_no_reason()
    {
        Lives(10, 90);
        Found(11, 20);
        Found(21, 91);
        for (var i = 0; i < 20; i++)
            _stalls.Note(Stall.Agent(1), 15 + (i * 0.25), 15.25 + (i * 0.25), i % 4 == 3 ? 0.1 : 0.25);
        Judged(gaps: 1, overdue: 0);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1.5, 0)]
    public void A_service_that_is_found_late_or_never_is_a_gap(double stood, int gaps)
    {
        Lives(10, 90);
        Found(14, 90);
        if (stood > 0)
            _stalls.Note("observer", 11, 11 + stood, stood);
        Judged(gaps, overdue: 0);
        var never = new Judge(Lease, _stalls, Begin, End);
        never.Compare(_truth, new Sight("blind", 2), _outages, _cuts);
        Assert.Single(never.Gaps);
    }

    [Theory]
    [InlineData(21, 22, 0)]
    [InlineData(23, 24, 1)]
    public void A_service_that_comes_back_may_be_lost_once_while_its_death_is_noticed(double lost, double found, int gaps)
    {
        Lives(20, 90);
        Found(19.7, lost);
        Found(found, 90);
        Judged(gaps, overdue: 0);
    }

    [Fact]
    public void A_dead_service_that_is_found_after_its_bound_is_overdue()
    {
        Lives(10, 50);
        Found(11, 52.5);
        var judge = Judged(gaps: 0, overdue: 1);
        Assert.Equal(2.5, Assert.Single(judge.UntilGone["Process, due after 2 s"]), 6);
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(27, 0)]
    public void Only_while_an_agent_is_away_for_as_long_as_the_lease_a_living_service_may_be_missed(double away, int gaps)
    {
        Lives(10, 90);
        Found(11, 41);
        Found(58, 90);
        _outages.Add(new(1, new(30, 30 + away), IsRetired: false));
        Judged(gaps, overdue: 0);
    }

    [Theory]
    [InlineData(28.5, 0)]
    [InlineData(20, 1)]
    public void An_agent_that_dies_before_it_knew_a_service_has_none_to_leave(double livesFrom, int gaps)
    {
        Lives(livesFrom, 90);
        Found(37.5, 90);
        _outages.Add(new(1, new(30, 35), IsRetired: false));
        Judged(gaps, overdue: 0);
    }

    /// <summary>The lease that counts is that of the last agent that had the time to look.</summary>
    [Theory]
    [InlineData(33, 34, 0)]
    [InlineData(33, 38, 1)]
    public void An_agent_that_dies_before_it_looked_has_not_been_back(double back, double goneAgain, int gaps)
    {
        Lives(10, 90);
        Found(11, 41.5);
        Found(52, 90);
        _outages.Add(new(1, new(30, back), IsRetired: false));
        _outages.Add(new(1, new(goneAgain, 50), IsRetired: false));
        Judged(gaps, overdue: 0);
    }

    [Fact]
    public void What_is_left_of_an_earlier_life_says_nothing_of_this_one()
    {
        _truth.Note(0, Down.None);
        _truth.Note(20, Down.Process);
        _truth.Note(30, Down.None);
        _truth.Note(90, Down.Process);
        Found(5, 31);
        Found(46, 90);
        _outages.Add(new(1, new(20, 21), IsRetired: false));
        _outages.Add(new(1, new(28, 44), IsRetired: false));
        Judged(gaps: 0, overdue: 0);
    }

    [Fact]
    public void What_a_dead_agent_had_registered_goes_with_its_lease()
    {
        Lives(10, 31);
        Found(11, 45);
        _outages.Add(new(1, new(30, 35), IsRetired: false));
        Judged(gaps: 0, overdue: 0);
    }

    [Fact]
    public void What_died_after_the_next_agent_had_it_goes_at_once()
    {
        Lives(10, 39);
        Found(11, 45);
        _outages.Add(new(1, new(30, 35), IsRetired: false));
        Judged(gaps: 0, overdue: 1);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 1)]
    public void Who_is_cut_off_is_not_judged_until_both_sides_have_agreed(int host, int gaps)
    {
        Lives(10, 90);
        Found(11, 30);
        Found(60, 90);
        _cuts.Add((host, new(29, 40)));
        Judged(gaps, overdue: 0);
    }

    private void Lives(double from, double until)
    {
        _truth.Note(0, Down.Process);
        _truth.Note(from, Down.None);
        _truth.Note(until, Down.Process);
    }

    private void Found(double from, double until)
    {
        _sight.Note(from, ["shop"]);
        _sight.Note(until, []);
    }

    private Judge Judged(int gaps, int overdue)
    {
        var judge = new Judge(Lease, _stalls, Begin, End);
        judge.Compare(_truth, _sight, _outages, _cuts);
        Assert.Equal((gaps, overdue), (judge.Gaps.Count, judge.Overdue.Count));
        return judge;
    }
}
