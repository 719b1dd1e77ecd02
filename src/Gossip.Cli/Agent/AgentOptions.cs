namespace Gossip.Cli.Agent;

/// <summary>
/// How an agent registers services that embed no node. Bound from the configuration section <c>Agent</c>, so from files, from environment
/// variables such as <c>Agent__ServicesFolder</c>, and from the command line; the node itself is configured by the section <c>Gossip</c>.
/// </summary>
public sealed class AgentOptions
{
    /// <summary>The name of the configuration section.</summary>
    public const string SectionName = "Agent";

    /// <summary>
    /// Names this agent on its machine: two of one name do not run at a time. Letters, digits, '-', '_' and '.'; default: "agent".
    /// </summary>
    public string Name { get; set; } = "agent";

    /// <summary>
    /// The folder in which the agent keeps what its API was told. Default: what systemd gives the unit (<c>StateDirectory=</c>), else a
    /// folder of the user's.
    /// </summary>
    public string? StateFolder { get; set; }

    /// <summary>The folder of the definitions, <c>*.json</c>; "none" for none. Default: <c>/etc/gossip/services.d</c>.</summary>
    public string ServicesFolder { get; set; } = "/etc/gossip/services.d";

    /// <summary>
    /// The Unix socket of the API, which only the agent's user can open; "none" for none. Default: <c>agent.sock</c> in the folder that
    /// systemd gives the unit (<c>RuntimeDirectory=</c>), else in the machine directory of the user.
    /// </summary>
    public string? Socket { get; set; }

    /// <summary>
    /// An address on loopback at which the API is besides, such as <c>http://127.0.0.1:7399</c>, for callers that bring the token; null for
    /// none. The token is in the file <c>agent.token</c> of <see cref="StateFolder"/>.
    /// </summary>
    public Uri? Url { get; set; }

    /// <summary>How often all is compared, whether anything was heard or not: 100 ms to 1 h.</summary>
    public TimeSpan ReconcileInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether the registered services outlive the agent, as for its restart: it then stops without a drain and without a goodbye, so that
    /// calls go on until the others notice, which is later than the next agent takes to start. Default: it drains them, and takes them
    /// back.
    /// </summary>
    public bool KeepOnStop { get; set; }

    /// <summary>
    /// How long the others show a service, as degraded, when the agent has gone without taking it back: 1 s to 1 h. The next agent of this
    /// name on this machine registers it in its place. Default: 10 s.
    /// </summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many checks run at a time: 1 to 1,024.</summary>
    public int MaxConcurrentChecks { get; set; } = 32;

    /// <summary>The program that tells the state of systemd's units.</summary>
    public string Systemctl { get; set; } = "systemctl";
}
