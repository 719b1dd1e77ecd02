using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Gossip.Cli.Protocols.Eureka.Model;
using Gossip.Cli.Protocols.Eureka.Wire;

namespace Gossip.Cli.Tests.Protocols.Eureka;

/// <summary>What clients send is read, in XML and in JSON alike, and what they are sent they can read.</summary>
public sealed class WireTests
{
    private const string Xml = """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- as a client of Java writes it -->
        <instance>
          <instanceId>shop:1</instanceId><hostName>shop.example</hostName><app>SHOP</app><ipAddr>10.1.2.3</ipAddr><status>STARTING</status>
          <overriddenstatus>UNKNOWN</overriddenstatus>
          <port enabled="true">8080</port><securePort enabled="false">443</securePort><countryId>1</countryId>
          <dataCenterInfo class="com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo"><name>MyOwn</name></dataCenterInfo>
          <leaseInfo><renewalIntervalInSecs>10</renewalIntervalInSecs><durationInSecs>20</durationInSecs></leaseInfo>
          <metadata><zone>east</zone><note><![CDATA[a & b]]></note><more>x &amp; &#x79;</more></metadata>
          <vipAddress>shop,shop-v2</vipAddress><homePageUrl>http://shop.example:8080/</homePageUrl><lastDirtyTimestamp>1700000000000</lastDirtyTimestamp>
        </instance>
        """;

    private const string Json = """
        { "instance": { "instanceId": "shop:1", "hostName": "shop.example", "app": "shop", "ipAddr": "10.1.2.3", "status": "STARTING", "overriddenStatus": "UNKNOWN",
          "port": { "$": "8080", "@enabled": true }, "securePort": { "$": 443, "@enabled": "false" }, "countryId": 1, "statusPageUrl": null,
          "dataCenterInfo": { "@class": "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo", "name": "MyOwn" },
          "leaseInfo": { "renewalIntervalInSecs": 10, "durationInSecs": "20" }, "metadata": { "@class": "x", "zone": "east", "note": "a & b", "more": "x & y" },
          "vipAddress": "shop,shop-v2", "homePageUrl": "http://shop.example:8080/", "lastDirtyTimestamp": "1700000000000" } }
        """;

    [Fact]
    public void Xml_and_json_say_the_same()
    {
        var (xml, json) = (Read(Xml, isJson: false), Read(Json));
        Assert.True(xml.SaysTheSame(json), $"{xml}\n{json}");
        Assert.Equal(
            ("shop:1", "SHOP", EurekaStatus.Starting, 8080, true, 443, false, 10, 20, 1_700_000_000_000),
            (json.InstanceId, json.App, json.Effective, json.Port, json.IsPortEnabled, json.SecurePort, json.IsSecurePortEnabled, json.RenewalInterval, json.Duration, json.DirtyAt));
        Assert.Equal([("more", "x & y"), ("note", "a & b"), ("zone", "east")], json.Metadata.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)));
    }

    [Theory]
    [InlineData(EurekaFormat.Json)]
    [InlineData(EurekaFormat.Xml)]
    internal void What_is_written_is_read_again_as_it_was(EurekaFormat format)
    {
        var instance = Read(Json) with
        {
            AppGroupName = "<group>", Override = EurekaStatus.OutOfService, SecureVipAddress = "s", StatusPageUrl = "http://s/?a=1&b=2",
            HealthCheckUrl = "h", SecureHealthCheckUrl = "sh", Metadata = new Dictionary<string, string> { ["a.b-c_1"] = "\"<&>'\r\n\t€😀" },
        };
        var bytes = InstanceText.Of(instance, "ADDED", format);
        var text = format == EurekaFormat.Json ? $$"""{ "instance": {{Encoding.UTF8.GetString(bytes)}} }""" : Encoding.UTF8.GetString(bytes);
        var again = Read(text, format == EurekaFormat.Json);
        // What callers are told is the override.
        Assert.True((instance with { Status = EurekaStatus.Starting }).SaysTheSame(again), $"{text}\n{again}");
        Assert.Equal(instance.DirtyAt, again.DirtyAt);
    }

    [Theory]
    [InlineData("eureka-js-client.traffic.jsonl", 40)]
    [InlineData("eureka-prometheus-2.42.traffic.jsonl", 4)]
    public void All_instances_that_were_recorded_are_the_same_after_a_way_through_both(string file, int atLeast)
    {
        var count = 0;
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Peers", file)))
        {
            var exchange = JsonElement.Parse(line);
            foreach (var side in new[] { "request", "response" })
            {
                if (!exchange.GetProperty(side).TryGetProperty("body", out var body) || body.GetString() is not { Length: > 0 } text)
                    continue;
                // What a person wrote for the recording has no data centre.
                if (!text.Contains("dataCenterInfo", StringComparison.Ordinal))
                    continue;
                var root = text[0] == '<' ? EurekaElement.ReadXml(Encoding.UTF8.GetBytes(text), out _) : EurekaElement.ReadJson(Encoding.UTF8.GetBytes(text), out _);
                foreach (var one in root!.Name == "instance" ? [root] : root.Children.SelectMany(app => app.Children).Where(one => one.Name == "instance"))
                {
                    var read = InstanceReader.Read(one, "ORDERS", out var refusal);
                    Assert.True(read is not null, refusal?.Text);
                    var xml = InstanceReader.Read(EurekaElement.ReadXml(InstanceText.Of(read, "ADDED", EurekaFormat.Xml), out _)!, "ORDERS", out _)!;
                    var json = InstanceText.Of(xml, "ADDED", EurekaFormat.Json);
                    var again = InstanceReader.Read(EurekaElement.ReadJson((byte[])[.. "{\"instance\":"u8, .. json, (byte)'}'], out _)!, "ORDERS", out _)!;
                    Assert.True(read.SaysTheSame(again), $"{text}\n{read}\n{again}");
                    count++;
                }
            }
        }

        Assert.True(count >= atLeast, $"{count} instances");
    }

    [Fact]
    public void Readers_of_json_get_the_texts_that_java_expects()
    {
        var json = JsonElement.Parse(InstanceText.Of(Read(Json) with { Metadata = new Dictionary<string, string>() }, "ADDED", EurekaFormat.Json));
        Assert.Equal("java.util.Collections$EmptyMap", json.GetProperty("metadata").GetProperty("@class").GetString());
        Assert.Equal(("true", 8080), (json.GetProperty("port").GetProperty("@enabled").GetString(), json.GetProperty("port").GetProperty("$").GetInt32()));
        Assert.Equal(("false", "1700000000000", "ADDED"), (json.GetProperty("isCoordinatingDiscoveryServer").GetString(), json.GetProperty("lastDirtyTimestamp").GetString(), json.GetProperty("actionType").GetString()));
        Assert.Equal(json.GetProperty("overriddenStatus").GetString(), json.GetProperty("overriddenstatus").GetString());
        Assert.Equal("com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo", json.GetProperty("dataCenterInfo").GetProperty("@class").GetString());
    }

    [Fact]
    public void A_key_that_is_no_name_of_an_element_and_a_letter_that_is_none_of_xml_spoil_no_list()
    {
        var metadata = new Dictionary<string, string> { ["load/cpu"] = "a/b", ["load cpu"] = "second", ["load_cpu"] = "itself", ["1st"] = "\u0001\ud800", ["ä:x"] = "", [""] = "none" };
        var instance = Read(Json) with { Metadata = metadata };
        var written = XElement.Parse(Encoding.UTF8.GetString(InstanceText.Of(instance, "ADDED", EurekaFormat.Xml))).Element("metadata")!;
        Assert.Equal(
            [("_", "none"), ("_1st", "\ufffd\ufffd"), ("__x", ""), ("load_cpu", "itself")],
            written.Elements().Select(one => (one.Name.LocalName, one.Value)).Order());
        var json = JsonElement.Parse(InstanceText.Of(instance, "ADDED", EurekaFormat.Json)).GetProperty("metadata");
        Assert.Equal("a/b", json.GetProperty("load/cpu").GetString());
    }

    [Theory]
    [InlineData("""<!DOCTYPE instance [ <!ENTITY a "x"> ]><instance><app>&a;</app></instance>""")]
    [InlineData("""<!DOCTYPE instance SYSTEM "file:///etc/passwd"><instance/>""")]
    [InlineData("<instance><app>&a;</app></instance>")]
    [InlineData("<instance><app>")]
    [InlineData("")]
    [InlineData("<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a>")]
    public void Xml_that_wants_too_much_is_refused(string xml)
    {
        Assert.Null(EurekaElement.ReadXml(Encoding.UTF8.GetBytes(xml), out var problem));
        Assert.Contains("it is no XML that is taken", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "one key")]
    [InlineData("{ \"instance\": 1 }", "one key")]
    [InlineData("{ \"instance\": {}, \"more\": {} }", "one key")]
    [InlineData("{ \"instance\": { \"a\": \"\\ud800\" } }", "no JSON")]
    [InlineData("{", "no JSON")]
    [InlineData("""{"instance":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}}}}}}}}}""", "no JSON")]
    public void Json_that_wants_too_much_is_refused(string json, string expected)
    {
        Assert.Null(EurekaElement.ReadJson(Encoding.UTF8.GetBytes(json), out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"hostName\": \"shop.example\"", "\"x\": 1", "hostName is missing")]
    [InlineData("\"ipAddr\": \"10.1.2.3\"", "\"ipAddr\": \"\"", "ipAddr is missing")]
    [InlineData("\"app\": \"shop\"", "\"x\": 1", "app is missing")]
    [InlineData("\"app\": \"shop\"", "\"app\": \"a:b\"", "app is 'A:B'")]
    [InlineData("\"app\": \"shop\"", "\"app\": \"web\"", "app is 'WEB', and the path names SHOP")]
    [InlineData("\"dataCenterInfo\"", "\"x\"", "dataCenterInfo, or its name, is missing")]
    [InlineData("\"name\": \"MyOwn\"", "\"x\": 1", "dataCenterInfo, or its name, is missing")]
    [InlineData("\"instance\"", "\"application\"", "it must be an instance")]
    [InlineData("shop.example\"", "not a host\"", "hostName is 'not a host'; it must be a host name or an IP address.")]
    [InlineData("\"8080\"", "\"99999\"", "port is '99999'; it must be 1 to 65535, or not enabled.")]
    [InlineData("\"8080\"", "{}", "port is ''; it must be 1 to 65535, or not enabled.")]
    [InlineData("\"20\"", "86401", "leaseInfo.durationInSecs is '86401'; it must be 1 to 86400 seconds, 90 without it.")]
    [InlineData("\"20\"", "\"ten\"", "leaseInfo.durationInSecs is 'ten'")]
    public void A_mistake_names_the_key_the_value_and_the_remedy(string before, string after, string expected)
    {
        var root = EurekaElement.ReadJson(Encoding.UTF8.GetBytes(Json.Replace(before, after)), out _);
        Assert.Null(InstanceReader.Read(root!, "SHOP", out var refusal));
        Assert.Equal(400, refusal!.Status);
        Assert.Contains(expected, refusal.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"instanceId\": \"shop:1\"", "\"x\": 1", "shop.example 8080 20 Starting")]
    [InlineData("\"20\"", "0", "shop:1 8080 90 Starting")]
    [InlineData("\"status\": \"STARTING\"", "\"status\": \"dancing\"", "shop:1 8080 20 Unknown")]
    [InlineData("\"status\": \"STARTING\"", "\"x\": 1", "shop:1 8080 20 Up")]
    [InlineData("{ \"$\": \"8080\", \"@enabled\": true }", "8080", "shop:1 8080 20 Starting")]
    [InlineData("{ \"$\": \"8080\", \"@enabled\": true }", "{ \"$\": -1, \"@enabled\": \"false\" }", "shop:1 0 20 Starting")]
    public void What_is_left_out_is_what_it_is_with_eureka(string before, string after, string expected)
    {
        var read = Read(Json.Replace(before, after));
        Assert.Equal(expected, $"{read.InstanceId} {read.Port} {read.Duration} {read.Status}");
    }

    private static EurekaInstance Read(string text, bool isJson = true)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var root = isJson ? EurekaElement.ReadJson(bytes, out var problem) : EurekaElement.ReadXml(bytes, out problem);
        Assert.True(root is not null, problem);
        var read = InstanceReader.Read(root, "SHOP", out var refusal);
        Assert.True(read is not null, refusal?.Text);
        return read;
    }
}
