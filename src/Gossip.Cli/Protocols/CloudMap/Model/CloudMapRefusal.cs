namespace Gossip.Cli.Protocols.CloudMap.Model;

/// <summary>Why a request is refused, by the name that the SDKs make an exception of.</summary>
/// <param name="Type">The name of the error.</param>
/// <param name="Message">What is wrong, and what to do.</param>
/// <param name="Status">The status of the answer.</param>
internal sealed record CloudMapRefusal(string Type, string Message, int Status = 400)
{
    /// <summary>The id of the service that is there already; null for other errors.</summary>
    public string? ServiceId { get; init; }

    public static CloudMapRefusal InvalidInput(string message) => new("InvalidInput", message);

    public static CloudMapRefusal LimitExceeded(string message) => new("ResourceLimitExceeded", message);

    public static CloudMapRefusal ServiceNotFound(string message) => new("ServiceNotFound", message);

    public static CloudMapRefusal InstanceNotFound(string message) => new("InstanceNotFound", message);

    public static CloudMapRefusal NamespaceNotFound(string message) => new("NamespaceNotFound", message);
}
