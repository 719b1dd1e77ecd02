using Gossip.AspNetCore.Access;
using Gossip.Bootstrap;
using Microsoft.AspNetCore.Builder;

namespace Gossip.AspNetCore.Tests.Access;

/// <summary>Where the command of this user finds an endpoint.</summary>
public sealed class EndpointUrlTests : TokenTests
{
    [Theory]
    [InlineData("/gossip", "http://127.0.0.1:5000/gossip", "http://127.0.0.1:5000")]
    [InlineData("/ops/gossip/", "http://[::1]:80/ops/gossip", "http://*:80")]
    [InlineData("gossip", "http://[::1]:8080/gossip", "http://[::]:8080")]
    [InlineData("gossip", "http://127.0.0.1:8080/gossip", "http://0.0.0.0:8080")]
    [InlineData("gossip", "http://127.0.0.1:8080/gossip", "http://localhost:8080")]
    [InlineData("/gossip", "http://[::1]:5000/gossip http://10.0.0.5:5001/gossip", "http://[::1]:5000", "http://10.0.0.5:5001")]
    [InlineData("/gossip", "http://a:1/gossip https://a:2/gossip", "https://a:2", "http://a:1", "https://a:3")]
    [InlineData("/gossip", "", "http://unix:/tmp/socket", "no address")]
    [InlineData("/{tenant}/gossip", "", "http://127.0.0.1:5000")]
    public void Programs_of_the_machine_reach_it_there(string pattern, string expected, params string[] addresses) =>
        Assert.Equal(expected, string.Join(' ', EndpointUrl.Of(addresses, pattern, hasIPv6: true).Select(url => $"{url.Scheme}://{url.Authority}{(url.IsDefaultPort ? $":{url.Port}" : "")}{url.AbsolutePath}")));

    [Theory]
    [InlineData("http://[::]:8080")]
    [InlineData("http://+:8080")]
    public void Without_IPv6_the_other_loopback_is_meant(string address) =>
        Assert.Equal("http://127.0.0.1:8080/gossip", Assert.Single(EndpointUrl.Of([address], "/gossip", hasIPv6: false)).AbsoluteUri);

    [Fact]
    public async Task A_process_leaves_it_for_as_long_as_it_runs_in_Development_too()
    {
        await using (var app = await StartAsync("Development", map: app => app.MapGossip("/ops/gossip")))
        {
            var found = EndpointPlace.FindAll(new MachineDirectory(Folder)).OrderBy(one => one.Urls[0].AbsolutePath.Length).ToArray();
            Assert.Equal([$"{Address(app)}gossip", $"{Address(app)}ops/gossip"], found.Select(one => one.Urls.Single().AbsoluteUri));
            Assert.Equal(app.App.Services.GetService(typeof(EndpointToken)) is EndpointToken token ? token.FileName : "", found[0].TokenFile);
            Assert.Equal(app.Discovery.Current.Members.Single().Name, found[0].Node);
        }

        Assert.Empty(Directory.GetFiles(Folder, "endpoint-*"));
    }

    [Fact]
    public async Task What_a_killed_process_left_is_removed_and_leads_nobody_astray()
    {
        Assert.Null(new MachineDirectory(Folder).Prepare());
        var left = Path.Combine(Folder, "endpoint-1-00000000.url");
        await File.WriteAllTextAsync(left, "http://127.0.0.1:1/gossip\n");
        await using var app = await StartAsync();
        Assert.Equal($"{Address(app)}gossip", EndpointPlace.FindAll(new MachineDirectory(Folder)).Single().Urls.Single().AbsoluteUri);
        Assert.False(File.Exists(left));
    }

    [Fact]
    public async Task What_is_no_such_file_is_passed_over()
    {
        Assert.Null(new MachineDirectory(Folder).Prepare());
        foreach (var (name, text) in new[] { ("a", "\0\u0001"), ("b", "ftp://a/b\n"), ("c", new string('x', 4096)), ("d", ""), ("e", "http://") })
            await File.WriteAllTextAsync(Path.Combine(Folder, $"endpoint-1-{name}.url"), text);
        Assert.Empty(EndpointPlace.FindAll(new MachineDirectory(Folder)));
        Assert.Empty(EndpointPlace.FindAll(new MachineDirectory(Path.Combine(Folder, "none"))));
    }
}
