using Gossip.Protocol;

namespace Gossip.Simulation.Tests;

/// <summary>The order in which things happen is what makes a seed mean the same run.</summary>
public sealed class AgendaTests
{
    [Law(2, 100, StartSize = 5_000, EndSize = 15_000)]
    internal void The_earliest_happens_first_and_of_one_moment_in_the_order_in_which_it_was_entered(Script script)
    {
        foreach (var furthest in (long[])[3, 4_000, 20_000_000, 1L << 46])
            AssertInOrder(script, furthest);
    }

    [Fact]
    public void Nothing_is_entered_into_the_past()
    {
        var agenda = new Agenda();
        agenda.Enter(100, default);
        Assert.True(agenda.TryTake(100, out _, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => agenda.Enter(99, default));
        agenda.Enter(100, default);
    }

    /// <summary>Each step enters something, and takes what is due by then.</summary>
    private static void AssertInOrder(Script script, long furthest)
    {
        var (agenda, expected) = (new Agenda(), new SortedSet<(long Ticks, int Number)>());
        var now = 0L;
        foreach (var (number, step) in script.Steps.Index())
        {
            var chance = new Randomness((ulong)step);
            var ticks = now + (long)(chance.Fraction() * (chance.Chance(0.5) ? furthest : furthest / 1000));
            agenda.Enter(ticks, new WorldEvent(null!, WorldEventKind.Tick, null, number));
            expected.Add((ticks, number));
            var limit = now + (long)(chance.Fraction() * furthest / 500);
            for (var takes = chance.Below(4); takes > 0 && expected.Count > 0; takes--)
            {
                var earliest = expected.Min;
                Assert.Equal(earliest.Ticks <= limit, agenda.TryTake(limit, out var taken, out var happening));
                if (earliest.Ticks > limit)
                    break;
                Assert.Equal(earliest, (taken, happening.Life));
                expected.Remove(earliest);
                now = taken;
            }

            if (expected.Count == 0 || expected.Min.Ticks > limit)
                now = limit; // As a world does when nothing more happens up to the limit.
        }

        foreach (var earliest in expected)
        {
            Assert.True(agenda.TryTake(long.MaxValue, out var taken, out var happening));
            Assert.Equal(earliest, (taken, happening.Life));
        }

        Assert.False(agenda.TryTake(long.MaxValue, out _, out _));
    }
}
