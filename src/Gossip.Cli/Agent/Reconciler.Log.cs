using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Agent;

/// <content>What the log says of what is registered.</content>
internal sealed partial class Reconciler
{
    [LoggerMessage(149, LogLevel.Information, "Registered '{Id}' of '{Service}', as {Origin} says")]
    private static partial void Registers(ILogger logger, string id, string service, string origin);

    [LoggerMessage(150, LogLevel.Information, "Deregistered '{Id}', which nobody wants any more, after its drain")]
    private static partial void Deregistered(ILogger logger, string id);

    [LoggerMessage(151, LogLevel.Information, "Deregistered '{Id}', which has ended: {Reason}")]
    private static partial void Ended(ILogger logger, string id, string reason);

    [LoggerMessage(152, LogLevel.Error,
        "{Count} services are not registered, since a node holds {Most} records. "
            + "Deregister some, or run another agent under another Agent:Name")]
    private static partial void Full(ILogger logger, int count, int most);

    [LoggerMessage(153, LogLevel.Warning, "The service '{Id}' is not registered as it should be, and it is tried again: {Reason}")]
    private static partial void NotRegistered(ILogger logger, string id, string reason);
}
