namespace Gossip.Cli.Tests.Chaos;

/// <summary>How long a run is, and how much of it there is.</summary>
/// <param name="Seed">Decides who does what; the machine decides how far it comes with that.</param>
/// <param name="Length">How long things happen; null for each kind once.</param>
/// <param name="Pace">The mean time between two of them.</param>
/// <param name="Lease">Of the agents, in seconds.</param>
/// <param name="Services">On each host.</param>
/// <param name="Observers">On the first, the third and the fifth host: so many of them.</param>
internal sealed record ChaosPlan(int Seed, TimeSpan? Length, TimeSpan Pace, double Lease, int Services, int Observers)
{
    /// <summary>Hosts, each with an agent.</summary>
    public const int Hosts = 6;
}
