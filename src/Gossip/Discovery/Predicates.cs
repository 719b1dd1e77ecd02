using Microsoft.Extensions.Logging;

namespace Gossip.Discovery;

/// <summary>
/// The predicates of one view. They are the application's, and judge what other processes say of themselves: an instance for which one
/// throws does not match, without an effect on other instances, watches and change tokens. The view logs that once.
/// </summary>
internal sealed partial class Predicates(ServiceQuery query, ILogger logger)
{
    private int _told;

    public ServiceQuery Query => query;

    /// <summary>Whether an instance meets what is required.</summary>
    /// <param name="instance">An instance of the service.</param>
    /// <param name="threw">Set when the predicate threw, so that the answer is kept no longer than necessary.</param>
    public bool Accept(ServiceInstance instance, ref bool threw) =>
        Ask(nameof(ServiceQuery.Where), static (query, one) => query.Excludes(one) is null, instance, ref threw);

    /// <summary>Whether an instance is preferred.</summary>
    /// <inheritdoc cref="Accept"/>
    public bool Prefer(ServiceInstance instance, ref bool threw) =>
        Ask(nameof(ServiceQuery.Prefer), static (query, one) => query.Prefer!(one), instance, ref threw);

    private bool Ask(string name, Func<ServiceQuery, ServiceInstance, bool> predicate, ServiceInstance instance, ref bool threw)
    {
        try
        {
            return predicate(query, instance);
        }
        catch (Exception error)
        {
            threw = true;
            if (Interlocked.Exchange(ref _told, 1) == 0)
                Threw(logger, name, query.Service, instance.InstanceId, error);
            return false;
        }
    }

    [LoggerMessage(75, LogLevel.Error,
        "The predicate {Predicate} of a query of '{Service}' threw at the instance '{Instance}', which does not match then. "
        + "The view goes on, and does not say so again")]
    private static partial void Threw(ILogger logger, string predicate, string service, string instance, Exception error);
}
