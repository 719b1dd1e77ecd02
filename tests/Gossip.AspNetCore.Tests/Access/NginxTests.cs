using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;

namespace Gossip.AspNetCore.Tests.Access;

/// <summary>Behind a real nginx whose callers are strangers: what it passes on comes from this machine, and names it.</summary>
public sealed class NginxTests : IDisposable
{
    private const string Bare = "";
    private const string Bare11 = "proxy_http_version 1.1;";
    private const string Forwarding = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;";

    private readonly string _folder = Directory.CreateTempSubdirectory("gossip-nginx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [PeerFact("nginx")]
    public async Task Nobody_sees_the_cluster_through_a_proxy_that_was_told_nothing()
    {
        foreach (var environment in (string[])["Development", "Production"])
            Assert.Equal((403, false), await ThroughAsync(environment, Bare));
    }

    /// <summary>
    /// What SECURITY.md says of Development: such a request is that of a program on this machine, byte for byte, and comes from there.
    /// </summary>
    [PeerFact("nginx")]
    public async Task A_proxy_that_hides_itself_in_HTTP_1_1_is_seen_through_everywhere_but_in_Development()
    {
        Assert.Equal((403, false), await ThroughAsync("Production", Bare11));
        Assert.Equal((200, true), await ThroughAsync("Development", Bare11));
        Assert.Equal((403, false), await ThroughAsync("Development", Bare11, "Origin: https://shop.example"));
    }

    [PeerFact("nginx")]
    public async Task A_forged_address_opens_nothing_where_the_application_reads_those_of_proxies()
    {
        foreach (var environment in (string[])["Development", "Production"])
        {
            foreach (var proxy in (string[])[Bare, Bare11, Bare11 + Forwarding])
                Assert.Equal((403, false), await ThroughAsync(environment, proxy, "X-Forwarded-For: 127.0.0.1"));
        }
    }

    private async Task<(int Status, bool ShowsMembers)> ThroughAsync(string environment, string proxy, params string[] lines)
    {
        await using var app = await TestApp.StartAsync(
            "orders", map: app => app.MapGossip(), environment: environment, arguments: "--ForwardedHeaders_Enabled=true");
        var door = Path.Combine(_folder, $"{Guid.NewGuid():N}.sock");
        var settings = Path.Combine(_folder, $"{Guid.NewGuid():N}.conf");
        await File.WriteAllTextAsync(settings, $$"""
            daemon off; master_process off; pid {{door}}.pid; error_log stderr;
            events { }
            http {
              access_log off;
              client_body_temp_path {{_folder}}/1; proxy_temp_path {{_folder}}/2;
              fastcgi_temp_path {{_folder}}/3; uwsgi_temp_path {{_folder}}/4; scgi_temp_path {{_folder}}/5;
              server { listen unix:{{door}}; location / { proxy_pass {{app.App.Urls.First()}}; {{proxy}} } }
            }
            """);
        await using var nginx = ChildProcess.Start("nginx", "-p", _folder, "-c", settings, "-e", "stderr");
        await using var connection = await RawHttp.ConnectAsync(new UnixDomainSocketEndPoint(door));
        var answer = await RawHttp.SendAsync(connection, "shop.example", "GET /gossip HTTP/1.1", lines);
        return (answer.Status, answer.ShowsMembers);
    }
}
