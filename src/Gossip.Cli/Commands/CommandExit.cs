namespace Gossip.Cli.Commands;

/// <summary>How a command ends, for scripts; docs/CLI.md has the table.</summary>
internal static class CommandExit
{
    /// <summary>It did what it was asked.</summary>
    public const int Done = 0;

    /// <summary>The answer is no: nobody of that name is there, the doctor has found something, a demand did not hold.</summary>
    public const int No = 1;

    /// <summary>What was typed is not understood.</summary>
    public const int Usage = 2;

    /// <summary>No node was found, or none answers.</summary>
    public const int NoNode = 3;

    /// <summary>A node is there, and does not let the caller in.</summary>
    public const int Refused = 4;

    /// <summary>What answers is no endpoint of Gossip, or says that it cannot.</summary>
    public const int Unusable = 5;
}

/// <summary>Ends a command with what is wrong, and the exit code that says so.</summary>
internal sealed class CommandException : InvalidOperationException
{
    /// <param name="exitCode">One of <see cref="CommandExit"/>.</param>
    /// <param name="message">What was tried, and what to do.</param>
    public CommandException(int exitCode, string message)
        : base(message) => ExitCode = exitCode;

    public CommandException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public CommandException(string message)
        : base(message)
    {
    }

    public CommandException()
    {
    }

    /// <summary>How the command ends.</summary>
    public int ExitCode { get; } = CommandExit.No;
}
