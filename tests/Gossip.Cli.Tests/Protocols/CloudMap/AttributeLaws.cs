using System.Net;
using Gossip.Cli.Agent;
using Gossip.Cli.Protocols.CloudMap.Model;

namespace Gossip.Cli.Tests.Protocols.CloudMap;

/// <summary>What a client says of its instance at one agent, readers of every other agent are told as it was said.</summary>
public sealed class AttributeLaws
{
    private static readonly (string Key, string[] Values)[] Given =
    [
        (InstanceAttributes.IPv4, ["10.1.2.3", "127.0.0.1", "010.1.2.3", "10.1", "0x7f.0.0.1", "::1", ""]),
        (InstanceAttributes.IPv6, ["fd00::17", "FD00::0017", "::ffff:10.1.2.3", "[::1]", "[::1]:80", "fe80::1%eth0", "10.1.2.3"]),
        (InstanceAttributes.CanonicalName, ["db.example", "DB.Example", "db.example.", "10.1.2.3", "a b", "заказы", "x_y"]),
        (InstanceAttributes.Port, ["1", "80", "65535", "080", "0", "65536", "+80", " 80", "٨٠"]),
        (InstanceAttributes.InitialHealth, ["HEALTHY", "UNHEALTHY", "healthy"]),
        ("scheme", ["http", "https", "amqp", "a b", "", "9p"]),
        ("secure", ["true", "false"]),
        ("version", ["1.2.3", "", "x\ny"]),
        ("zone", ["east", "", "a zone with a name of more than sixty-four bytes, which no record has room for"]),
        ("k", ["v", "", "\u202e", "é"]),
    ];

    [Law(usual: 2_000, nightly: 50_000)]
    internal void What_is_taken_is_told_as_it_was_said(Seed seed)
    {
        var random = new Random((int)seed.Value);
        var attributes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, values) in Given.Where(_ => random.Next(3) == 0))
            attributes[key] = values[random.Next(random.Next(4) == 0 ? values.Length : 2)];
        if (InstanceAttributes.ProblemOf(attributes) is not null)
            return;
        var what = new InstanceRegistration { Service = "web", InstanceId = "i-1", Attributes = attributes };
        var definition = CloudMapDefinitions.Of(what);
        if (CloudMapDefinitions.ProblemOf(definition) is not null)
            return;
        var record = RecordTemplate.Of(definition, IPAddress.Parse("10.9.9.9"), ServiceState.Ready, null, new ServiceLease { Agent = "a@h" });
        var instance = ServiceInstance.Create(record, "n1");
        var read = InstanceAttributes.Of(instance);
        Assert.All(attributes, pair => Assert.Equal(pair.Value, read.GetValueOrDefault(pair.Key)));
        // Beside it they are told what it comes to: where the agent is, and what is spoken there.
        Assert.All(read.Keys.Except(attributes.Keys), key => Assert.Contains(key, new[] { InstanceAttributes.IPv4, "scheme" }));
        Assert.Equal("i-1", CloudMapNames.InstanceIdOf(instance));
        Assert.Equal(attributes.ContainsKey(InstanceAttributes.Port), instance.Endpoints.Count == 1);
    }
}
