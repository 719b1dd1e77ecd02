using Microsoft.Extensions.Logging;

namespace Gossip.Hosting;

/// <summary>The registered instance follows the configuration.</summary>
/// <param name="own">The instance; null for as long as there is none.</param>
/// <param name="first">What it was registered with.</param>
/// <param name="application">The application.</param>
/// <param name="saysRoles">Whether the configuration has the key of the roles, be it with none.</param>
/// <param name="logger">Told of what has changed.</param>
/// <param name="audit">Told of what was refused.</param>
internal sealed partial class InstanceReload(
    Func<IServiceRegistration?> own, GossipServiceOptions first, Application application, Func<bool> saysRoles, ILogger logger,
    ILogger audit)
{
    private GossipServiceOptions _known = first;

    /// <summary>Takes over what is new.</summary>
    public async ValueTask ApplyAsync(GossipOptions read)
    {
        if (own() is not { } registration)
            return;
        var before = registration.Record;
        // A file that cannot be read looks just like one without its keys, and where there are no roles everybody is let in.
        if (_known.AuthorizedRoles.Count > 0 && read.Service.AuthorizedRoles.Count == 0 && !saysRoles())
        {
            RolesStay(audit, before.Service, string.Join(", ", before.AuthorizedRoles));
            return;
        }

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

    [LoggerMessage(99, LogLevel.Warning,
        "Gossip:Service:AuthorizedRoles is gone from the configuration, as it is when a file cannot be read: '{Service}' keeps the roles "
        + "{Roles}, and all else that it was registered with. To let every authenticated caller in, set it to an empty list")]
    private static partial void RolesStay(ILogger logger, string service, string roles);
}
