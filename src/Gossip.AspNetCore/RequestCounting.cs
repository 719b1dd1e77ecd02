using Gossip.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Gossip.AspNetCore;

/// <summary>
/// Counts requests from before the first middleware until the last byte of the answer was written. It allocates nothing itself. While the
/// process drains, answers on HTTP/1.1 ask the caller not to use the connection again: one that is idle when the server stops would be cut
/// under a request that is on its way. On HTTP/2 and 3 the server itself says so when it stops.
/// </summary>
internal sealed class RequestCounting(OpenRequests requests) : IStartupFilter
{
    private static readonly Func<object, Task> Ended = static batch =>
    {
        ((OpenRequests.Batch)batch).Leave();
        return Task.CompletedTask;
    };

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => application =>
    {
        application.Use(Count);
        next(application);
    };

    private RequestDelegate Count(RequestDelegate next) => http =>
    {
        http.Response.OnCompleted(Ended, requests.Begin());
        if (requests.IsDraining && HttpProtocol.IsHttp11(http.Request.Protocol))
            http.Response.Headers.Connection = "close";
        return next(http);
    };
}
