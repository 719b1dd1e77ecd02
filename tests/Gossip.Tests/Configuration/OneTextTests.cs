using System.Text;
using Gossip.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Gossip.Tests.Configuration;

/// <summary>Lists and pairs as one text, as environment variables give them, and what JSON can say that is no text: nothing is passed over.</summary>
public sealed class OneTextTests
{
    [Theory]
    [InlineData("team=blue", "team=blue")]
    [InlineData("team=blue, tier=1", "team=blue tier=1")]
    [InlineData(" team = blue ,", "team=blue")]
    [InlineData("query=a=b", "query=a=b")]
    [InlineData("flag=", "flag=")]
    [InlineData("", "")]
    public void Pairs_may_be_one_text(string text, string expected)
    {
        var options = Read(("Gossip:Service:Metadata", text));
        Assert.Empty(options.Problems);
        Assert.Equal(expected, string.Join(' ', options.Service.Metadata.Select(pair => $"{pair.Key}={pair.Value}").Order()));
    }

    [Fact]
    public async Task A_policy_may_be_one_text()
    {
        await using var host = TestHost.Build(configuration: [new("Gossip:Balancing:Policies", "pay=round-robin,Stock=random")]);
        var options = host.Services.GetRequiredService<IOptions<GossipOptions>>().Value;
        Assert.Equal(("round-robin", "random"), (options.Balancing.Policies["PAY"], options.Balancing.Policies["stock"]));
    }

    [Fact]
    public void Pairs_in_one_text_add_to_those_with_keys_of_their_own_and_have_the_last_word()
    {
        var options = Read(("Gossip:Service:Metadata:team", "red"), ("Gossip:Service:Metadata:owner", "x"), ("Gossip:Service:Metadata", "team=blue"));
        Assert.Equal(["owner=x", "team=blue"], options.Service.Metadata.Select(pair => $"{pair.Key}={pair.Value}").Order());
    }

    [Fact]
    public void A_list_in_one_text_takes_the_place_of_items_and_an_empty_text_does_not()
    {
        Assert.Equal(["c", "d"], Read(("Gossip:Seeds:0", "a"), ("Gossip:Seeds", "c, d")).Seeds);
        Assert.Equal(["a"], Read(("Gossip:Seeds:0", "a"), ("Gossip:Seeds", "")).Seeds);
    }

    [Theory]
    [InlineData("Service:Metadata", "blue", "Gossip:Service:Metadata is 'blue'; it must be pairs with a name each, such as team=blue,tier=1; or give each a key of its own.")]
    [InlineData("Service:Metadata", "=blue", "Gossip:Service:Metadata is '=blue'; it must be pairs")]
    [InlineData("Service:Metadata", "team=blue,team=red", "Gossip:Service:Metadata is 'team=blue,team=red'; it must be pairs with a name each")]
    [InlineData("Balancing:Policies", "round-robin", "Gossip:Balancing:Policies is 'round-robin'; it must be pairs")]
    [InlineData("Balancing:Policies", "pay=fair", "Gossip:Balancing:Policies:pay is 'fair'; it must be p2c, round-robin,")]
    [InlineData("Service:Metadata:team:color", "blue", "Gossip:Service:Metadata:team is 'a section with keys of its own'; it must be a text.")]
    [InlineData("Service:Tags:0:color", "blue", "Gossip:Service:Tags:0 is 'a section with keys of its own'; it must be a text.")]
    [InlineData("AdvertiseAddress", "224.0.0.1", "Gossip:AdvertiseAddress is '224.0.0.1'; it must be an IP address at which the others reach this node")]
    [InlineData("AdvertiseAddress", "255.255.255.255:7390", "Gossip:AdvertiseAddress is '255.255.255.255:7390'; it must be an IP address")]
    [InlineData("AdvertiseAddress", "ff02::1", "Gossip:AdvertiseAddress is 'ff02::1'; it must be an IP address")]
    [InlineData("AdvertiseAddress", "::ffff:0.0.0.0", "Gossip:AdvertiseAddress is '::ffff:0.0.0.0'; it must be an IP address")]
    [InlineData("AdvertiseAddress", "7390", "Gossip:AdvertiseAddress is '7390'; it must be an IP address")]
    [InlineData("BindAddress", "224.0.0.1", "Gossip:BindAddress is '224.0.0.1'; it must be an IP address of this machine, 0.0.0.0 or ::.")]
    [InlineData("Seeds", "0.0.0.0", "Gossip:Seeds:0 is '0.0.0.0', which is no address of one machine; it must be that of another node")]
    [InlineData("Seeds", "127.0.0.1, 224.0.0.1:7390", "Gossip:Seeds:1 is '224.0.0.1:7390', which is no address of one machine")]
    [InlineData("AddressBook", "a\0b", "Gossip:AddressBook is 'a\0b'; it must be the path of a file, or 'none'.")]
    public async Task A_mistake_is_told_with_key_value_and_remedy(string key, string value, string message)
    {
        var settings = new Dictionary<string, string?> { ["Gossip:" + key] = value, ["Gossip:AllowInsecure"] = "true" };
        await using var host = TestHost.Build(configuration: settings);
        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.StartsWith(message, Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Gossip": { "Service": { "Metadata": { "team": null } } } }""", "Gossip:Service:Metadata:team is null; leave it out, or set it to a text.")]
    [InlineData("""{ "Gossip": { "Service": { "Tags": ["a", null] } } }""", "Gossip:Service:Tags:1 is null; leave it out, or set it to a text.")]
    [InlineData("""{ "Gossip": "cluster" }""", "Gossip is 'cluster'; it must be a section with keys of its own, such as Gossip:Cluster.")]
    [InlineData("""{ "Gossip": { "Port": 7390, "Port:Number": 1 } }""", "Gossip:Port is 'a section with keys of its own'; it must be a whole number.")]
    public void What_a_file_says_that_is_no_text_is_told_by_its_key(string json, string problem) => Assert.Equal(problem, Assert.Single(ReadJson(json).Problems));

    [Theory]
    [InlineData("""{ "Gossip": { "Seeds": null, "Port": null, "Service": null } }""")]
    [InlineData("""{ "Gossip": { "Seeds": [], "Service": { "Metadata": {} }, "Balancing": {} } }""")]
    [InlineData("""{ "Gossip": {} }""")]
    public void What_a_file_leaves_empty_is_not_set(string json)
    {
        var options = ReadJson(json);
        Assert.Empty(options.Problems);
        Assert.Empty(options.Seeds);
        Assert.Null(options.Port);
    }

    [Fact]
    public void A_policy_set_by_code_is_found_in_whatever_case_it_is_called()
    {
        var options = new GossipBalancingOptions { Policies = new() { ["Pay"] = "random" } };
        Assert.Equal("random", options.Policies["pay"]);
    }

    private static GossipOptions Read(params (string Key, string Value)[] settings) =>
        Read(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build());

    private static GossipOptions ReadJson(string json) => Read(new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build());

    private static GossipOptions Read(IConfiguration configuration)
    {
        var options = new GossipOptions();
        new OptionsReader(configuration.GetSection(GossipOptions.SectionName), Options.DefaultName).Configure(options);
        return options;
    }
}
