using Gossip.Hosting;
using Microsoft.AspNetCore.Http;

namespace Gossip.AspNetCore.Events;

/// <summary>The answer to one that follows the events: it lasts as long as the connection.</summary>
/// <param name="stream">The events.</param>
/// <param name="subscriber">The one that follows.</param>
/// <param name="requests">Counts it as a request that is no work.</param>
internal sealed class EventResult(EventStream stream, EventSubscriber subscriber, OpenRequests requests) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        requests.BeginWatch();
        try
        {
            await subscriber.RunAsync(stream).ConfigureAwait(false);
        }
        finally
        {
            requests.EndWatch();
        }
    }
}
