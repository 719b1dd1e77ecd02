namespace Gossip.Cli.Agent.Checks;

/// <summary>What a check found, from best to worst.</summary>
internal enum CheckStatus
{
    /// <summary>It has not run often enough to tell.</summary>
    Unknown,

    /// <summary>The service does its work.</summary>
    Pass,

    /// <summary>The service works, and asks to be spared.</summary>
    Warn,

    /// <summary>The service does not work.</summary>
    Fail,

    /// <summary>The service says that it is not ready yet: what does not work is still to come.</summary>
    Starting,

    /// <summary>The service is being stopped by who started it.</summary>
    Stopping,

    /// <summary>The service has ended. This counts at once, for no second look brings a process back.</summary>
    Gone,
}
