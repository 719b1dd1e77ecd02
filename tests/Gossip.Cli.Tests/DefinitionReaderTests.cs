using Gossip.Cli.Agent.Definitions;

namespace Gossip.Cli.Tests;

public sealed class DefinitionReaderTests
{
    [Fact]
    public void A_definition_says_all_that_a_record_has()
    {
        var read = Definitions.Read("""
            {
              // Comments and a comma at the end are people's.
              "id": "payments-1", "name": "payments", "version": "2.1.0", "weight": 50, "zone": "eu-1a", "region": "eu", "environment": "Production",
              "endpoints": [ { "port": 8080 }, { "name": "admin", "scheme": "https", "host": "pay.example", "port": 8443, "protocol": "grpc" } ],
              "tags": [ "eu" ], "metadata": { "team": "blue" }, "dependsOn": [ "ledger" ], "authorizedRoles": [ "clerk" ],
              "drainWait": "5s", "deregisterAfter": "1h", "pidFile": "/run/payments.pid", "unit": "payments.service",
              "checks": [
                { "type": "http", "url": "/health", "status": "200-299", "interval": "5s", "timeout": "1s", "jitter": 0.2, "healthyAfter": 2, "unhealthyAfter": 4 },
                { "type": "ttl", "id": "heartbeat", "ttl": "30s" },
              ],
            }
            """);
        Assert.Equal(("payments-1", "payments", "2.1.0", 50, "eu-1a"), (read.Id, read.Name, read.Version, read.Weight, read.Zone));
        Assert.Equal([new("http", "http", null, 8080, null), new("admin", "https", "pay.example", 8443, "grpc")], read.Endpoints);
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.FromHours(1)), (read.DrainWait, read.DeregisterAfter!.Value));
        Assert.Equal(["unit", "process", "http", "heartbeat"], read.Checks.Select(check => check.Id));
        var http = read.Checks[2];
        Assert.Equal(("http://localhost:8080/health", 2, 4, 0.2), (http.Url!.ToString(), http.HealthyAfter, http.UnhealthyAfter, http.Jitter));
    }

    [Fact]
    public void A_name_is_enough() => Assert.Equal(("web", "web", false), Definitions.Read("""{ "name": "web" }""") is var read ? (read.Id, read.Name, read.IsWatched) : default);

    [Theory]
    [InlineData("{}", "name is not set; it must be the name by which others call the service, such as \"payments\".")]
    [InlineData("{ \"name\": \"a\", \"prot\": 1 }", "prot is no key. Leave it out; there are ")]
    [InlineData("{ \"name\": \"a\", \"tag\": [] }", "tag is no key. Did you mean 'tags'?")]
    [InlineData("{ \"name\": \"a\", \"weight\": \"5\" }", "weight is '5'; it must be a whole number of 0 to 10000, without quotation marks.")]
    [InlineData("{ \"name\": \"a\", \"endpoints\": [ { \"port\": 99999 } ] }", "endpoints[0].port is '99999'; it must be a whole number of 1 to 65535, without quotation marks.")]
    [InlineData("{ \"name\": \"a\", \"endpoints\": [ {} ] }", "endpoints[0].port is not set; it must be the port at which the service listens, such as 8080.")]
    [InlineData("{ \"name\": \"a\", \"drainWait\": 5 }", "drainWait is '5'; it must be a time with its unit, such as \"10s\" or \"500ms\", of 0ms to 300s.")]
    [InlineData("{ \"name\": \"a\", \"pid\": 1, \"pidFile\": \"/x\" }", "pid and pidFile are both set; leave one of them out.")]
    [InlineData("{ \"name\": \"a\", \"pidFile\": \"x.pid\" }", "pidFile is 'x.pid'; it must be the whole path of a file, such as \"/run/payments.pid\".")]
    [InlineData("{ \"name\": \"a\", \"unit\": \"--root=/x\" }", "unit is '--root=/x'; it must be the name of a unit, such as \"payments.service\".")]
    [InlineData("{ \"name\": \"a\", \"checks\": [ { \"type\": \"htp\" } ] }", "checks[0].type is 'htp'; it must be one of http, tcp, grpc, command, ttl, process, unit.")]
    [InlineData("{ \"name\": \"a\", \"checks\": [ { \"type\": \"http\", \"url\": \"/h\" } ] }", "checks[0].url is '/h'; it must be an address, such as")]
    [InlineData("{ \"name\": \"a\", \"checks\": [ { \"type\": \"tcp\" } ] }", "checks[0].port is not set; it must be the port to connect to")]
    [InlineData("{ \"name\": \"a\", \"checks\": [ { \"type\": \"process\" } ] }", "checks[0].type is 'process'; it must be process only where the definition has a pid")]
    [InlineData("{ \"name\": \"a\", \"checks\": [ { \"type\": \"command\", \"command\": [\"test\"] } ] }", "checks[0].command is '[\"test\"]'; it must be a list that begins with the whole path")]
    [InlineData("{ \"name\": \"a\", \"checks\": [ { \"type\": \"ttl\", \"ttl\": \"30s\" }, { \"type\": \"ttl\", \"ttl\": \"30s\" } ] }", "checks[1].id is not set; it must be another than that of a check before it, 'ttl'.")]
    [InlineData("{ \"name\": \"a\\u202Eb\" }", "InstanceId is 'a\\u202Eb'; it must be 1 to 128 bytes of UTF-8")]
    [InlineData("{ \"name\": \"a\", \"name\": \"b\" }", "It is no JSON: Duplicate property 'name'")]
    [InlineData("{ \"name\": ", "It is no JSON: ")]
    [InlineData("{ \"name\": \"\\uD800\" }", "It is no JSON: ")]
    [InlineData("[]", "The whole is no definition;")]
    [InlineData("[ { \"name\": \"a\" }, { \"name\": \"a\" } ]", "id is 'a' more than once; give each an id of its own.")]
    [InlineData("[ 1 ]", "[0] is no definition; write an object")]
    public void What_is_wrong_is_told_with_the_key_the_value_and_what_to_write(string json, string expected) =>
        Assert.StartsWith(expected, Definitions.ProblemsOf(json)[0], StringComparison.Ordinal);

    [Fact]
    public void All_mistakes_are_told_at_once() => Assert.Equal(
        3, Definitions.ProblemsOf("""{ "name": "a", "weight": -1, "tags": "eu", "endpoints": [ { "port": 0 } ] }""").Count);

    [Fact]
    public void Where_programs_may_not_be_named_the_reason_is_told() => Assert.Contains(
        "others may write the file",
        Definitions.ProblemsOf("""{ "name": "a", "checks": [ { "type": "command", "command": [ "/bin/true" ] } ] }""", "others may write the file")[0],
        StringComparison.Ordinal);

    /// <summary>Foreign bytes: what is nearly a definition is refused by words, and never by an exception.</summary>
    [Law]
    internal bool Nothing_that_is_read_throws(Seed seed)
    {
        var random = new Random((int)seed.Value);
        const string Good = """{"name":"a","endpoints":[{"port":80,"scheme":"http"}],"metadata":{"a":"b"},"checks":[{"type":"http","url":"/","status":"200"},{"type":"ttl","ttl":"3s"}],"pid":4}""";
        var bytes = System.Text.Encoding.UTF8.GetBytes(Good);
        for (var changes = random.Next(1, 6); changes > 0; changes--)
            bytes[random.Next(bytes.Length)] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => (byte)"{}[]\",:-0e"[random.Next(10)], _ => bytes[random.Next(bytes.Length)] };
        var problems = new List<string>();
        var read = new DefinitionReader("a test", null).Read(bytes, problems);
        return read.Count > 0 == (problems.Count == 0);
    }
}
