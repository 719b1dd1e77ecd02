using Microsoft.AspNetCore.Builder;

namespace Gossip.AspNetCore.Tests;

/// <summary>Tests of the endpoint of one process over a real server, which each has for itself.</summary>
public abstract class ServedTests : IAsyncLifetime
{
    private protected TestApp App { get; private set; } = null!;

    private protected HttpClient Http { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        App = await TestApp.StartAsync("payments", map: app => app.MapGossip());
        Http = new HttpClient { BaseAddress = new Uri(App.App.Urls.First()) };
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await App.DisposeAsync();
    }
}
