using System.Text;
using Gossip.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Gossip.Tests.Configuration;

/// <summary>Lists, pairs and sections that are written as one another: nothing is dropped or renamed without a word.</summary>
public sealed class ShapeTests
{
    [Theory]
    [InlineData("""{ "Service": { "Endpoints": { "admin": "http://*:8081" } } }""",
        "Gossip:Service:Endpoints:admin is 'http://*:8081', and Gossip:Service:Endpoints is a list, whose items have no names; write 'admin=http://*:8081' in a list.")]
    [InlineData("""{ "Service": { "Endpoints": { "rpc": { "Url": "http://*:1" } } } }""",
        "Gossip:Service:Endpoints:rpc is 'a section with keys of its own', and Gossip:Service:Endpoints is a list, whose items have no names; write 'admin=http://*:8081' in a list.")]
    [InlineData("""{ "Service": { "Tags": { "eu": true } } }""",
        "Gossip:Service:Tags:eu is 'True', and Gossip:Service:Tags is a list, whose items have no names; write 'eu' in a list.")]
    [InlineData("""{ "Service": { "DependsOn": { "first": "payments" } } }""",
        "Gossip:Service:DependsOn:first is 'payments', and Gossip:Service:DependsOn is a list, whose items have no names; write 'payments' in a list.")]
    [InlineData("""{ "Seeds": { "host": "db", "port": 7390 } }""",
        "Gossip:Seeds:host is 'db', and Gossip:Seeds is a list, whose items have no names; write 'host:port' in a list.",
        "Gossip:Seeds:port is '7390', and Gossip:Seeds is a list, whose items have no names; write 'host:port' in a list.")]
    [InlineData("""{ "Mdns": { "Interfaces": { "eth0": null } } }""",
        "Gossip:Mdns:Interfaces:eth0 is 'null', and Gossip:Mdns:Interfaces is a list, whose items have no names; write 'eth0' in a list.")]
    [InlineData("""{ "Service": { "Metadata": ["blue", "1"] } }""",
        "Gossip:Service:Metadata:0 is 'blue', an item of a list; it must be pairs with a name each, such as team=blue,tier=1; or give each a key of its own.",
        "Gossip:Service:Metadata:1 is '1', an item of a list; it must be pairs with a name each, such as team=blue,tier=1; or give each a key of its own.")]
    [InlineData("""{ "Service": { "Metadata": [{ "team": "blue" }] } }""",
        "Gossip:Service:Metadata:0 is 'a section with keys of its own', an item of a list; it must be pairs with a name each, such as team=blue,tier=1; or give each a key of its own.")]
    [InlineData("""{ "Balancing": { "Policies": ["round-robin"] } }""",
        "Gossip:Balancing:Policies:0 is 'round-robin', an item of a list; it must be pairs with a name each, such as payments=round-robin,stock=random; or give each a key of its own.")]
    [InlineData("""{ "Service": "payments" }""", "Gossip:Service is 'payments'; it must be a section with keys of its own, such as Gossip:Service:Name.")]
    [InlineData("""{ "Service": ["payments"] }""", "Gossip:Service:0 is 'payments', an item of a list; it must be below a key with a name, such as Gossip:Service:Name.")]
    [InlineData("""["prod"]""", "Gossip:0 is 'prod', an item of a list; it must be below a key with a name, such as Gossip:Cluster.")]
    [InlineData("""{ "Balancing": "random" }""", "Gossip:Balancing is 'random'; it must be a section with keys of its own, such as Gossip:Balancing:Policy.")]
    [InlineData("""{ "Mdns": false }""", "Gossip:Mdns is 'False'; it must be a section with keys of its own, such as Gossip:Mdns:Interfaces, or Gossip:UseMdns.")]
    [InlineData("""{ "Protocol": "pauses-5s" }""", "Gossip:Protocol is 'pauses-5s'; it must be a section with keys of its own, such as Gossip:Protocol:Preset.")]
    [InlineData("""{ "Health": false }""", "Gossip:Health is 'False'; it must be a section with keys of its own, such as Gossip:Health:Enabled.")]
    [InlineData("""{ "Service": { "Tags": "a,,b" } }""", "Gossip:Service:Tags is 'a,,b', and between its commas one part is empty; write what is missing, or leave out the comma.")]
    [InlineData("""{ "Seeds": ",db:7390" }""", "Gossip:Seeds is ',db:7390', and between its commas one part is empty; write what is missing, or leave out the comma.")]
    [InlineData("""{ "Service": { "Metadata": "a=1, ,b=2" } }""", "Gossip:Service:Metadata is 'a=1, ,b=2', and between its commas one part is empty; write what is missing, or leave out the comma.")]
    [InlineData("""{ "Service": { "Tags": [""] } }""", "Gossip:Service:Tags:0 is ''; leave it out, or set it to a text.")]
    [InlineData("""{ "Seeds": ["db", " "] }""", "Gossip:Seeds:1 is ' '; leave it out, or set it to a text.")]
    public async Task What_has_the_wrong_shape_is_told_by_its_key_with_what_to_write(string section, params string[] problems)
    {
        var configuration = Json(section);
        await using var host = TestHost.Build(configuration: configuration.AsEnumerable());
        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.Equal(problems, error.Failures);
    }

    [Theory]
    [InlineData("""{ "Service": { "Tags": { "0": "a", "1": "b" } } }""", "a b", "")]
    [InlineData("""{ "Service": { "Tags": { "3": "b", "1": "a" } } }""", "a b", "")]
    [InlineData("""{ "Service": { "Tags": "a, b," } }""", "a b", "")]
    [InlineData("""{ "Service": { "Tags": [], "Metadata": {} } }""", "", "")]
    [InlineData("""{ "Service": { "Metadata": { "0": "zero", "team": "blue" } } }""", "", "0=zero team=blue")]
    [InlineData("""{ "Service": { "Metadata": { "443": "tls" } } }""", "", "443=tls")]
    public void What_has_the_right_shape_is_read(string section, string tags, string metadata)
    {
        var options = new GossipOptions();
        new OptionsReader(Json(section).GetSection(GossipOptions.SectionName), Options.DefaultName).Configure(options);
        Assert.Empty(options.Problems);
        Assert.Equal(tags, string.Join(' ', options.Service.Tags));
        Assert.Equal(metadata, string.Join(' ', options.Service.Metadata.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void An_empty_tag_that_code_sets_is_told_by_the_key_that_there_is()
    {
        var options = new GossipOptions();
        options.Service.Tags.Add("");
        var failure = Assert.Single(new OptionsValidator().Validate(null, options).Failures!);
        Assert.StartsWith("Gossip:Service:Tags has ''; each must be 1 to 128 bytes", failure, StringComparison.Ordinal);
    }

    /// <summary>A key against strangers among them, which the node would start without.</summary>
    [Theory]
    [InlineData("Gosip:Key", "Gosip:Key is read by nobody. Did you mean Gossip:Key?")]
    [InlineData("gosspi:service:name", "gosspi:service is read by nobody. Did you mean Gossip:service?")]
    public async Task A_section_whose_name_is_misspelled_is_told_without_its_values(string key, string problem)
    {
        await using var host = TestHost.Build(configuration: [new(key, "secret")]);
        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.Equal([problem], error.Failures);
    }

    [Theory]
    [InlineData("Gossip2:Key")]
    [InlineData("Gosip:Colour")]
    [InlineData("Gopher:Key")]
    public void Sections_of_others_are_left_alone(string key)
    {
        var options = new GossipOptions();
        var all = new ConfigurationBuilder().AddInMemoryCollection([new(key, "x")]).Build();
        new OptionsReader(all.GetSection(GossipOptions.SectionName), Options.DefaultName, all).Configure(options);
        Assert.Empty(options.Problems);
    }

    private static IConfigurationRoot Json(string section) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes($$"""{ "Gossip": {{section}} }"""))).Build();
}
