using Gossip.Cli.Agent.Checks;

namespace Gossip.Cli.Protocols.Consul.Model;

/// <summary>Consul's words for the state of a check.</summary>
internal static class CheckWords
{
    public const string Passing = "passing";
    public const string Warning = "warning";
    public const string Critical = "critical";

    /// <summary>Of a service that an operator has taken out; no check reports it.</summary>
    public const string Maintenance = "maintenance";

    /// <summary>The check by which a service is taken out, before its id.</summary>
    public const string ServiceMaintenance = "_service_maintenance:";

    /// <summary>The check by which all of a node is taken out.</summary>
    public const string NodeMaintenance = "_node_maintenance";

    public const string NoServiceReason =
        "Maintenance mode is enabled for this service, but no reason was provided. This is a default message.";

    public const string NoNodeReason =
        "Maintenance mode is enabled for this node, but no reason was provided. This is a default message.";

    public static bool IsStatus(string word) => word is Passing or Warning or Critical;

    public static CheckStatus ToAgent(string word) => word switch
    {
        Passing => CheckStatus.Pass,
        Warning => CheckStatus.Warn,
        _ => CheckStatus.Fail,
    };

    public static string Of(CheckStatus status) => status switch
    {
        CheckStatus.Pass => Passing,
        CheckStatus.Warn => Warning,
        _ => Critical,
    };

    public static string Of(ServiceState state) => state switch
    {
        ServiceState.Ready => Passing,
        ServiceState.Degraded => Warning,
        _ => Critical,
    };

    public static string Of(CheckType type) => type switch
    {
        CheckType.Static or CheckType.Alias => type == CheckType.Alias ? "alias" : "",
        _ => type.ToString().ToLowerInvariant(),
    };

    /// <summary>The worst of several; passing of none.</summary>
    public static string Worst(IEnumerable<string> words) => words.MaxBy(Gravity) ?? Passing;

    private static int Gravity(string word) => word switch
    {
        Maintenance => 3,
        Critical => 2,
        Warning => 1,
        _ => 0,
    };
}
