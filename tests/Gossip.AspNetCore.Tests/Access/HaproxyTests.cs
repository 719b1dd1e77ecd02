using System.Net;
using Microsoft.AspNetCore.Builder;

namespace Gossip.AspNetCore.Tests.Access;

/// <summary>Behind a real HAProxy, which speaks HTTP/1.1 and passes on the Host of its callers.</summary>
public sealed class HaproxyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gossip-haproxy-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [PeerFact("haproxy")]
    public async Task Nobody_sees_the_cluster_through_it_by_the_name_of_the_site()
    {
        foreach (var environment in (string[])["Development", "Production"])
        {
            foreach (var option in (string[])["", "option forwardfor"])
                Assert.Equal((403, false), await ThroughAsync(environment, option, "shop.example"));
        }
    }

    /// <summary>What SECURITY.md says of a proxy that hides itself: it tells of its callers where it is told to, and only then.</summary>
    [PeerFact("haproxy")]
    public async Task A_caller_that_names_this_machine_is_refused_everywhere_but_in_Development_without_forwardfor()
    {
        Assert.Equal((403, false), await ThroughAsync("Production", "", "localhost"));
        Assert.Equal((403, false), await ThroughAsync("Development", "option forwardfor", "localhost"));
        Assert.Equal((200, true), await ThroughAsync("Development", "", "localhost"));
    }

    private async Task<(int Status, bool ShowsMembers)> ThroughAsync(string environment, string option, string host)
    {
        await using var app = await TestApp.StartAsync("orders", map: app => app.MapGossip(), environment: environment);
        // At a socket in the file system it would have no address of its callers to tell.
        var door = new IPEndPoint(IPAddress.Loopback, TestPorts.Free());
        var settings = Path.Combine(_folder, $"{Guid.NewGuid():N}.cfg");
        await File.WriteAllTextAsync(settings, $"""
            defaults
              mode http
              timeout connect 1m
              timeout client 1m
              timeout server 1m
              {option}
            frontend door
              bind {door}
              default_backend app
            backend app
              server app {new Uri(app.App.Urls.First()).Authority}

            """);
        await using var haproxy = ChildProcess.Start("haproxy", "-db", "-f", settings);
        await using var connection = await RawHttp.ConnectAsync(door);
        var answer = await RawHttp.SendAsync(connection, host, "GET /gossip HTTP/1.1");
        return (answer.Status, answer.ShowsMembers);
    }
}
