namespace Gossip.Bootstrap;

/// <summary>Pauses that double from the first to the longest, each up to a quarter shorter or longer at random.</summary>
internal sealed record Backoff(TimeSpan First, TimeSpan Longest)
{
    private const int MostDoublings = 20;

    public TimeSpan Before(int attempt)
    {
        var pause = First * Math.Pow(2, Math.Min(attempt, MostDoublings));
        return (pause < Longest ? pause : Longest) * (0.75 + Random.Shared.NextDouble() / 2);
    }
}
