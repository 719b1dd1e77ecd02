using Microsoft.Extensions.Logging;

namespace Gossip.Bootstrap;

internal sealed partial class MdnsShell
{
    [LoggerMessage(2101, LogLevel.Debug, "mDNS speaks on {Link}")]
    private static partial void LogLinkOpened(ILogger logger, string link);

    [LoggerMessage(2102, LogLevel.Debug, "mDNS left {Link}")]
    private static partial void LogLinkClosed(ILogger logger, string link);

    [LoggerMessage(2103, LogLevel.Warning, "mDNS cannot use {Link}, and will try again while the interface is up: {Reason}")]
    private static partial void LogLinkFailed(ILogger logger, string link, string reason);

    [LoggerMessage(2104, LogLevel.Warning,
        "mDNS has no interface to speak on, so nodes of this network are not found by multicast. {Interfaces}")]
    private static partial void LogNoLink(ILogger logger, string interfaces);

    [LoggerMessage(2105, LogLevel.Debug, "mDNS could not send on {Link}: {Reason}")]
    private static partial void LogSendFailed(ILogger logger, string link, string reason);

    [LoggerMessage(2106, LogLevel.Error, "A turn of mDNS failed; it goes on, and says so no more. This is a bug: please report it")]
    private static partial void LogTurnFailed(ILogger logger, Exception fault);

    [LoggerMessage(2108, LogLevel.Warning, "mDNS could not say goodbye on {Link}")]
    private static partial void LogCloseFailed(ILogger logger, string link, Exception fault);

    [LoggerMessage(2109, LogLevel.Debug, "mDNS on {Interface}: {Verdict}; {Reason}")]
    private static partial void LogVerdict(ILogger logger, string @interface, string verdict, string reason);

    [LoggerMessage(2111, LogLevel.Information, "'{Wanted}' is taken on {Link}: announced there as '{Chosen}'")]
    private static partial void LogRenamed(ILogger logger, string wanted, string link, string chosen);

    [LoggerMessage(2107, LogLevel.Warning, "The interfaces of this machine cannot be listed")]
    private static partial void LogCannotList(ILogger logger, Exception fault);
}
