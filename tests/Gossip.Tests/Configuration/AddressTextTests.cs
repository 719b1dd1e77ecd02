using Gossip.Configuration;

namespace Gossip.Tests.Configuration;

public sealed class AddressTextTests
{
    [Theory]
    [InlineData("orders", "orders", 7390)]
    [InlineData("orders:80", "orders", 80)]
    [InlineData("10.1.2.3", "10.1.2.3", 7390)]
    [InlineData("10.1.2.3:80", "10.1.2.3", 80)]
    [InlineData("[fd00::1]:80", "fd00::1", 80)]
    [InlineData("[fd00::1]", "fd00::1", 7390)]
    [InlineData("fd00::1", "fd00::1", 7390)]
    public void A_seed_is_read(string text, string host, int port)
    {
        Assert.True(SeedAddress.TryParse(text, 7390, out var seed));
        Assert.Equal((host, port), (seed.Host, seed.Port));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":80")]
    [InlineData("orders:")]
    [InlineData("orders:0")]
    [InlineData("orders:65536")]
    [InlineData("or ders")]
    [InlineData("http://orders")]
    public void What_is_no_seed_is_refused(string text) => Assert.False(SeedAddress.TryParse(text, 7390, out _));

    [Theory]
    [InlineData("http://localhost:5000", "http", "localhost", 5000)]
    [InlineData("https://[::]:5001/", "https", "::", 5001)]
    [InlineData("http://*:80", "http", "*", 80)]
    [InlineData("http://+", "http", "+", 80)]
    [InlineData("HTTPS://orders.example/base", "https", "orders.example", 443)]
    [InlineData("redis://10.0.0.1:6379", "redis", "10.0.0.1", 6379)]
    public void An_endpoint_is_read(string text, string scheme, string host, int port)
    {
        Assert.True(EndpointAddress.TryParse(text, out var endpoint));
        Assert.Equal(new EndpointAddress(scheme, host, port), endpoint);
    }

    [Theory]
    [InlineData("orders:80")]
    [InlineData("redis://orders")]
    [InlineData("http://orders:0")]
    [InlineData("http://unix:/tmp/socket")]
    [InlineData("http://or ders:80")]
    [InlineData("://orders:80")]
    public void What_is_no_endpoint_is_refused(string text) => Assert.False(EndpointAddress.TryParse(text, out _));

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("2s", 2_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("10m", 600_000)]
    [InlineData("24h", 86_400_000)]
    [InlineData("00:00:02", 2_000)]
    public void A_time_is_read(string text, int milliseconds)
    {
        Assert.True(Times.TryParse(text, out var time));
        Assert.Equal(milliseconds, time.TotalMilliseconds);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("-5s")]
    [InlineData("1e300d")]
    [InlineData("NaNs")]
    [InlineData("s")]
    public void What_is_no_time_is_refused(string text) => Assert.False(Times.TryParse(text, out _));

    [Theory]
    [InlineData("port", "Port", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("Prot", "Port", 2)]
    [InlineData("kitten", "sitting", 3)]
    public void Spellings_are_compared(string left, string right, int distance) => Assert.Equal(distance, Spelling.Distance(left, right));
}
