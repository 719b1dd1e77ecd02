using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gossip.AspNetCore.Tests.Page;

/// <summary>
/// A real server that answers as the endpoint of a node does, from a made-up cluster: the page cannot tell it from one, and a test says
/// when something happens.
/// </summary>
internal sealed class SimulatedFeed : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Channel<string>, bool> _subscribers = [];
    private readonly WebApplication _app;
    private readonly SimulatedCluster _cluster;
    private volatile bool _isSilent;
    private volatile bool _refuses;

    private SimulatedFeed(SimulatedCluster cluster, WebApplication app) => (_cluster, _app) = (cluster, app);

    public Uri Page => new(_app.Urls.First() + "/deep/gossip");

    public SimulatedCluster Cluster => _cluster;

    /// <summary>Pages that follow the events.</summary>
    public int Subscribers => _subscribers.Count;

    /// <param name="cluster">What it tells of.</param>
    /// <param name="page">Answers the page.</param>
    /// <param name="url">Where it listens.</param>
    public static async Task<SimulatedFeed> StartAsync(SimulatedCluster cluster, Func<HttpContext, IResult> page, string url = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        var app = builder.Build();
        app.UsePathBase("/deep");
        app.UseRouting();
        var feed = new SimulatedFeed(cluster, app);
        app.MapGet("/gossip", (HttpContext http) =>
            http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal) ? page(http) : feed.Answer(cluster.Page));
        app.MapGet("/gossip/members", () => feed.Answer(() => cluster.Part("members")));
        app.MapGet("/gossip/services", () => feed.Answer(() => cluster.Part("services")));
        app.MapGet("/gossip/series", () => feed.Answer(cluster.Series));
        app.MapGet("/gossip/doctor", () => feed.Answer(cluster.Doctor));
        app.MapGet("/gossip/analytics", (string? scope) => feed.Answer(() => cluster.Analytics(scope ?? "node")));
        app.MapGet("/gossip/graph", (string? scope) => feed.Answer(() => cluster.Graph(scope ?? "node")));
        app.MapGet("/gossip/timeline", () => feed.Answer(cluster.Timeline));
        app.MapGet("/gossip/why", (string? member, string? service) => feed.Answer(() => service is null ? cluster.Why(member!) : cluster.WhyService(service)));
        app.MapGet("/gossip/events", feed.FollowAsync);
        await app.StartAsync(Eventually.Patience());
        return feed;
    }

    /// <summary>Time goes on by so much, and whoever follows is told.</summary>
    public void Step(TimeSpan time) => Tell(() => _cluster.Step(time));

    /// <summary>Something happens, and whoever follows is told.</summary>
    public void Tell(Func<SimulatedCluster, JsonObject> happen) => Tell(() => [happen(_cluster)]);

    /// <summary>Answers no question any more, as when a cookie has expired, while streams that are open go on.</summary>
    public void Refuse(bool refuses) => _refuses = refuses;

    /// <summary>Ends all streams, and refuses everything until it is told to speak again.</summary>
    public void BeSilent(bool isSilent)
    {
        _isSilent = isSilent;
        if (isSilent)
            foreach (var subscriber in _subscribers.Keys)
                subscriber.Writer.TryComplete();
    }

    public ValueTask DisposeAsync()
    {
        BeSilent(true);
        return _app.DisposeAsync();
    }

    private void Tell(Func<IReadOnlyList<JsonObject>> happen)
    {
        var text = new StringBuilder();
        lock (_cluster)
        {
            foreach (var happened in happen())
                text.Append($"id: 7-{happened["sequence"]}\nevent: happened\ndata: {happened.ToJsonString()}\n\n");
            text.Append($"event: revision\ndata: {{\"revision\":{_cluster.Revision},\"members\":{_cluster.Members.Count},\"services\":9}}\n\n");
        }

        foreach (var subscriber in _subscribers.Keys)
            subscriber.Writer.TryWrite(text.ToString());
    }

    private IResult Answer(Func<JsonObject?> tell)
    {
        if (_isSilent)
            return Results.Problem("The node is stopping.", statusCode: 503);
        if (_refuses)
            return Results.Problem("Sign in again.", statusCode: 401);
        lock (_cluster)
        {
            return tell() is { } told ? Results.Text(told.ToJsonString(), "application/json") : Results.Problem("No such member is known here.", statusCode: 404);
        }
    }

    private async Task FollowAsync(HttpContext http)
    {
        if (_isSilent)
        {
            await Results.Problem("The node is stopping.", statusCode: 503).ExecuteAsync(http);
            return;
        }

        var channel = Channel.CreateUnbounded<string>();
        http.Response.ContentType = "text/event-stream";
        await http.Response.WriteAsync(": here\n\n", http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        _subscribers[channel] = true;
        try
        {
            await foreach (var text in channel.Reader.ReadAllAsync(http.RequestAborted))
            {
                await http.Response.WriteAsync(text, http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The page has gone.
        }
        finally
        {
            _subscribers.TryRemove(channel, out _);
        }
    }
}
