using System.Net;
using System.Reflection;
using Gossip.Configuration;
using Gossip.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Gossip.Tests.Configuration;

public sealed class OptionsTests
{
    private const string Key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    [Fact]
    public async Task Nothing_needs_to_be_set()
    {
        await using var host = TestHost.Build();
        Assert.Equal("default", host.Services.GetRequiredService<IOptions<GossipOptions>>().Value.Cluster);
    }

    [Fact]
    public async Task Every_setting_is_read()
    {
        await using var host = TestHost.Build(configuration: new Dictionary<string, string?>
        {
            ["Gossip:Cluster"] = "prod", ["Gossip:NodeName"] = "orders-1", ["Gossip:BindAddress"] = "0.0.0.0", ["Gossip:Port"] = "7001",
            ["Gossip:AdvertiseAddress"] = "10.1.2.3:7002", ["Gossip:Key"] = Key, ["Gossip:AllowInsecure"] = "true",
            ["Gossip:Seeds:0"] = "one", ["Gossip:Seeds:1"] = "two:7003", ["Gossip:Zone"] = "z1", ["Gossip:UseMdns"] = "false",
            ["Gossip:Service:Name"] = "orders", ["Gossip:Service:Version"] = "1.2", ["Gossip:Service:Weight"] = "50", ["Gossip:Service:Register"] = "false",
            ["Gossip:Service:Tags"] = "a, b", ["Gossip:Service:Metadata:team"] = "blue", ["Gossip:Service:Endpoints:0"] = "https://orders:8443",
            ["Gossip:Service:Host"] = "orders.example", ["Gossip:Protocol:ProbeInterval"] = "2s", ["Gossip:Protocol:ProbeTimeout"] = "00:00:00.3",
            ["Gossip:Protocol:SuspicionAlpha"] = "1.5", ["Gossip:Protocol:Fanout"] = "5",
            ["Gossip:Service:Zone"] = "z2", ["Gossip:Service:Region"] = "eu", ["Gossip:Service:Environment"] = "Blue",
            ["Gossip:Service:DependsOn"] = "payments, stock", ["Gossip:Service:AuthorizedRoles:0"] = "clerk",
            ["Gossip:SyncTimeout"] = "3s", ["Gossip:DependenciesTimeout"] = "1m",
            ["Gossip:Health:Enabled"] = "false", ["Gossip:Health:Tag"] = "ready", ["Gossip:Health:Period"] = "1s", ["Gossip:Health:Timeout"] = "2s",
            ["Gossip:Health:UnhealthyThreshold"] = "3", ["Gossip:Health:HealthyThreshold"] = "4",
            ["Gossip:Drain:ProofTimeout"] = "1s", ["Gossip:Drain:QuietPeriod"] = "50ms", ["Gossip:Drain:RequestTimeout"] = "7s",
            ["Gossip:Balancing:Policy"] = "random", ["Gossip:Balancing:Policies:Ledger"] = "consistent-hash", ["Gossip:Balancing:ZoneFirst"] = "false",
            ["Gossip:Balancing:SubsetSize"] = "20", ["Gossip:Balancing:SlowStart"] = "30s", ["Gossip:Balancing:ConsecutiveFailures"] = "3",
            ["Gossip:Balancing:BaseEjectionTime"] = "2s", ["Gossip:Balancing:MaxEjectionTime"] = "1m", ["Gossip:Balancing:MaxEjectionRatio"] = "0.25",
        });
        var read = host.Services.GetRequiredService<IOptions<GossipOptions>>().Value;

        Assert.Equal(("prod", "orders-1", "0.0.0.0", 7001, "10.1.2.3:7002", Key), (read.Cluster, read.NodeName, read.BindAddress, read.Port, read.AdvertiseAddress, read.Key));
        Assert.Equal(("z1", true, false), (read.Zone, read.AllowInsecure, read.UseMdns));
        Assert.Equal(["one", "two:7003"], read.Seeds);
        Assert.Equal(("orders", "1.2", 50, false, "orders.example"), (read.Service.Name, read.Service.Version, read.Service.Weight, read.Service.Register, read.Service.Host));
        Assert.Equal(["a", "b"], read.Service.Tags);
        Assert.Equal(["https://orders:8443"], read.Service.Endpoints);
        Assert.Equal("blue", read.Service.Metadata["team"]);
        Assert.Equal((TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(300)), (read.Protocol.ProbeInterval, read.Protocol.ProbeTimeout));
        Assert.Equal((1.5, 5), (read.Protocol.SuspicionAlpha, read.Protocol.Fanout));
        Assert.Equal(("z2", "eu", "Blue", "clerk"), (read.Service.Zone, read.Service.Region, read.Service.Environment, Assert.Single(read.Service.AuthorizedRoles)));
        Assert.Equal(["payments", "stock"], read.Service.DependsOn);
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromMinutes(1)), (read.SyncTimeout, read.DependenciesTimeout));
        Assert.Equal((false, "ready", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), 3, 4),
            (read.Health.Enabled, read.Health.Tag, read.Health.Period, read.Health.Timeout, read.Health.UnhealthyThreshold, read.Health.HealthyThreshold));
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(7)), (read.Drain.ProofTimeout, read.Drain.QuietPeriod, read.Drain.RequestTimeout));
        Assert.Equal(("random", "consistent-hash", false, 20), (read.Balancing.Policy, read.Balancing.Policies["ledger"], read.Balancing.ZoneFirst, read.Balancing.SubsetSize));
        Assert.Equal(
            (TimeSpan.FromSeconds(30), 3, TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(1), 0.25),
            (read.Balancing.SlowStart, read.Balancing.ConsecutiveFailures, read.Balancing.BaseEjectionTime, read.Balancing.MaxEjectionTime, read.Balancing.MaxEjectionRatio));
    }

    [Fact]
    public void Every_property_of_the_options_is_a_setting() => Assert.Equal(
        Settings.All.Select(setting => setting.Key).Order(),
        Properties(typeof(GossipOptions), "").Order());

    [Fact]
    public async Task A_preset_sets_what_is_not_set_besides()
    {
        await using var host = TestHost.Build(configuration: new Dictionary<string, string?>
        {
            ["Gossip:Protocol:Preset"] = "pauses-15s", ["Gossip:Protocol:SuspicionBeta"] = "4",
        });
        var good = new NodeOptions { SecureRandom = System.Security.Cryptography.RandomNumberGenerator.Fill, Id = new MemberId(1), Incarnation = new Incarnation(1), Name = "a", Address = PeerAddress.From(IPAddress.Loopback, 1) };

        var node = host.Services.GetRequiredService<IOptions<GossipOptions>>().Value.Protocol.ApplyTo(good);

        Assert.Equal((TimeSpan.FromSeconds(15), 4.0), (node.SuspicionFloor, node.SuspicionBeta));
        Assert.Equal(good, new GossipProtocolOptions { Preset = "pauses-2s" }.ApplyTo(good));
        Assert.Equal(good, new GossipProtocolOptions().ApplyTo(good));
    }

    [Fact]
    public async Task Code_has_the_last_word()
    {
        await using var host = TestHost.Build(options => options.Cluster = "code", new Dictionary<string, string?> { ["Gossip:Cluster"] = "file" });
        Assert.Equal("code", host.Services.GetRequiredService<IOptions<GossipOptions>>().Value.Cluster);
    }

    [Theory]
    [InlineData("Prot", "7390", "Gossip:Prot is not a setting. Did you mean Gossip:Port?")]
    [InlineData("Seed", "x", "Gossip:Seed is not a setting. Did you mean Gossip:Seeds?")]
    [InlineData("Service:Nmae", "x", "Gossip:Service:Nmae is not a setting. Did you mean Gossip:Service:Name?")]
    [InlineData("Protocol:ProbeIntervall", "1s", "Gossip:Protocol:ProbeIntervall is not a setting. Did you mean Gossip:Protocol:ProbeInterval?")]
    [InlineData("ProbeInterval", "1s", "Gossip:ProbeInterval is not a setting. Did you mean Gossip:Protocol:ProbeInterval?")]
    [InlineData("Drain:Quiet", "1s", "Gossip:Drain:Quiet is not a setting. Did you mean Gossip:Drain:QuietPeriod?")]
    [InlineData("Balancing:EjectFor", "1s", "Gossip:Balancing:EjectFor is not a setting. Remove it; those of its group are Balancing:Policy,")]
    [InlineData("X", "1s", "Gossip:X is not a setting. Remove it; the settings are Cluster, NodeName,")]
    [InlineData("Port", "many", "Gossip:Port is 'many'; it must be a whole number.")]
    [InlineData("Port", "99999", "Gossip:Port is '99999'; it must be 1 to 65535, or 0 for any free port.")]
    [InlineData("Port:Number", "1", "Gossip:Port is 'a section with keys of its own'; it must be a whole number.")]
    [InlineData("AllowInsecure", "perhaps", "Gossip:AllowInsecure is 'perhaps'; it must be true or false.")]
    [InlineData("Protocol:ProbeInterval", "5", "Gossip:Protocol:ProbeInterval is '5'; it must be a time such as 500ms, 2s, 10m, 24h or 00:00:02.")]
    [InlineData("Protocol:ProbeInterval", "2h", "Gossip:Protocol:ProbeInterval is '02:00:00'; it must be 00:00:00.0500000 to 00:01:00.")]
    [InlineData("Protocol:Fanout", "99", "Gossip:Protocol:Fanout is '99'; it must be 1 to 16.")]
    [InlineData("Protocol:Preset", "lan", "Gossip:Protocol:Preset is 'lan'; it must be pauses-2s, pauses-5s, pauses-15s, pauses-30s: how long a process may stop")]
    [InlineData("Protocol:SuspicionFloor", "1h", "Gossip:Protocol:SuspicionFloor is '01:00:00'; it must be 00:00:00 to 00:10:00.")]
    [InlineData("Protocol:SuspicionAlpha", "x", "Gossip:Protocol:SuspicionAlpha is 'x'; it must be a number.")]
    [InlineData("Cluster", "\u0007", "Gossip:Cluster is '\\u0007'; it must be 1 to 128 bytes of UTF-8 without control, format or line separator characters.")]
    [InlineData("NodeName", "a\u0007", "Gossip:NodeName is 'a\\u0007'; it must be 1 to 128 bytes")]
    [InlineData("Zone", "a\u0007", "Gossip:Zone is 'a\\u0007'; it must be at most 64 bytes")]
    [InlineData("BindAddress", "eth0", "Gossip:BindAddress is 'eth0'; it must be an IP address of this machine, 0.0.0.0 or ::.")]
    [InlineData("AdvertiseAddress", "0.0.0.0", "Gossip:AdvertiseAddress is '0.0.0.0'; it must be an IP address at which the others reach this node")]
    [InlineData("AdvertiseAddress", "me", "Gossip:AdvertiseAddress is 'me'; it must be an IP address")]
    [InlineData("Seeds:0", "host:99999", "Gossip:Seeds:0 is 'host:99999'; it must be 'host:port', or 'host' for port 7390.")]
    [InlineData("Seeds:0", "10.1.2.3", "Gossip:Seeds:0 is '10.1.2.3', but this node listens on this machine only, because there is no Gossip:Key.")]
    [InlineData("Service:Name", "\u0007", "Gossip:Service:Name is '\\u0007'; it must be 1 to 128 bytes")]
    [InlineData("Service:Weight", "-1", "Gossip:Service:Weight is -1; it must be 0 to 10000.")]
    [InlineData("Service:Endpoints:0", "orders:80", "Gossip:Service:Endpoints:0 is 'orders:80'; it must be 'scheme://host:port'")]
    [InlineData("Service:Host", "a b", "Gossip:Service:Host is 'a b'; it must be a host name or an IP address.")]
    [InlineData("Service:Endpoints:0", "a b=http://orders:80", "Gossip:Service:Endpoints:0 is 'a b=http://orders:80'; it must be 'scheme://host:port'")]
    [InlineData("Service:Endpoints:0", "http://orders:80;protocol=", "Gossip:Service:Endpoints:0 is 'http://orders:80;protocol='; it must be 'scheme://host:port'")]
    [InlineData("Service:Endpoints", "a=http://orders:80, A=http://orders:81", "Gossip:Service:Endpoints:1 is 'A=http://orders:81', and 'a=http://orders:80' has that name too.")]
    [InlineData("Service:Zone", "a\u0007", "Gossip:Service:Zone is 'a\\u0007'; it must be at most 64 bytes")]
    [InlineData("Service:Region", "a\u0007", "Gossip:Service:Region is 'a\\u0007'; it must be at most 128 bytes")]
    [InlineData("Service:Environment", "a\u0007", "Gossip:Service:Environment is 'a\\u0007'; it must be at most 128 bytes")]
    [InlineData("Service:DependsOn:0", "a\u0007", "Gossip:Service:DependsOn has 'a\\u0007'; each must be 1 to 128 bytes")]
    [InlineData("Service:AuthorizedRoles:0", "a\u0007", "Gossip:Service:AuthorizedRoles has 'a\\u0007'; each must be 1 to 128 bytes")]
    [InlineData("SyncTimeout", "-00:00:05", "Gossip:SyncTimeout is '-00:00:05'; it must be 00:00:00 or longer, or -00:00:00.0010000 for no end.")]
    [InlineData("DependenciesTimeout", "30", "Gossip:DependenciesTimeout is '30'; it must be a time such as 500ms, 2s, 10m, 24h or 00:00:02.")]
    [InlineData("Health:Period", "1ms", "Gossip:Health:Period is '00:00:00.0010000'; it must be 00:00:00.1000000 to 01:00:00.")]
    [InlineData("Health:UnhealthyThreshold", "0", "Gossip:Health:UnhealthyThreshold is '0'; it must be 1 to 100.")]
    [InlineData("Health:Perod", "1s", "Gossip:Health:Perod is not a setting. Did you mean Gossip:Health:Period?")]
    [InlineData("Drain:QuietPeriod", "1h", "Gossip:Drain:QuietPeriod is '01:00:00'; it must be 00:00:00 to 00:10:00.")]
    [InlineData("Balancing:Policy", "p3c", "Gossip:Balancing:Policy is 'p3c'; it must be p2c, round-robin, random, least-loaded, consistent-hash, or a name")]
    [InlineData("Balancing:Policies:orders", "fair", "Gossip:Balancing:Policies:orders is 'fair'; it must be p2c, round-robin,")]
    [InlineData("Balancing:ZoneFirst", "true", "Gossip:Balancing:ZoneFirst is 'true', and this node has no zone. Set Gossip:Zone")]
    [InlineData("Balancing:SubsetSize", "-1", "Gossip:Balancing:SubsetSize is '-1'; it must be the number of instances to call, or 0 for all.")]
    [InlineData("Balancing:SlowStart", "2h", "Gossip:Balancing:SlowStart is '02:00:00'; it must be 00:00:00 to 01:00:00.")]
    [InlineData("Balancing:ConsecutiveFailures", "0", "Gossip:Balancing:ConsecutiveFailures is '0'; it must be 1 to 1000. To eject nobody,")]
    [InlineData("Balancing:BaseEjectionTime", "1ms", "Gossip:Balancing:BaseEjectionTime is '00:00:00.0010000'; it must be 00:00:00.0100000 to 01:00:00.")]
    [InlineData("Balancing:MaxEjectionTime", "500ms", "Gossip:Balancing:MaxEjectionTime is '00:00:00.5000000'; it must be Gossip:Balancing:BaseEjectionTime, which is 00:00:01,")]
    [InlineData("Balancing:MaxEjectionRatio", "50", "Gossip:Balancing:MaxEjectionRatio is '50'; it must be 0 to 1:")]
    [InlineData("Key", "c2hvcnQ=", "Gossip:Key has 8 characters and holds 5 bytes; it must be the base64 of 32 bytes. Make one with 'openssl rand -base64 32'")]
    [InlineData("Key", "not base64!", "Gossip:Key has 11 characters and is not base64; it must be the base64 of 32 bytes.")]
    [InlineData("BindAddress", "0.0.0.0", "Gossip:BindAddress is '0.0.0.0', which others can reach, and there is no Gossip:Key. Make one with 'openssl rand -base64 32' or, in PowerShell,")]
    public async Task A_mistake_is_told_with_key_value_and_remedy(string key, string value, string message)
    {
        await using var host = TestHost.Build(configuration: [new("Gossip:" + key, value)]);
        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        var failure = Assert.Single(error.Failures);
        Assert.StartsWith(message, failure, StringComparison.Ordinal);
        if (key == "Key")
            Assert.DoesNotContain(value, failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_mistakes_are_told_at_once()
    {
        await using var host = TestHost.Build(configuration: new Dictionary<string, string?>
        {
            ["Gossip:Prot"] = "1", ["Gossip:Port"] = "-1", ["Gossip:Key"] = "x", ["Gossip:Protocol:Fanout"] = "0", ["Gossip:Protocol:RelayCount"] = "99",
        });
        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.Equal(5, error.Failures.Count());
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("192.168.77.77")]
    public void Without_a_key_nothing_beyond_loopback_is_allowed_unless_it_is_said(string address)
    {
        var options = new GossipOptions { BindAddress = address };
        var failure = Assert.Single(new OptionsValidator().Validate(null, options).Failures!);
        Assert.Contains("openssl rand -base64 32", failure, StringComparison.Ordinal);
        Assert.Contains("[Convert]::ToBase64String", failure, StringComparison.Ordinal);
        Assert.Contains("Gossip:AllowInsecure", failure, StringComparison.Ordinal);

        options.AllowInsecure = true;
        Assert.True(new OptionsValidator().Validate(null, options).Succeeded);
        options.AllowInsecure = false;
        options.Key = Key;
        Assert.True(new OptionsValidator().Validate(null, options).Succeeded);
    }

    public static TheoryData<string, Action<GossipOptions>> Nulls => new()
    {
        { "Gossip:Seeds", options => options.Seeds = null! },
        { "Gossip:Seeds:1", options => options.Seeds = ["a", null!] },
        { "Gossip:Cluster", options => options.Cluster = null! },
        { "Gossip:Service", options => options.Service = null! },
        { "Gossip:Protocol", options => options.Protocol = null! },
        { "Gossip:Balancing", options => options.Balancing = null! },
        { "Gossip:Balancing:Policy", options => options.Balancing.Policy = null! },
        { "Gossip:Balancing:Policies", options => options.Balancing.Policies = null! },
        { "Gossip:Service:DependsOn", options => options.Service.DependsOn = null! },
        { "Gossip:Service:AuthorizedRoles:0", options => options.Service.AuthorizedRoles = [null!] },
        { "Gossip:Health", options => options.Health = null! },
        { "Gossip:Drain", options => options.Drain = null! },
        { "Gossip:Service:Tags", options => options.Service.Tags = null! },
        { "Gossip:Service:Endpoints:0", options => options.Service.Endpoints = [null!] },
        { "Gossip:Service:Metadata", options => options.Service.Metadata = null! },
        { "Gossip:Service:Metadata:a", options => options.Service.Metadata["a"] = null! },
    };

    [Theory]
    [MemberData(nameof(Nulls))]
    public async Task What_code_sets_to_null_is_told_by_name(string key, Action<GossipOptions> mistake)
    {
        await using var host = TestHost.Build(mistake);
        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.Equal($"{key} is null; leave it out, or set it to a value.", Assert.Single(error.Failures));
    }

    [Fact]
    public void The_messages_about_the_port_name_all_the_well_known_ones() => Assert.Contains(
        "Leave it out for 7390 to 7393, or any", Assert.Single(new OptionsValidator().Validate(null, new GossipOptions { Port = -1 }).Failures!), StringComparison.Ordinal);

    [Fact]
    public void No_key_means_loopback_and_a_key_means_the_network()
    {
        Assert.Equal("127.0.0.1", BindAddress.Of(new GossipOptions()).ToString());
        Assert.Equal("127.0.0.1", BindAddress.Of(new GossipOptions { AllowInsecure = true }).ToString());
        Assert.Equal("0.0.0.0", BindAddress.Of(new GossipOptions { Key = Key }).ToString());
    }

    [Theory]
    [InlineData("10.0.0.1 fe80::1 fd00::1 127.0.0.1 ::1", "0.0.0.0")]
    [InlineData("fd00::1 127.0.0.1 ::1", "::")]
    [InlineData("127.0.0.1 ::1", "0.0.0.0")]
    [InlineData("", "0.0.0.0")]
    public void With_a_key_a_machine_that_others_reach_by_IPv6_alone_listens_there(string machine, string expected)
    {
        var addresses = machine.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse).ToArray();
        Assert.Equal(expected, BindAddress.Of(new GossipOptions { Key = Key }, addresses).ToString());
        Assert.Equal("0.0.0.0", BindAddress.Of(new GossipOptions { Key = Key, BindAddress = "0.0.0.0" }, addresses).ToString());
        Assert.Equal("127.0.0.1", BindAddress.Of(new GossipOptions(), addresses).ToString());
    }

    [Theory]
    [InlineData("127.0.0.1 ::1", "127.0.0.1")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("", "127.0.0.1")]
    public void Without_a_key_the_loopback_address_that_the_machine_has_is_taken(string machine, string expected) =>
        Assert.Equal(expected, OwnLoopback.Choose(address => machine.Split(' ').Contains(address.ToString())).ToString());

    [Fact]
    public async Task An_explicit_port_that_is_taken_is_an_error_with_a_remedy()
    {
        await using var cluster = new TestCluster();
        var first = await cluster.StartOneAsync("a");
        var port = first.Identity.Local.Port;
        await using var second = TestHost.Build(options => options.Port = port);
        var error = await Assert.ThrowsAsync<OptionsValidationException>(second.StartAsync);
        Assert.StartsWith($"Gossip:Port is '{port}', and that port is taken at 127.0.0.1 (UDP or TCP). Choose another", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_not_of_this_machine_is_an_error_that_lists_those_that_are()
    {
        await using var host = TestHost.Build(options => (options.BindAddress, options.Key) = ("192.0.2.77", Key));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.StartsWith("Gossip:BindAddress is '192.0.2.77', which is no address of this machine. It has ", error.Message, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Properties(Type type, string prefix)
    {
        foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (property.PropertyType.Namespace == nameof(Gossip))
            {
                foreach (var nested in Properties(property.PropertyType, $"{property.Name}:"))
                    yield return nested;
            }
            else
            {
                yield return prefix + property.Name;
            }
        }
    }
}
