namespace Gossip.Tests.Http;

public sealed class GrammarTests
{
    private const string Both = "payments:https:0=https://10.0.0.5:7001 payments:http:0=http://10.0.0.5:7000";

    [Theory]
    [InlineData("http://payments/pay?amount=3", "http://10.0.0.5:7000/pay?amount=3 payments")]
    [InlineData("https://payments/", "https://10.0.0.5:7001/ payments")]
    [InlineData("https+http://payments/pay", "https://10.0.0.5:7001/pay payments")]
    [InlineData("http+https://payments/pay", "http://10.0.0.5:7000/pay payments")]
    [InlineData("http://PAYMENTS/Pay", "http://10.0.0.5:7000/Pay payments")]
    [InlineData("http://payments:80/", "http://10.0.0.5:7000/ payments")]
    [InlineData("ws://payments/live", "ws://10.0.0.5:7000/live payments")]
    [InlineData("wss://payments/live", "wss://10.0.0.5:7001/live payments")]
    [InlineData("http://payments/a%2Fb%20c/%C3%A9?q=%26", "http://10.0.0.5:7000/a%2Fb%20c/%C3%A9?q=%26 payments")]
    public Task A_name_leads_to_an_instance_and_is_kept(string asked, string expected) => LeadsToAsync(Both, asked, expected);

    [Theory]
    [InlineData("payments:http:0=http://10.0.0.5:7000", "https+http://payments/", "http://10.0.0.5:7000/ payments")]
    [InlineData("payments:http:0=http://[fd00::5]:7000", "http://payments/", "http://[fd00::5]:7000/ payments")]
    [InlineData("payments:https:0=https://p1.example:7001", "https://payments/", "https://p1.example:7001/")]
    [InlineData("payments:https:0=https://localhost:7001", "https://payments/", "https://localhost:7001/")]
    [InlineData("payments:ws:0=ws://10.0.0.5:1 payments:http:0=http://10.0.0.5:2", "ws://payments/", "ws://10.0.0.5:1/ payments")]
    [InlineData("my_payments:http:0=http://10.0.0.5:1", "http://my_payments/", "http://10.0.0.5:1/ my_payments")]
    public Task The_first_scheme_and_the_host_decide(string services, string asked, string expected) => LeadsToAsync(services, asked, expected);

    [Theory]
    [InlineData("payments:admin:0=http://10.0.0.5:9 payments:http:0=http://10.0.0.5:1", "http://_admin.payments/", "http://10.0.0.5:9/ payments")]
    [InlineData("payments:admin:0=http://10.0.0.5:9 payments:http:0=http://10.0.0.5:1", "http://_ADMIN.payments/", "http://10.0.0.5:9/ payments")]
    [InlineData("payments:admin:0=http://10.0.0.5:9 payments:http:0=http://10.0.0.5:1", "http://payments/", "http://10.0.0.5:1/ payments")]
    [InlineData("payments:admin:0=https://10.0.0.5:9 payments:http:0=http://10.0.0.5:1", "https+http://_admin.payments/", "https://10.0.0.5:9/ payments")]
    [InlineData("payments:default:0=http://10.0.0.5:1 payments:admin:0=http://10.0.0.5:9", "http://payments/", "http://10.0.0.5:1/ payments")]
    [InlineData("payments:grpc:0=http://10.0.0.5:5001", "http://_grpc.payments/", "http://10.0.0.5:5001/ payments")]
    [InlineData("payments:grpc:0=http://10.0.0.5:5001", "http://payments/", "http://10.0.0.5:5001/ payments")]
    [InlineData("catalog.orders:http:0=http://10.0.0.5:1", "http://catalog.orders/", "http://10.0.0.5:1/ catalog.orders")]
    [InlineData("catalog.orders:admin:0=http://10.0.0.5:1", "http://_admin.Catalog.Orders/", "http://10.0.0.5:1/ catalog.orders")]
    public Task An_endpoint_is_called_by_its_name(string services, string asked, string expected) => LeadsToAsync(services, asked, expected);

    [Theory]
    [InlineData("http://localhost/", "http://localhost/")]
    [InlineData("http://payments:8080/", "http://payments:8080/")]
    [InlineData("http://10.0.0.9/", "http://10.0.0.9/")]
    [InlineData("http://[::1]/", "http://[::1]/")]
    [InlineData("https://www.example.org/x", "https://www.example.org/x")]
    [InlineData("https+http://www.example.org/x?y=1", "https://www.example.org/x?y=1")]
    [InlineData("https+http://localhost:7001/x", "https://localhost:7001/x")]
    public Task What_means_no_service_is_sent_on_as_it_is(string asked, string expected) => LeadsToAsync(Both, asked, expected);

    [Theory]
    [InlineData("http://payment/", "'payment'")]
    [InlineData("https+http://unknown/", "'unknown'")]
    [InlineData("http://_admin.payments/", "without the endpoint 'admin'")]
    [InlineData("http://_admin.elsewhere.example/", "'elsewhere.example'")]
    [InlineData("ftp://payments/", "without an endpoint of scheme ftp")]
    public async Task A_name_that_nobody_has_fails_with_the_reason(string asked, string reason)
    {
        using var client = new NamedClient(Both);

        var failure = await Assert.ThrowsAsync<NoInstancesException>(() => client.Http.GetAsync(asked));

        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.Empty(client.Server.Arrived);
    }

    private static async Task LeadsToAsync(string services, string asked, string expected)
    {
        using var client = new NamedClient(services);
        using var twice = await client.Http.GetAsync(asked);
        using var response = await client.Http.GetAsync(asked);

        Assert.Equal([expected, expected], client.Server.Arrived);
    }
}
