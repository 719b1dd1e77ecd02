using Microsoft.Extensions.DependencyInjection;

namespace Gossip.Tests.Http;

public sealed class ClientFactoryTests
{
    private static readonly KeyValuePair<string, string?>[] Payments = [new("Services:payments:http:0", "http://10.0.0.1:1")];

    [Fact]
    public async Task A_client_that_is_told_to_calls_by_name_and_another_does_not()
    {
        var server = new StubServer();
        await using var host = Build(services =>
        {
            services.AddHttpClient("by-name").AddGossipDiscovery().ConfigurePrimaryHttpMessageHandler(() => server);
            services.AddHttpClient("plain").ConfigurePrimaryHttpMessageHandler(() => server);
        });

        await SendAsync(host, "by-name");
        await SendAsync(host, "plain");

        Assert.Equal(["http://10.0.0.1:1/ payments", "http://payments/"], server.Arrived);
    }

    [Fact]
    public async Task All_clients_are_told_at_once()
    {
        var server = new StubServer();
        await using var host = Build(services =>
        {
            services.ConfigureHttpClientDefaults(client => client.AddGossipDiscovery().ConfigurePrimaryHttpMessageHandler(() => server));
            services.AddHttpClient("named");
        });

        await SendAsync(host, "named");
        await SendAsync(host, "");

        Assert.Equal(["http://10.0.0.1:1/ payments", "http://10.0.0.1:1/ payments"], server.Arrived);
    }

    [Fact]
    public async Task Told_twice_a_client_has_one_that_stands_behind_all_others()
    {
        var server = new StubServer { Answer = (_, _) => throw StubServer.Refused() };
        var outside = new Outside();
        await using var host = Build(services =>
        {
            services.ConfigureHttpClientDefaults(client => client.AddGossipDiscovery());
            services.AddHttpClient("named").AddGossipDiscovery().AddHttpMessageHandler(() => outside).ConfigurePrimaryHttpMessageHandler(() => server);
        });

        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(host, "named"));

        Assert.Equal(["http://payments/"], outside.Seen);
        Assert.Single(server.Arrived);
    }

    [Fact]
    public async Task A_host_that_drops_packets_is_passed_over()
    {
        KeyValuePair<string, string?>[] two = [.. Payments, new("Services:payments:http:1", "http://10.0.0.2:2")];
        await using var host = TestHost.Build(null, two, services => services.AddHttpClient("named").AddGossipDiscovery().ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromMilliseconds(50),
            ConnectCallback = async (_, cancellation) =>
            {
                await new TaskCompletionSource().Task.WaitAsync(cancellation);
                throw new InvalidOperationException("never");
            },
        }));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SendAsync(host, "named"));

        // Both were tried: on a busy machine the time may be over before sockets ask for the connection, so they are not counted there.
        Assert.All(host.Discovery.GetInstances("payments"), one => Assert.True(one.IsEjected, $"{one} was not tried"));
    }

    [Fact]
    public async Task A_client_that_sets_no_time_for_connections_gets_one()
    {
        using var sockets = new SocketsHttpHandler();
        await using var host = Build(services => services.AddHttpClient("named").AddGossipDiscovery().ConfigurePrimaryHttpMessageHandler(() => sockets));
        host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("named").Dispose();
        Assert.Equal(TimeSpan.FromSeconds(5), sockets.ConnectTimeout);
    }

    [Fact]
    public async Task Sockets_that_others_share_and_have_used_before_stay_as_they_are()
    {
        var asked = new List<string>();
        using var sockets = new SocketsHttpHandler
        {
            ConnectCallback = (connection, _) =>
            {
                asked.Add(connection.DnsEndPoint.Host);
                throw new IOException("Nobody is there.");
            },
        };
        await using var host = Build(services =>
        {
            services.AddHttpClient("by-name").AddGossipDiscovery().ConfigurePrimaryHttpMessageHandler(() => sockets);
            services.AddHttpClient("plain").ConfigurePrimaryHttpMessageHandler(() => sockets);
        });

        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(host, "plain"));
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(host, "by-name"));

        Assert.Equal(["payments", "10.0.0.1"], asked);
        Assert.Equal(Timeout.InfiniteTimeSpan, sockets.ConnectTimeout);
    }

    [Fact]
    public async Task Without_a_node_it_says_what_to_call()
    {
        var services = new ServiceCollection();
        services.AddHttpClient("named").AddGossipDiscovery();
        await using var provider = services.BuildServiceProvider();

        var error = Assert.Throws<InvalidOperationException>(() => provider.GetRequiredService<IHttpClientFactory>().CreateClient("named"));

        Assert.Contains("builder.AddGossip()", error.Message, StringComparison.Ordinal);
    }

    private static TestHost Build(Action<IServiceCollection> services) => TestHost.Build(null, Payments, services);

    private static async Task SendAsync(TestHost host, string client)
    {
        using var response = await host.Services.GetRequiredService<IHttpClientFactory>().CreateClient(client).GetAsync("http://payments/");
    }

    private sealed class Outside : DelegatingHandler
    {
        public List<string> Seen { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Seen.Add($"{request.RequestUri}");
            return base.SendAsync(request, cancellationToken);
        }
    }
}
