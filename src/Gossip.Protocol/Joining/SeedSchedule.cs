namespace Gossip.Protocol;

/// <summary>
/// When seeds are tried: without end, every second while the node is alone. In company a try would only find another part of a cluster that
/// was split from the start, and a newcomer looks for the others by itself, so every 10 s is enough. A local port, where mostly nothing
/// listens, is tried at every other of these.
/// </summary>
internal sealed class SeedSchedule(Kernel kernel, Joiner joiner)
{
    /// <summary>Between two tries by a node that is alone.</summary>
    public static readonly TimeSpan PauseAlone = TimeSpan.FromSeconds(1);

    /// <summary>Between two tries by a node in company.</summary>
    public static readonly TimeSpan PauseInCompany = TimeSpan.FromSeconds(10);

    /// <summary>How much later a try may come, so that it falls together with a round.</summary>
    private static readonly TimeSpan PatienceForRound = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Seeds that are tried at once. Three tries of silent ones may wait for answers at a time, and leave room among the questions
    /// (<see cref="Limits.SeedAliases"/>) for the addresses that are found elsewhere.
    /// </summary>
    private const int SeedsPerTry = 16;

    private IReadOnlyList<PeerAddress> _seeds = [];
    private IReadOnlyList<PeerAddress> _localPorts = [];
    private Instant _lastTry = Instant.Start;
    private int _lastSeed = -1;
    private int _lastLocalPort = -1;
    private bool _sparesLocalPorts;

    /// <summary>Tries these from now on, and no others.</summary>
    public void Follow(Instant now, IReadOnlyList<PeerAddress> seeds, IReadOnlyList<PeerAddress> localPorts)
    {
        (_seeds, _localPorts) = (seeds, localPorts);
        (_lastSeed, _lastLocalPort) = (-1, -1);
        if (seeds.Count + localPorts.Count > 0)
            kernel.Deadlines[Deadline.Seed] = now;
    }

    /// <summary>
    /// A round of probes begins. A node with no member to probe does not wait for as long as a node in company would. A try that is due
    /// comes with the round: wake-ups of its own would be a twentieth of all that an idle node costs.
    /// </summary>
    public void NoteRound(Instant now)
    {
        if (kernel.Deadlines[Deadline.Seed] == Instant.Never)
            return;
        var isAlone = kernel.Table.PeerCount == 0;
        var due = _lastTry + (isAlone ? PauseAlone : PauseInCompany);
        if (isAlone || due <= now)
            kernel.Deadlines.Hasten(Deadline.Seed, due);
    }

    public void Step(in Caller caller)
    {
        var isAlone = kernel.Table.PeerCount == 0;
        // Before anything is sent: an outbox that throws must not cause an immediate new try.
        _lastTry = caller.Now;
        kernel.Deadlines[Deadline.Seed] = caller.Now + (isAlone ? PauseAlone : PauseInCompany + PatienceForRound);
        Try(caller, _seeds, ref _lastSeed, SeedsPerTry);
        _sparesLocalPorts = !isAlone && !_sparesLocalPorts;
        if (!_sparesLocalPorts)
            Try(caller, _localPorts, ref _lastLocalPort, isAlone ? _localPorts.Count : 1);
    }

    /// <summary>
    /// Tries the seeds that follow the last one, in turns. One that fails must not keep those behind it from ever being tried.
    /// </summary>
    private void Try(in Caller caller, IReadOnlyList<PeerAddress> seeds, ref int last, int most)
    {
        for (var tries = Math.Min(most, seeds.Count); tries > 0; tries--)
        {
            last = (last + 1) % seeds.Count;
            joiner.Join(caller, seeds[last]);
        }
    }
}
