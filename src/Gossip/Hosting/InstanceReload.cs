using Microsoft.Extensions.Logging;

namespace Gossip.Hosting;

/// <summary>The registered instance follows the configuration.</summary>
/// <param name="own">The instance; null for as long as there is none.</param>
/// <param name="first">What it was registered with.</param>
/// <param name="application">The application.</param>
/// <param name="logger">Told of what has changed.</param>
internal sealed partial class InstanceReload(
    Func<IServiceRegistration?> own, GossipServiceOptions first, Application application, ILogger logger)
{
    private GossipServiceOptions _known = first;

    /// <summary>Takes over what is new.</summary>
    public async ValueTask ApplyAsync(GossipOptions read)
    {
        if (own() is not { } registration)
            return;
        var before = registration.Record;
        try
        {
            await registration.UpdateAsync(record => Changed(record, OwnService.Apply(record, _known, read.Service, application)))
                .ConfigureAwait(false);
        }
        catch (Exception error) when (error is ObjectDisposedException or InvalidOperationException)
        {
            return; // It was taken back, or the node has stopped: there is nothing left to change.
        }

        _known = read.Service;
        if (!ReferenceEquals(before, registration.Record))
            Applied(logger, registration.Record.Service);
    }

    /// <summary>The record itself when nothing is new, so that the cluster is told nothing.</summary>
    private static ServiceRecord Changed(ServiceRecord before, ServiceRecord after) => before == after ? before : after;

    [LoggerMessage(64, LogLevel.Information, "The configuration of '{Service}' has changed, and the cluster is told")]
    private static partial void Applied(ILogger logger, string service);
}
