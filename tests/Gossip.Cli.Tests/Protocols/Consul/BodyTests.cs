using System.Text;
using Gossip.Cli.Protocols.Consul;
using Gossip.Cli.Protocols.Consul.Model;

namespace Gossip.Cli.Tests.Protocols.Consul;

/// <summary>Foreign bodies: whatever they are, they are read or refused, and nothing throws.</summary>
public sealed class BodyTests
{
    private static readonly string[] Seeds =
    [
        """{ "ID": "web-1", "Name": "web", "Tags": ["a", null], "Address": "10.1.2.3", "Port": 8080, "Meta": {"k": "v"}, "Weights": {"Passing": 1, "Warning": 1}, "Check": {"TTL": "10s", "Status": "passing"} }""",
        """{ "name": "web", "checks": [ { "http": "http://127.0.0.1/", "interval": "10s", "header": {"a": ["b"]} }, { "tcp": "localhost:1", "interval": 1000000000 }, { "grpc": "127.0.0.1:1/s", "interval": "1h" } ] }""",
        """{ "Node": "n", "Address": "10.0.0.1", "NodeMeta": {"a": "b"}, "Service": { "ID": "s", "Service": "s", "Port": 1 }, "Checks": [ { "CheckID": "c", "Status": "passing" } ] }""",
        """{ "Status": "passing", "Output": "\ud800" }""",
    ];

    [Law(usual: 3_000)]
    internal void A_body_of_any_bytes_is_read_or_refused(Seed seed)
    {
        var random = new Random((int)seed.Value);
        var bytes = Encoding.UTF8.GetBytes(Seeds[random.Next(Seeds.Length)]);
        for (var change = random.Next(6); change > 0 && bytes.Length > 0; change--)
        {
            var at = random.Next(bytes.Length);
            if (random.Next(4) == 0)
                bytes = [.. bytes[..at], .. bytes[random.Next(bytes.Length)..]];
            else
                bytes[at] = (byte)"{}[]\":,0-9eEnull\\u\0\xFFaé"[random.Next(20)];
        }

        Assert.True((ServiceReader.Read(bytes, out var refusal) is null) == (refusal is not null));
        Assert.True((CheckReader.Read(bytes, out refusal) is null) == (refusal is not null));
        Assert.True((CatalogReader.ReadEntry(bytes, "dc1", out refusal) is null) == (refusal is not null));
        Assert.True((CatalogReader.ReadRemoval(bytes, "dc1", out refusal) is null) == (refusal is not null));
    }

    [Theory]
    [InlineData(16, 400)]
    [InlineData(100_000, 400)]
    public void A_body_that_is_nested_deeply_is_refused(int depth, int status)
    {
        var body = Encoding.UTF8.GetBytes("""{ "Name": "a", "Meta": """ + string.Concat(Enumerable.Repeat("{ \"a\": ", depth)) + "1" + new string('}', depth + 1));
        Assert.Null(ServiceReader.Read(body, out var refusal));
        Assert.Equal(status, refusal!.Status);
    }

    [Theory]
    [InlineData("10s", 10_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("-5s", -5_000)]
    [InlineData("200ms", 200)]
    [InlineData("120000ms", 120_000)]
    [InlineData("0", 0)]
    [InlineData("2us", 0.002)]
    public void Durations_are_those_of_Go(string text, double milliseconds)
    {
        Assert.Null(DurationText.Read(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("10", "missing unit")]
    [InlineData("", "invalid duration")]
    [InlineData("-", "invalid duration")]
    [InlineData("1 s", "unknown unit")]
    [InlineData("1x", "unknown unit")]
    [InlineData("1.2.3s", "invalid duration")]
    [InlineData("99999999999999999999h", "invalid duration")]
    public void What_is_no_duration_is_told(string text, string expected) => Assert.Contains(expected, DurationText.Read(text, out _), StringComparison.Ordinal);
}
