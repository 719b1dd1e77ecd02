using System.Net;
using System.Text.Json;

namespace Gossip.Cli.Tests.Protocols.CloudMap;

/// <summary>What each operation answers, and what it is refused with.</summary>
public sealed class OperationTests : IAsyncLifetime
{
    private const string Plain = """ "AWS_INSTANCE_IPV4": "10.1.2.3", "AWS_INSTANCE_PORT": "8080" """;

    private readonly TestFolder _folder = new();
    private CloudMapAgent _agent = null!;

    public async Task InitializeAsync() => _agent = await CloudMapAgent.StartAsync(_folder);

    public async Task DisposeAsync()
    {
        await _agent.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_one_namespace_is_that_of_the_cluster()
    {
        var listed = (await _agent.DoAsync("ListNamespaces", "{}")).GetProperty("Namespaces")[0];
        Assert.Equal(("ns-test", "test", "HTTP"), (Text(listed, "Id"), Text(listed, "Name"), Text(listed, "Type")));
        var read = (await _agent.DoAsync("GetNamespace", """{ "Id": "ns-test" }""")).GetProperty("Namespace");
        Assert.Equal("test", Text(read.GetProperty("Properties").GetProperty("HttpProperties"), "HttpName"));
        Assert.Equal(1, await CountAsync("""{ "Name": "HTTP_NAME", "Values": [ "test" ] }"""));
        Assert.Equal(1, await CountAsync("""{ "Name": "NAME", "Values": [ "te" ], "Condition": "BEGINS_WITH" }"""));
        Assert.Equal(0, await CountAsync("""{ "Name": "TYPE", "Values": [ "DNS_PUBLIC" ] }"""));

        async Task<int> CountAsync(string filter) =>
            (await _agent.DoAsync("ListNamespaces", $$"""{ "Filters": [ {{filter}} ] }""")).GetProperty("Namespaces").GetArrayLength();
    }

    [Fact]
    public async Task A_service_is_created_read_listed_and_deleted()
    {
        var made = (await _agent.DoAsync("CreateService", """{ "Name": "web", "NamespaceId": "ns-test", "Description": "pages", "CreatorRequestId": "r1", "HealthCheckCustomConfig": { "FailureThreshold": 1 } }""")).GetProperty("Service");
        Assert.Equal(("srv-web", "web", "ns-test", "pages", 0), (Text(made, "Id"), Text(made, "Name"), Text(made, "NamespaceId"), Text(made, "Description"), made.GetProperty("InstanceCount").GetInt32()));
        // The request may be repeated, and another one finds that it is there.
        await _agent.DoAsync("CreateService", """{ "Name": "web", "CreatorRequestId": "r1" }""");
        var (_, json) = await _agent.AskAsync("CreateService", """{ "Name": "WEB", "CreatorRequestId": "r2" }""");
        Assert.Equal(("ServiceAlreadyExists", "srv-web"), (Text(json, "__type"), Text(json, "ServiceId")));

        Assert.Equal("web", Text((await _agent.DoAsync("GetService", """{ "Id": "srv-web" }""")).GetProperty("Service"), "Name"));
        Assert.Equal("web", Text((await _agent.DoAsync("GetService", $$"""{ "Id": "{{Text(made, "Arn")}}" }""")).GetProperty("Service"), "Name"));
        Assert.Empty(await _agent.IdsAsync("web"));
        await _agent.RegisterAsync("web", "i-1", Plain);
        Assert.Equal(1, (await _agent.DoAsync("GetService", """{ "Id": "srv-web" }""")).GetProperty("Service").GetProperty("InstanceCount").GetInt32());
        Assert.Equal("ResourceInUse", (await _agent.RefusedAsync("DeleteService", """{ "Id": "srv-web" }""")).Type);
        await _agent.DeregisterAsync("web", "i-1");
        Assert.Empty(await _agent.IdsAsync("web"));
        await _agent.DoAsync("DeleteService", """{ "Id": "srv-web" }""");
        Assert.Empty((await _agent.DoAsync("ListServices", "{}")).GetProperty("Services").EnumerateArray());
    }

    [Fact]
    public async Task Services_are_listed_by_pages_in_the_order_of_their_names()
    {
        foreach (var name in new[] { "c", "a", "b", "d", "e" })
            await _agent.DoAsync("CreateService", $$"""{ "Name": "{{name}}" }""");
        var (seen, more) = (new List<string>(), "");
        do
        {
            var page = await _agent.DoAsync("ListServices", $$"""{ "MaxResults": 2{{more}}, "Filters": [ { "Name": "NAMESPACE_ID", "Values": [ "ns-test" ], "Condition": "EQ" } ] }""");
            seen.AddRange(page.GetProperty("Services").EnumerateArray().Select(one => Text(one, "Name")));
            more = page.TryGetProperty("NextToken", out var token) ? $", \"NextToken\": \"{token.GetString()}\"" : "";
        }
        while (more.Length > 0);
        Assert.Equal(["a", "b", "c", "d", "e"], seen);
        Assert.Empty((await _agent.DoAsync("ListServices", """{ "Filters": [ { "Name": "NAMESPACE_ID", "Values": [ "ns-other" ] } ] }""")).GetProperty("Services").EnumerateArray());
    }

    [Fact]
    public async Task An_instance_is_registered_read_changed_and_deregistered()
    {
        var done = await _agent.RegisterAsync("web", "i-1", $"{Plain}, \"stage\": \"beta\"");
        var operation = (await _agent.DoAsync("GetOperation", $$"""{ "OperationId": "{{Text(done, "OperationId")}}" }""")).GetProperty("Operation");
        Assert.Equal(("SUCCESS", "REGISTER_INSTANCE", "i-1"), (Text(operation, "Status"), Text(operation, "Type"), Text(operation.GetProperty("Targets"), "INSTANCE")));
        var instance = (await _agent.DoAsync("GetInstance", """{ "ServiceId": "srv-web", "InstanceId": "i-1" }""")).GetProperty("Instance");
        Assert.Equal(new Dictionary<string, string> { ["AWS_INSTANCE_IPV4"] = "10.1.2.3", ["AWS_INSTANCE_PORT"] = "8080", ["stage"] = "beta" }, CloudMapClient.Pairs(instance, "Attributes"));
        Assert.Equal("http://10.1.2.3:8080/", Assert.Single(_agent.Discovery.GetInstances("web")).Uri!.ToString());

        await _agent.RegisterAsync("web", "i-1", """ "AWS_INSTANCE_CNAME": "db.example", "AWS_INSTANCE_PORT": "443", "scheme": "https", "version": "2.0", "zone": "east" """);
        var changed = Assert.Single(_agent.Discovery.GetInstances("web"));
        Assert.Equal(("https://db.example/", "2.0", "east"), (changed.Uri!.ToString(), changed.Version, changed.Zone));

        // Another service may have an instance of the same id.
        await _agent.RegisterAsync("shop", "i-1", Plain);
        Assert.Equal(["i-1"], await _agent.IdsAsync("shop"));
        await _agent.DeregisterAsync("web", "i-1");
        Assert.Empty(await _agent.IdsAsync("web"));
        Assert.Empty(_agent.Discovery.Current.GetAllInstances("web"));
        Assert.Equal("InstanceNotFound", (await _agent.RefusedAsync("DeregisterInstance", """{ "ServiceId": "srv-web", "InstanceId": "i-1" }""")).Type);
        Assert.Equal(["i-1"], await _agent.IdsAsync("shop"));
    }

    [Fact]
    public async Task What_an_endpoint_cannot_say_is_kept_as_it_was_given()
    {
        var given = new Dictionary<string, string> { ["AWS_INSTANCE_IPV4"] = "10.1.2.3", ["AWS_INSTANCE_IPV6"] = "fd00::17", ["AWS_INSTANCE_PORT"] = "80", ["AWS_INIT_HEALTH_STATUS"] = "HEALTHY", ["k"] = "v" };
        await _agent.DoAsync("RegisterInstance", $$"""{ "ServiceId": "srv-web", "InstanceId": "both", "Attributes": {{JsonSerializer.Serialize(given)}} }""");
        await _agent.RegisterAsync("web", "bare", """ "AWS_INSTANCE_IPV4": "10.1.2.4" """);
        var all = (await _agent.DiscoverAsync("web")).GetProperty("Instances").EnumerateArray().ToDictionary(one => Text(one, "InstanceId"));
        Assert.Equal(given, CloudMapClient.Pairs(all["both"], "Attributes"));
        Assert.Equal(new Dictionary<string, string> { ["AWS_INSTANCE_IPV4"] = "10.1.2.4" }, CloudMapClient.Pairs(all["bare"], "Attributes"));
        // Without a port nobody can call it by name, though it is there.
        Assert.Null(_agent.Discovery.Current.GetAllInstances("web").Single(one => one.InstanceId == "web/bare").Uri);
    }

    [Fact]
    public async Task Its_clients_word_decides_how_well_an_instance_is()
    {
        await _agent.RegisterAsync("web", "i-1", Plain);
        await _agent.RegisterAsync("web", "i-2", $"{Plain}, \"AWS_INIT_HEALTH_STATUS\": \"UNHEALTHY\"");
        Assert.Equal(["i-1"], await _agent.HealthyAsync("web"));
        var status = await _agent.DoAsync("GetInstancesHealthStatus", """{ "ServiceId": "srv-web" }""");
        Assert.Equal(new Dictionary<string, string> { ["i-1"] = "HEALTHY", ["i-2"] = "UNHEALTHY" }, CloudMapClient.Pairs(status, "Status"));
        // What was never well is not told to the cluster.
        Assert.Equal(["web/i-1"], _agent.Discovery.Current.GetAllInstances("web").Select(one => one.InstanceId));

        await _agent.ReportAsync("web", "i-2", "HEALTHY");
        await _agent.ReportAsync("web", "i-1", "UNHEALTHY");
        Assert.Equal(["i-2"], await _agent.HealthyAsync("web"));
        await Eventually.HoldsAsync(() => _agent.Discovery.GetInstances("web").Select(one => one.InstanceId).SequenceEqual(["web/i-2"]), "callers by name go to the other");
        Assert.Equal("check 'custom-health': its client says that it is UNHEALTHY", _agent.Discovery.Current.GetAllInstances("web").Single(one => one.InstanceId == "web/i-1").Reason);
        await _agent.ReportAsync("web", "i-1", "HEALTHY");
        Assert.Equal(2, _agent.Discovery.GetInstances("web").Count);
        status = await _agent.DoAsync("GetInstancesHealthStatus", """{ "ServiceId": "srv-web", "Instances": [ "i-2" ] }""");
        Assert.Equal(new Dictionary<string, string> { ["i-2"] = "HEALTHY" }, CloudMapClient.Pairs(status, "Status"));
    }

    [Fact]
    public async Task Instances_are_listed_by_pages_and_none_twice()
    {
        foreach (var id in Enumerable.Range(0, 7))
            await _agent.RegisterAsync("web", $"i-{id}", Plain);
        var (seen, health, more) = (new List<string>(), new List<string>(), "");
        do
        {
            var page = await _agent.DoAsync("ListInstances", $$"""{ "ServiceId": "srv-web", "MaxResults": 3{{more}} }""");
            seen.AddRange(page.GetProperty("Instances").EnumerateArray().Select(one => Text(one, "Id")));
            more = page.TryGetProperty("NextToken", out var token) ? $", \"NextToken\": \"{token.GetString()}\"" : "";
        }
        while (more.Length > 0);
        do
        {
            var page = await _agent.DoAsync("GetInstancesHealthStatus", $$"""{ "ServiceId": "srv-web", "MaxResults": 4{{more}} }""");
            health.AddRange(CloudMapClient.Pairs(page, "Status").Keys);
            more = page.TryGetProperty("NextToken", out var token) ? $", \"NextToken\": \"{token.GetString()}\"" : "";
        }
        while (more.Length > 0);
        Assert.Equal(Enumerable.Range(0, 7).Select(id => $"i-{id}"), seen);
        Assert.Equal(seen, health);
    }

    [Theory]
    [InlineData("DiscoverInstances", """{ "ServiceName": "web" }""", "InvalidInput", "NamespaceName is missing")]
    [InlineData("DiscoverInstances", """{ "NamespaceName": "other", "ServiceName": "web" }""", "NamespaceNotFound", "is 'test', with the id ns-test (Agent:CloudMap:Namespace)")]
    [InlineData("DiscoverInstances", """{ "NamespaceName": "test", "ServiceName": "nobody" }""", "ServiceNotFound", "'nobody'")]
    [InlineData("DiscoverInstances", """{ "NamespaceName": "test", "ServiceName": "web", "MaxResults": 0 }""", "InvalidInput", "MaxResults is the number 0; it must be a number, 1 to 1000")]
    [InlineData("DiscoverInstances", """{ "NamespaceName": "test", "ServiceName": "web", "HealthStatus": "WELL" }""", "InvalidInput", "HealthStatus is 'WELL'; it must be one of HEALTHY, UNHEALTHY, ALL, HEALTHY_OR_ELSE_ALL")]
    [InlineData("DiscoverInstances", """{ "NamespaceName": "test", "ServiceName": "web", "QueryParameters": { "a": 1 } }""", "InvalidInput", "QueryParameters:a is the number 1; it must be a text")]
    [InlineData("DiscoverInstances", """{ "NamespaceName": "test", "ServiceName": "web", "OptionalParameters": [ ] }""", "InvalidInput", "OptionalParameters is a list; it must be an object of texts")]
    [InlineData("DiscoverInstancesRevision", """{ "NamespaceName": "test", "ServiceName": "nobody" }""", "ServiceNotFound", "'nobody'")]
    [InlineData("RegisterInstance", """{ "ServiceId": "web", "InstanceId": "i", "Attributes": { } }""", "ServiceNotFound", "here it is srv- and the service's name")]
    [InlineData("RegisterInstance", """{ "ServiceId": "srv-a b", "InstanceId": "i", "Attributes": { } }""", "InvalidInput", "ServiceId has the name 'a b'")]
    [InlineData("RegisterInstance", """{ "ServiceId": "srv-web", "Attributes": { } }""", "InvalidInput", "InstanceId is missing")]
    [InlineData("RegisterInstance", """{ "ServiceId": "srv-web", "InstanceId": "a b", "Attributes": { } }""", "InvalidInput", "InstanceId is 'a b'")]
    [InlineData("RegisterInstance", """{ "ServiceId": "srv-web", "InstanceId": "i" }""", "InvalidInput", "Attributes is missing")]
    [InlineData("RegisterInstance", """{ "ServiceId": "srv-web", "InstanceId": "i", "Attributes": { "AWS_INSTANCE_IPV4": "10.1" } }""", "InvalidInput", "AWS_INSTANCE_IPV4 is '10.1'; it must be an IPv4 address")]
    [InlineData("RegisterInstance", """{ "ServiceId": "srv-web", "InstanceId": "i", "Attributes": { "AWS_INSTANCE_IPV6": "10.1.2.3" } }""", "InvalidInput", "it must be an IPv6 address")]
    [InlineData("RegisterInstance", """{ "ServiceId": "srv-web", "InstanceId": "i", "Attributes": { "AWS_INSTANCE_PORT": "65536" } }""", "InvalidInput", "it must be a port, 1 to 65535")]
    [InlineData("RegisterInstance", """{ "ServiceId": "srv-web", "InstanceId": "i", "Attributes": { "AWS_INSTANCE_CNAME": "a b" } }""", "InvalidInput", "it must be a host name")]
    [InlineData("RegisterInstance", """{ "ServiceId": "srv-web", "InstanceId": "i", "Attributes": { "AWS_INIT_HEALTH_STATUS": "OK" } }""", "InvalidInput", "it must be HEALTHY or UNHEALTHY")]
    [InlineData("RegisterInstance", """{ "ServiceId": "srv-web", "InstanceId": "i", "Attributes": { "AWS_EC2_INSTANCE_ID": "i-1" } }""", "InvalidInput", "what comes from EC2 or a load balancer is not known here")]
    [InlineData("RegisterInstance", """{ "ServiceId": "srv-web", "InstanceId": "i", "Attributes": { "a\nb": "c" } }""", "InvalidInput", "Gossip cannot hold this instance")]
    [InlineData("DeregisterInstance", """{ "ServiceId": "srv-nobody", "InstanceId": "i" }""", "ServiceNotFound", "'nobody'")]
    [InlineData("UpdateInstanceCustomHealthStatus", """{ "ServiceId": "srv-web", "InstanceId": "i" }""", "InvalidInput", "Status is missing")]
    [InlineData("UpdateInstanceCustomHealthStatus", """{ "ServiceId": "srv-web", "InstanceId": "i", "Status": "UNKNOWN" }""", "InvalidInput", "it must be one of HEALTHY, UNHEALTHY")]
    [InlineData("UpdateInstanceCustomHealthStatus", """{ "ServiceId": "srv-web", "InstanceId": "none", "Status": "HEALTHY" }""", "InstanceNotFound", "ListInstances")]
    [InlineData("GetInstance", """{ "ServiceId": "srv-web", "InstanceId": "none" }""", "InstanceNotFound", "'none'")]
    [InlineData("GetInstance", """{ "ServiceId": "srv-nobody", "InstanceId": "none" }""", "ServiceNotFound", "'nobody'")]
    [InlineData("GetInstancesHealthStatus", """{ "ServiceId": "srv-web", "Instances": [ "none" ] }""", "InstanceNotFound", "'none'")]
    [InlineData("GetInstancesHealthStatus", """{ "ServiceId": "srv-web", "Instances": [ 1 ] }""", "InvalidInput", "Instances has an item that is the number 1")]
    [InlineData("ListInstances", """{ "ServiceId": "srv-web", "NextToken": "=" }""", "InvalidInput", "NextToken is '='; it must be that of the page before")]
    [InlineData("ListServices", """{ "MaxResults": 101 }""", "InvalidInput", "MaxResults is the number 101; it must be a number, 1 to 100")]
    [InlineData("ListServices", """{ "Filters": [ { "Values": [ "a" ] } ] }""", "InvalidInput", "Filters:Name is missing")]
    [InlineData("ListServices", """{ "Filters": [ { "Name": "NAMESPACE_ID", "Values": [ "a" ], "Condition": "BETWEEN" } ] }""", "InvalidInput", "Filters:Condition is 'BETWEEN'")]
    [InlineData("GetService", """{ "Id": "srv-nobody" }""", "ServiceNotFound", "create it by CreateService")]
    [InlineData("GetNamespace", """{ "Id": "ns-other" }""", "NamespaceNotFound", "ns-test")]
    [InlineData("GetOperation", """{ "OperationId": "0" }""", "OperationNotFound", "the last 10000")]
    [InlineData("CreateService", """{ "Name": "a b" }""", "InvalidInput", "Name has the name 'a b'")]
    [InlineData("CreateService", """{ "Name": "x", "NamespaceId": "ns-other" }""", "NamespaceNotFound", "ns-test")]
    [InlineData("CreateService", """{ "Name": "x", "DnsConfig": { "DnsRecords": [ { "Type": "A", "TTL": 60 } ] } }""", "InvalidInput", "DnsConfig is not supported")]
    [InlineData("CreateService", """{ "Name": "x", "HealthCheckConfig": { "Type": "HTTP" } }""", "InvalidInput", "HealthCheckConfig is not supported")]
    [InlineData("DeleteService", """{ "Id": "srv-nobody" }""", "ServiceNotFound", "'nobody'")]
    [InlineData("ListServices", "[ ]", "SerializationException", "The body is a list; it must be an object")]
    [InlineData("ListServices", "{", "SerializationException", "The body is no JSON")]
    [InlineData("ListServices", """{ "MaxResults": 1, "MaxResults": 2 }""", "SerializationException", "The body is no JSON")]
    public async Task What_is_wrong_is_told_with_the_key_the_value_and_what_to_write(string operation, string body, string type, string message)
    {
        await _agent.RegisterAsync("web", "i-1", Plain);
        var refused = await _agent.RefusedAsync(operation, body);
        Assert.Equal(type, refused.Type);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CreateHttpNamespace", "There is one namespace for each cluster")]
    [InlineData("UpdateService", "A service is a name here")]
    [InlineData("TagResource", "there are no tags")]
    [InlineData("ListOperations", "ask by GetOperation")]
    [InlineData("Nonsense", "'Nonsense' is no operation of Cloud Map.")]
    public async Task What_is_not_supported_says_so(string operation, string message)
    {
        var (status, json) = await _agent.AskAsync(operation, "{}");
        Assert.Equal((HttpStatusCode.NotImplemented, "UnknownOperationException"), (status, Text(json, "__type")));
        Assert.Contains(message, Text(json, "Message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_request_of_an_SDK_is_told_what_one_is()
    {
        using var page = new HttpRequestMessage(HttpMethod.Get, "/");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await _agent.SendAsync(page)).Status);
        using var elsewhere = new HttpRequestMessage(HttpMethod.Post, "/v1/agent/services");
        Assert.Equal(HttpStatusCode.NotFound, (await _agent.SendAsync(elsewhere)).Status);
        using var bare = new HttpRequestMessage(HttpMethod.Post, "/");
        var (status, json) = await _agent.SendAsync(bare);
        Assert.Equal((HttpStatusCode.BadRequest, true), (status, Text(json, "Message").Contains("X-Amz-Target", StringComparison.Ordinal)));
    }

    private static string Text(JsonElement json, string key) => CloudMapClient.Text(json, key);
}
