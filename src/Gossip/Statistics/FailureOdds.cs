namespace Gossip.Statistics;

/// <summary>Whether failures are more than chance explains.</summary>
internal static class FailureOdds
{
    /// <summary>The logarithm of one in a million: the test runs up to ten times a second, for as long as a process runs.</summary>
    private const double Improbable = 13.8;

    /// <summary>Whether so many failures of so many calls are more than its siblings' and chance explain.</summary>
    public static bool AreWorse(long calls, long failures, long siblingsCalls, long siblingsFailures)
    {
        if (siblingsCalls < RecentFailures.Volume)
            return false;
        var share = (double)failures / calls;
        // Laplace's rule of succession: a few calls without a failure do not mean that none will fail.
        var expected = (siblingsFailures + 1.0) / (siblingsCalls + 2.0);
        return share > expected + RecentFailures.Excess && calls * Entropy(share, expected) > Improbable;
    }

    private static double Entropy(double share, double expected) =>
        (share * Math.Log(share / expected)) + (share < 1 ? (1 - share) * Math.Log((1 - share) / (1 - expected)) : 0);
}
