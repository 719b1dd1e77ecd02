using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Gossip.Yarp.Tests;

/// <summary>A gateway with YARP on a real Kestrel and in a cluster, in this process, and a client of it.</summary>
internal sealed class Gateway : IAsyncDisposable
{
    private Gateway(TestApp app, ConcurrentQueue<ForwarderError> errors, InMemoryConfigProvider routes)
    {
        App = app;
        Errors = errors;
        Operator = routes;
        Client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = new Uri(app.App.Urls.First()), Timeout = Eventually.Deadline };
    }

    public TestApp App { get; }

    public HttpClient Client { get; }

    /// <summary>What YARP holds for errors of forwarding.</summary>
    public ConcurrentQueue<ForwarderError> Errors { get; }

    /// <summary>Where the operator's routes and clusters stand.</summary>
    public InMemoryConfigProvider Operator { get; }

    public IProxyStateLookup State => App.App.Services.GetRequiredService<IProxyStateLookup>();

    /// <param name="configure">Sets the gateway's options.</param>
    /// <param name="routes">The operator's, each as "path=cluster".</param>
    /// <param name="build">Adds services.</param>
    /// <param name="map">Adds middleware.</param>
    /// <param name="clusters">The operator's own clusters.</param>
    /// <param name="proxy">Adds what else YARP has.</param>
    [SuppressMessage("Reliability", "CA2000", Justification = "The test disposes it.")]
    public static async Task<Gateway> StartAsync(
        Action<GossipGatewayOptions>? configure = null, string[]? routes = null, Action<WebApplicationBuilder>? build = null, Action<WebApplication>? map = null,
        ClusterConfig[]? clusters = null, Action<IReverseProxyBuilder>? proxy = null)
    {
        var errors = new ConcurrentQueue<ForwarderError>();
        var written = new InMemoryConfigProvider(Routes(routes ?? ["/{**rest}=payments"]), clusters ?? []);
        var app = await TestApp.StartAsync(
            "gateway",
            build: builder =>
            {
                build?.Invoke(builder);
                var yarp = builder.Services.AddReverseProxy().LoadFromConfig(builder.Configuration.GetSection("ReverseProxy")).LoadFromGossip(configure);
                proxy?.Invoke(yarp);
                builder.Services.AddSingleton<IProxyConfigProvider>(written);
            },
            map: app =>
            {
                map?.Invoke(app);
                app.MapReverseProxy(proxy =>
                {
                    proxy.Use(async (http, next) =>
                    {
                        await next(http);
                        if (http.Features.Get<IForwarderErrorFeature>() is { } error)
                            errors.Enqueue(error.Error);
                    });
                    proxy.UseSessionAffinity();
                    proxy.UseLoadBalancing();
                    proxy.UsePassiveHealthChecks();
                });
            });
        return new Gateway(app, errors, written);
    }

    public static RouteConfig[] Routes(params string[] routes) =>
    [
        .. routes.Select(route => route.Split('=')).Select(parts => new RouteConfig
        {
            RouteId = parts[0], ClusterId = parts[1], Match = new RouteMatch { Path = parts[0] },
        }),
    ];

    /// <summary>A service in the gateway's cluster, of a process of its own as far as the cluster knows.</summary>
    public Task<TestApp> StartServiceAsync(string service, RequestDelegate handle, Action<GossipOptions>? configure = null) =>
        TestApp.StartAsync(service, App, configure, map: app => app.Run(handle));

    /// <summary>Waits until YARP has so many destinations of a cluster that take requests.</summary>
    public Task HasAsync(string cluster, int available) => Eventually.HoldsAsync(
        () => (State.TryGetCluster(cluster, out var found) ? found.DestinationsState.AvailableDestinations.Count : 0) == available,
        $"{available} destinations of {cluster}");

    public IReadOnlyList<DestinationState> Destinations(string cluster) =>
        State.TryGetCluster(cluster, out var found) ? [.. found.Destinations.Values] : [];

    /// <summary>Registers an instance where connections are refused: the port is bound, and nobody listens.</summary>
    public async Task<Socket> RegisterDeadAsync(string service, string id, int weight = 100)
    {
        var nobody = new Socket(SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        var port = ((System.Net.IPEndPoint)nobody.LocalEndPoint!).Port;
        await RegisterAsync(service, id, port, weight);
        return nobody;
    }

    public async Task<IServiceRegistration> RegisterAsync(string service, string id, int port, int weight = 100, Func<ServiceRecord, ServiceRecord>? change = null)
    {
        var record = new ServiceRecord { InstanceId = id, Service = service, Weight = weight, Endpoints = [new ServiceEndpoint("http", "http", "127.0.0.1", port)] };
        return await App.App.Services.GetRequiredService<IServiceRegistrar>().RegisterAsync(change?.Invoke(record) ?? record);
    }

    public async Task<string> GetAsync(string path = "/")
    {
        using var answer = await Client.GetAsync(path);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : $"{(int)answer.StatusCode}";
    }

    public async Task<string> PostAsync(string body, string path = "/")
    {
        using var answer = await Client.PostAsync(path, new StringContent(body));
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : $"{(int)answer.StatusCode}";
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
    }
}
