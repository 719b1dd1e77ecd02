using System.Net;
using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Tests.Transport;

/// <summary>Time is told, so these say exactly what is read.</summary>
public sealed class StrangerBudgetTests
{
    private const int Datagram = 1200;

    private static readonly TimeSpan Start = TimeSpan.FromHours(2);
    private static readonly PeerAddress Attacker = PeerAddress.From(IPAddress.Parse("203.0.113.5"), 4000);
    private static readonly PeerAddress Friend = PeerAddress.From(IPAddress.Parse("192.0.2.7"), 7390);
    private static readonly StrangerRates Rates = new();

    [Fact]
    public void One_source_has_so_much_read_that_does_not_open_whatever_port_it_sends_from()
    {
        Assert.Equal(100_000, Read(new StrangerBudget(StrangerRates.Unbounded), 100_000, Port));
        var budget = new StrangerBudget(Rates);
        Assert.InRange(Read(budget, 100_000, Port), 1, (Rates.Source * 4 / Datagram) + 1);
        Assert.True(budget.Admits(Friend, Start));

        static PeerAddress Port(int i) => Attacker.WithPort(1 + (i % 60_000));
    }

    [Fact]
    public void All_sources_together_have_so_much_read_and_those_that_are_known_are_read_all_the_same()
    {
        var budget = new StrangerBudget(Rates, address => address == Friend);
        var behindTheSameAddress = Attacker.WithPort(7391);
        budget.Know(behindTheSameAddress, Start);

        Assert.InRange(Read(budget, 100_000, Forged), 1, (Rates.InAll * 4 / Datagram) + 256);

        Assert.False(budget.Admits(Attacker, Start));
        Assert.False(budget.Admits(Friend.WithPort(1), Start));
        Assert.True(budget.Admits(Friend, Start));
        Assert.True(budget.Admits(behindTheSameAddress, Start));

        static PeerAddress Forged(int i) => PeerAddress.From(new IPAddress([198, (byte)(i >> 16), (byte)(i >> 8), (byte)i]), 7390);
    }

    [Fact]
    public void A_host_of_IPv6_has_no_more_for_having_all_addresses_of_its_network()
    {
        var budget = new StrangerBudget(Rates);
        Assert.InRange(Read(budget, 100_000, Neighbour), 1, (Rates.Source * 4 / Datagram) + 1);
        Assert.True(budget.Admits(Friend, Start));

        static PeerAddress Neighbour(int i) => PeerAddress.From(IPAddress.Parse($"2001:db8::{i % 65_536:x}"), 7390);
    }

    [Fact]
    public void Whoever_forges_the_address_of_one_that_is_known_has_a_bound_too_and_hides_nobody_else()
    {
        var budget = new StrangerBudget(Rates, address => address == Friend);
        Assert.InRange(Read(budget, 100_000, _ => Friend), 1, (Rates.KnownSource * 4 / Datagram) + 1);
        Assert.False(budget.Admits(Friend, Start));
        Assert.True(budget.Admits(Attacker, Start));
    }

    [Fact]
    public void A_debt_runs_off()
    {
        var budget = new StrangerBudget(Rates);
        Read(budget, 100_000, _ => Attacker);
        Assert.False(budget.Admits(Attacker, Start));
        Assert.True(budget.Admits(Attacker, Start + TimeSpan.FromSeconds(1)));
        Assert.InRange(Read(budget, 100_000, _ => Attacker, Start + TimeSpan.FromSeconds(1)), 1, (Rates.Source / Datagram) + 2);
    }

    [Fact]
    public void A_source_is_known_for_an_hour_after_its_last_answer()
    {
        var budget = new StrangerBudget(Rates);
        Assert.False(budget.IsKnown(Friend, Start));
        budget.Know(Friend, Start);
        Assert.True(budget.IsKnown(Friend, Start + TimeSpan.FromMinutes(59)));
        Assert.False(budget.IsKnown(Friend, Start + TimeSpan.FromMinutes(61)));
        Assert.False(budget.IsKnown(Friend.WithPort(1), Start));
    }

    [Fact]
    public void Most_of_two_thousand_hosts_stay_known()
    {
        var budget = new StrangerBudget(Rates);
        for (var i = 0; i < 2_000; i++)
            budget.Know(Host(i), Start);
        Assert.InRange(Enumerable.Range(0, 2_000).Count(i => budget.IsKnown(Host(i), Start)), 1_400, 2_000);
        Assert.InRange(Enumerable.Range(2_000, 2_000).Count(i => budget.IsKnown(Host(i), Start)), 0, 20);

        static PeerAddress Host(int i) => PeerAddress.From(new IPAddress([10, 0, (byte)(i >> 8), (byte)i]), 0);
    }

    /// <summary>How many of so many datagrams are read, none of which opens.</summary>
    private static int Read(StrangerBudget budget, int sent, Func<int, PeerAddress> from, TimeSpan? at = null)
    {
        var read = 0;
        for (var i = 0; i < sent; i++)
        {
            if (!budget.Admits(from(i), at ?? Start))
                continue;
            read++;
            budget.Charge(from(i), Datagram, at ?? Start);
        }

        return read;
    }
}
