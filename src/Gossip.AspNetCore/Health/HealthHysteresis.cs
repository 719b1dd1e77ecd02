namespace Gossip.AspNetCore.Health;

/// <summary>
/// Holds back short disturbances: a worse result counts only when enough of them come in a row, and so does a better one. The very first
/// result counts at once, since nothing is known before.
/// </summary>
internal sealed class HealthHysteresis(int worseAfter, int betterAfter)
{
    private int _worse;
    private int _better;

    /// <summary>What counts; null before the first result.</summary>
    public Verdict? Held { get; private set; }

    /// <summary>Takes the result of a run, and returns what counts now.</summary>
    public Verdict Add(Verdict result)
    {
        if (Held is null || result.Status == Held.Status)
        {
            (_worse, _better) = (0, 0);
            return Held = result.Failing == Held?.Failing ? Held : result;
        }

        var isWorse = result.Status < Held.Status;
        (_worse, _better) = isWorse ? (_worse + 1, 0) : (0, _better + 1);
        if (_worse < worseAfter && _better < betterAfter)
            return Held;
        (_worse, _better) = (0, 0);
        return Held = result;
    }
}
