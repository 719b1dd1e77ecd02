using Gossip.Discovery;

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
    [InlineData("заказы", "http://заказы/", "xn--80aatcn8h")]
    [InlineData("Заказы", "http://ЗАКАЗЫ/", "xn--80aatcn8h")]
    [InlineData("заказы", "http://xn--80aatcn8h/", "xn--80aatcn8h")]
    [InlineData("заказы", "https+http://XN--80AATCN8H/", "xn--80aatcn8h")]
    [InlineData("заказы", "http://_http.заказы/", "xn--80aatcn8h")]
    [InlineData("заказы", "http://_http.xn--80aatcn8h/", "xn--80aatcn8h")]
    [InlineData("straße", "http://straße/", "xn--strae-oqa")]
    [InlineData("注文", "http://注文/", "xn--7dv27n")]
    [InlineData("注文.東京", "http://注文.東京/", "xn--7dv27n.xn--1lqs71d")]
    public Task A_name_beyond_ASCII_is_kept_as_the_network_writes_it(string service, string asked, string host) =>
        LeadsToAsync($"{service}:http:0=http://10.0.0.5:1", asked, $"http://10.0.0.5:1/ {host}");

    [Theory]
    [InlineData("payments")]
    [InlineData("my_payments-2.eu")]
    [InlineData("payments.")]
    [InlineData("_payments")]
    [InlineData("4711a")]
    [InlineData("заказы")]
    [InlineData("Straße")]
    [InlineData("注文.東京")]
    public void A_name_that_can_be_called(string service) => Assert.Null(CalledName.Obstacle(service));

    [Theory]
    [InlineData("123", "a URI takes it for '0.0.0.123'")]
    [InlineData("1.2", "a URI takes it for '1.0.0.2'")]
    [InlineData("0x7f", "a URI takes it for '0.0.0.127'")]
    [InlineData("10.0.0.1", "in a URI it is an IP address")]
    [InlineData("[::1]", "in a URI it is an IP address")]
    [InlineData("::1", "no URI can have it as its host")]
    [InlineData("a b", "no URI can have it as its host")]
    [InlineData("a+b", "no URI can have it as its host")]
    [InlineData("a..b", "no URI can have it as its host")]
    [InlineData("user@host", "a URI takes it for 'host'")]
    [InlineData("a:80", "a URI takes it for 'a'")]
    [InlineData("a/b", "a URI takes it for 'a'")]
    [InlineData("a#b", "a URI takes it for 'a'")]
    [InlineData("localhost", "in a URI it means this machine")]
    [InlineData("LocalHost", "in a URI it means this machine")]
    [InlineData("loopback", "a URI takes it for 'localhost'")]
    [InlineData("_admin.payments", "in a URI it means the endpoint 'admin' of 'payments'")]
    [InlineData("xn--80aatcn8h", "a URI takes it for 'заказы'")]
    [InlineData("бббббббббббббббббббббббббббббббббббббббббббббббббббббббббббб", "it has no form in ASCII (IDNA), as a Host header and a certificate need")]
    public void A_name_that_cannot_be_called_says_why(string service, string why) => Assert.Equal(why, CalledName.Obstacle(service));

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
