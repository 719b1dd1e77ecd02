using Gossip.Diagnostics;
using Gossip.Hosting;
using Gossip.Protocol;

namespace Gossip.Tests.Hosting;

public sealed class OwnServiceTests
{
    private readonly TestLog _log = new();

    [Theory]
    [InlineData("127.0.0.1:7390", "http://localhost:5000", "http://localhost:5000")]
    [InlineData("127.0.0.1:7390", "http://[::]:5000", "http://127.0.0.1:5000")]
    [InlineData("127.0.0.1:7390", "http://0.0.0.0:5000 http://[::]:5000", "http://127.0.0.1:5000")]
    [InlineData("10.0.0.5:7390", "http://*:5000 https://+:5001", "http://10.0.0.5:5000 https://10.0.0.5:5001")]
    [InlineData("10.0.0.5:7390", "http://10.0.0.6:5000", "http://10.0.0.6:5000")]
    [InlineData("10.0.0.5:7390", "https://orders.example:443", "https://orders.example:443")]
    [InlineData("10.0.0.5:7390", "http://localhost:5000", "http://10.0.0.5:5000")]
    [InlineData("[fd00::5]:7390", "http://[::]:5000", "http://[fd00::5]:5000")]
    [InlineData("10.0.0.5:7390", "http://unix:/tmp/x http://[::]:5000", "http://10.0.0.5:5000")]
    public void What_the_server_listens_at_becomes_what_others_reach(string advertised, string listening, string expected)
    {
        var record = Describe(new GossipServiceOptions(), advertised, listening);
        Assert.Equal(expected, string.Join(' ', record!.Endpoints));
    }

    [Fact]
    public void A_server_at_more_addresses_than_a_record_holds_is_warned_of_with_those_that_are_left_out()
    {
        var record = Describe(new GossipServiceOptions(), "10.0.0.5:7390", string.Join(' ', Enumerable.Range(5001, 40).Select(port => $"http://*:{port}")));
        Assert.Equal(Enumerable.Range(5001, Limits.Endpoints), record!.Endpoints.Select(one => one.Port));
        var warning = Assert.Single(_log.Warnings);
        Assert.Contains("others are not told of 8: ", warning, StringComparison.Ordinal);
        Assert.Contains(string.Join(", ", Enumerable.Range(5033, 8).Select(port => $"http://*:{port}")), warning, StringComparison.Ordinal);
        Assert.Contains("Set Gossip:Service:Endpoints", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_addresses_of_both_families_are_one_endpoint_and_take_one_place()
    {
        var record = Describe(new(), "10.0.0.5:7390", string.Join(' ', Enumerable.Range(5001, 20).Select(port => $"http://0.0.0.0:{port} http://[::]:{port}")));
        Assert.Equal(Enumerable.Range(5001, 20), record!.Endpoints.Select(one => one.Port));
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public void A_server_at_a_socket_that_is_of_no_network_is_warned_of()
    {
        Assert.Null(Describe(new(), "10.0.0.5:7390", "http://unix:/tmp/x"));
        var warning = Assert.Single(_log.Warnings);
        Assert.Contains("http://unix:/tmp/x", warning, StringComparison.Ordinal);
        Assert.Contains("Gossip:Service:Endpoints", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_on_loopback_behind_a_node_on_the_network_is_warned_of()
    {
        Describe(new GossipServiceOptions(), "10.0.0.5:7390", "http://localhost:5000");
        Assert.Contains("ASPNETCORE_URLS", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void The_name_in_the_certificate_takes_the_place_of_a_wildcard()
    {
        var record = Describe(new GossipServiceOptions { Host = "orders.example" }, "10.0.0.5:7390", "https://[::]:443");
        Assert.Equal("orders.example", Assert.Single(record!.Endpoints).Host);
    }

    [Fact]
    public void Configured_endpoints_replace_what_the_server_listens_at()
    {
        var record = Describe(new GossipServiceOptions { Endpoints = ["http://outside.example:80", "http://outside.example:81"] }, "10.0.0.5:7390", "http://[::]:5000");
        Assert.Equal(["http outside.example:80", "http-81 outside.example:81"], record!.Endpoints.Select(one => $"{one.Name} {one.Host}:{one.Port}"));
    }

    [Fact]
    public void The_application_is_the_service_unless_it_is_said_otherwise()
    {
        Assert.Equal(("app", "node"), (Describe(new(), "10.0.0.5:7390", "http://*:1")!.Service, Describe(new(), "10.0.0.5:7390", "http://*:1")!.InstanceId));
        Assert.Equal("orders", Describe(new() { Name = "orders" }, "10.0.0.5:7390", "http://*:1")!.Service);
    }

    [Theory]
    [InlineData(null, "", false)]
    [InlineData(true, "", true)]
    [InlineData(null, "http://*:1", true)]
    [InlineData(false, "http://*:1", false)]
    public void A_process_without_endpoints_only_looks_on_unless_it_is_forced(bool? register, string listening, bool registers) =>
        Assert.Equal(registers, Describe(new() { Register = register }, "10.0.0.5:7390", listening) is not null);

    [Fact]
    public void An_endpoint_may_have_a_name_and_a_protocol()
    {
        var options = new GossipServiceOptions { Endpoints = ["https://*:443", "Admin=http://*:8081", "rpc=https://*:8444;protocol=grpc", "https://*:8445;protocol=amqp"] };
        var record = Describe(options, "10.0.0.5:7390", "");
        Assert.Equal(
            ["https https://10.0.0.5:443 ", "Admin http://10.0.0.5:8081 ", "rpc https://10.0.0.5:8444 grpc", "https-8445 https://10.0.0.5:8445 amqp"],
            record!.Endpoints.Select(one => $"{one.Name} {one} {one.Protocol}"));
    }

    [Fact]
    public void A_name_that_was_given_is_not_given_again_to_an_endpoint_without_one()
    {
        var record = Describe(new GossipServiceOptions { Endpoints = ["http://*:80", "HTTP=http://*:81"] }, "10.0.0.5:7390", "");
        Assert.Equal(["http-80", "HTTP"], record!.Endpoints.Select(one => one.Name));
    }

    [Fact]
    public void It_tells_where_it_runs_what_it_needs_and_whom_it_serves()
    {
        var options = new GossipServiceOptions { Zone = "z", Region = "eu", DependsOn = ["payments"], AuthorizedRoles = ["clerk"] };
        var record = Describe(options, "10.0.0.5:7390", "http://*:1")!;
        Assert.Equal(("z", "eu", "Production", Environment.MachineName), (record.Zone, record.Region, record.Environment, record.Host));
        Assert.Equal(("payments", "clerk"), (Assert.Single(record.DependsOn), Assert.Single(record.AuthorizedRoles)));
        Assert.Equal("Blue", Describe(new() { Environment = "Blue" }, "10.0.0.5:7390", "http://*:1")!.Environment);
    }

    [Fact]
    public void What_changes_in_the_configuration_changes_and_what_the_application_changed_stays()
    {
        var before = new GossipServiceOptions { Version = "1", Weight = 100, Tags = ["a"], Metadata = new() { ["team"] = "blue", ["gone"] = "x", ["same"] = "y" } };
        var after = new GossipServiceOptions { Version = "2", Weight = 100, Tags = ["b"], Metadata = new() { ["team"] = "red", ["same"] = "y" }, AuthorizedRoles = ["clerk"] };
        var record = Describe(before, "10.0.0.5:7390", "http://*:1")! with { Weight = 7 };
        record = record with { Metadata = new Dictionary<string, string>(record.Metadata) { ["own"] = "z" } };

        var changed = OwnService.Apply(record, before, after, new Application("app", "Production"));

        Assert.Equal(("2", 7, "b", "clerk"), (changed.Version, changed.Weight, Assert.Single(changed.Tags), Assert.Single(changed.AuthorizedRoles)));
        Assert.Equal(["own z", "same y", "team red"], changed.Metadata.Select(pair => $"{pair.Key} {pair.Value}").Order());
        Assert.Same(record.Metadata, OwnService.Apply(record, before, before, new Application("app", "Production")).Metadata);
    }

    private ServiceRecord? Describe(GossipServiceOptions options, string advertised, string listening)
    {
        var address = TestPorts.Peer(advertised);
        var identity = new NodeIdentity(new MemberId(1), "node", "c", address, address, "");
        return OwnService.Describe(options, identity, new Application("app", "Production"), listening.Split(' ', StringSplitOptions.RemoveEmptyEntries), _log.CreateLogger(""));
    }
}
