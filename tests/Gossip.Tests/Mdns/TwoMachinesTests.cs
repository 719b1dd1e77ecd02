namespace Gossip.Tests.Mdns;

/// <summary>Whole nodes, each in a process of its own, on two machines that a cable joins: one secret is all they are told.</summary>
public sealed class TwoMachinesTests
{
    private const string Key = "Key=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private const string OtherKey = "Key=AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    [PeerFact("netns")]
    public async Task With_a_key_they_find_each_other_by_mdns_and_a_goodbye_is_heard()
    {
        await using var network = await MdnsNetwork.StartAsync(avahi: false);
        var orders = network.StartService(network.First, "NodeName=orders", Key);
        var payments = network.StartService(network.Second, "NodeName=payments", Key);

        await orders.LineAsync(line => line == "members: orders payments");
        await payments.LineAsync(line => line == "members: orders payments");

        await payments.EndInputAsync();
        await orders.LineAfterAsync("members: orders payments", line => line == "members: orders");
    }

    [PeerFact("netns")]
    public async Task Without_a_key_the_start_beyond_loopback_is_refused_and_the_message_tells_how_to_make_one()
    {
        await using var network = await MdnsNetwork.StartAsync(avahi: false);

        var refused = network.StartService(network.First, "NodeName=orders", "BindAddress=0.0.0.0");

        var line = await refused.LineAsync(line => line.StartsWith("refused:", StringComparison.Ordinal));
        Assert.Contains("Gossip:BindAddress is '0.0.0.0'", line);
        Assert.Contains("openssl rand -base64 32", line);
    }

    [PeerFact("netns")]
    public async Task Nodes_of_another_key_or_cluster_on_the_same_cable_are_left_alone()
    {
        await using var network = await MdnsNetwork.StartAsync(avahi: false);
        var orders = network.StartService(network.First, "NodeName=orders", Key);
        var stranger = network.StartService(network.Second, "NodeName=stranger", OtherKey);
        var foreigner = network.StartService(network.Second, "NodeName=foreigner", "Cluster=other", Key);
        var payments = network.StartService(network.Second, "NodeName=payments", Key);

        await orders.LineAsync(line => line == "members: orders payments");
        await payments.LineAsync(line => line == "members: orders payments");

        // The empty line is their own goodbye.
        Assert.Equal(["members: stranger", "members: "], await stranger.EndAsync());
        Assert.Equal(["members: foreigner", "members: "], await foreigner.EndAsync());
        Assert.DoesNotContain(await orders.EndAsync(), line => line.Contains("stranger", StringComparison.Ordinal) || line.Contains("foreigner", StringComparison.Ordinal));
    }
}
