namespace Gossip.Simulation;

/// <summary>What became of one process that stopped for a while, over several runs.</summary>
/// <param name="Preset">What the members were told to tolerate.</param>
/// <param name="Members">The size of the cluster.</param>
/// <param name="PauseS">How long the process stood still, in seconds.</param>
/// <param name="Runs">Runs, each in a world of its own.</param>
/// <param name="Suspected">Runs in which another member suspected it.</param>
/// <param name="HeldDead">Runs in which another member held it dead.</param>
/// <param name="HeldDeadBy">How many others held it dead, at most.</param>
/// <param name="AccusedByPaused">Runs in which the paused node, awake again, suspected another.</param>
/// <param name="OthersHeldDead">Deaths of members that never paused, at any member, including the paused one.</param>
/// <param name="BackP50S">From wake-up until all hold it alive, and it holds all alive: the median, in seconds.</param>
/// <param name="BackWorstS">The same: the longest.</param>
internal sealed record PauseResult(
    string Preset,
    int Members,
    double PauseS,
    int Runs,
    int Suspected,
    int HeldDead,
    int HeldDeadBy,
    int AccusedByPaused,
    int OthersHeldDead,
    double BackP50S,
    double BackWorstS);

/// <summary>The price of patience: how long a silent host goes unnoticed, in virtual seconds.</summary>
/// <param name="Preset">What the members were told to tolerate.</param>
/// <param name="Members">The size of the cluster.</param>
/// <param name="FirstP50S">Until the first member held the host dead: the median.</param>
/// <param name="FirstP99S">The same: 99 of 100 took no longer.</param>
/// <param name="AllP50S">Until all members did: the median.</param>
/// <param name="AllP99S">The same: 99 of 100 took no longer.</param>
internal sealed record PatienceResult(string Preset, int Members, double FirstP50S, double FirstP99S, double AllP50S, double AllP99S);
