using Gossip.Cli.Agent.Checks;

namespace Gossip.Cli.Agent.Definitions;

/// <summary>How a check finds out whether a service runs.</summary>
internal enum CheckKind
{
    /// <summary>A GET is answered with a status that is expected.</summary>
    Http,

    /// <summary>A connection is accepted.</summary>
    Tcp,

    /// <summary>The service of gRPC's health protocol says that it serves.</summary>
    Grpc,

    /// <summary>A program ends with exit code 0.</summary>
    Command,

    /// <summary>The service itself reports to the agent's API, again before a time is over.</summary>
    Ttl,

    /// <summary>The process lives, and is still the same one.</summary>
    Process,

    /// <summary>The unit of systemd is active.</summary>
    Unit,
}

/// <summary>One check of a definition; its values were validated when it was read.</summary>
internal sealed record CheckDefinition
{
    /// <summary>Names it among the checks of its service.</summary>
    public required string Id { get; init; }

    public required CheckKind Kind { get; init; }

    /// <summary>From the start of one run to the start of the next.</summary>
    public required TimeSpan Interval { get; init; }

    public required TimeSpan Timeout { get; init; }

    /// <summary>By which share of the interval a run may be earlier or later, so that many checks spread out: 0 to 1.</summary>
    public double Jitter { get; init; }

    /// <summary>So many better results in a row count.</summary>
    public int HealthyAfter { get; init; } = 1;

    /// <summary>So many worse results in a row count.</summary>
    public int UnhealthyAfter { get; init; } = 1;

    /// <summary>Where an HTTP check asks; null for others.</summary>
    public Uri? Url { get; init; }

    /// <summary>The lowest status that is expected.</summary>
    public int StatusFrom { get; init; } = 200;

    /// <summary>The highest status that is expected.</summary>
    public int StatusTo { get; init; } = 299;

    /// <summary>Whether any certificate will do.</summary>
    public bool IsInsecure { get; init; }

    /// <summary>Where a TCP or gRPC check connects.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>The port that a TCP or gRPC check connects to.</summary>
    public int Port { get; init; }

    /// <summary>Whether a gRPC check speaks TLS.</summary>
    public bool UsesTls { get; init; }

    /// <summary>What a gRPC check asks for; empty for the server as a whole.</summary>
    public string GrpcService { get; init; } = "";

    /// <summary>A program and its arguments.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>How long a report is good for.</summary>
    public TimeSpan Ttl { get; init; }

    /// <summary>What runs, where it is not made from this definition: of a source that has checks of its own.</summary>
    public ICheck? Own { get; init; }

    /// <summary>What the definition says, by which two are compared.</summary>
    public required string Text { get; init; }
}
