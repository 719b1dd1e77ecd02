namespace Gossip.Protocol.Tests.Registry;

/// <summary>What an owner may say is exactly what others read: else it would speak to nobody.</summary>
public sealed class ServiceRecordTests
{
    private static readonly ServiceEndpoint Plain = new("http", "http", "api.example.org", 80);

    public static TheoryData<string, ServiceRecord> Odd => new()
    {
        { "long scheme", Good with { Endpoints = [Plain with { Scheme = "a" + new string('b', 200) }] } },
        { "long host", Good with { Endpoints = [Plain with { Host = string.Join('.', Enumerable.Repeat("münchenü", 26)) }] } },
        { "half a letter", Good with { Service = "a\ud800" } },
        { "no port", Good with { Endpoints = [Plain with { Port = 0 }] } },
        { "no name", Good with { Service = "" } },
        { "control character", Good with { Tags = ["a\nb"] } },
        { "heavy", Good with { Weight = 10_001 } },
        { "many tags", Good with { Tags = [.. Enumerable.Repeat("t", Limits.Tags + 1)] } },
        { "many endpoints", Good with { Endpoints = [.. Enumerable.Repeat(Plain, Limits.Endpoints + 1)] } },
        { "much metadata", Good with { Metadata = new Dictionary<string, string> { ["k"] = new string('v', Limits.MetadataBytes) } } },
        { "long reason", Good with { Reason = new string('r', Limits.ReasonBytes + 1) } },
        { "long zone", Good with { Zone = new string('z', Limits.ZoneBytes + 1) } },
        { "long region", Good with { Region = new string('r', Limits.NameBytes + 1) } },
        { "control character in the environment", Good with { Environment = "a\tb" } },
        { "turned round in the version", Good with { Version = "1\u202E2" } },
        { "turned round in the reason", Good with { Reason = "a\u202Eb" } },
        { "two lines in a tag", Good with { Tags = ["a\u2028b"] } },
        { "joiner in the service", Good with { Service = "pay\u200Dments" } },
        { "hidden in a key", Good with { Metadata = new Dictionary<string, string> { ["a\u2060b"] = "v" } } },
        { "turned round in an endpoint", Good with { Endpoints = [Plain with { Name = "a\u202Eb" }] } },
        { "turned round in a dependency", Good with { DependsOn = ["a\u202Eb"] } },
        { "long host name", Good with { Host = new string('h', Limits.HostBytes + 1) } },
        { "depends on nothing", Good with { DependsOn = [""] } },
        { "many roles", Good with { AuthorizedRoles = [.. Enumerable.Repeat("r", Limits.NamesPerRecord + 1)] } },
        { "long protocol", Good with { Endpoints = [Plain with { Protocol = new string('p', Limits.NameBytes + 1) }] } },
        { "agent without a name", Good with { Lease = new ServiceLease { Agent = "" } } },
        { "turned round in the agent", Good with { Lease = new ServiceLease { Agent = "a\u202Eb" } } },
        { "no lease", Good with { Lease = new ServiceLease { Agent = "a", Time = TimeSpan.FromMilliseconds(999) } } },
        { "lease for ever", Good with { Lease = new ServiceLease { Agent = "a", Time = Timeout.InfiniteTimeSpan } } },
        { "long lease", Good with { Lease = new ServiceLease { Agent = "a", Time = TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(1) } } },
        { "lease of half a millisecond", Good with { Lease = new ServiceLease { Agent = "a", Time = TimeSpan.FromMilliseconds(1_000.5) } } },
        { "unknown state", Good with { State = (ServiceState)9 } },
    };

    private static ServiceRecord Good => new() { InstanceId = "i", Service = "orders", Endpoints = [Plain] };

    [Theory]
    [MemberData(nameof(Odd))]
    public void What_others_would_refuse_the_owner_refuses_too(string what, ServiceRecord record) =>
        Assert.True(Assert.Throws<ArgumentException>(record.Validate).Message.Length > 10, what);

    [Fact]
    public void A_refusal_shows_what_cannot_be_seen_and_does_not_do_it()
    {
        var refused = Assert.Throws<ArgumentException>((Good with { Service = "pay\u202Ements" }).Validate);
        Assert.Equal(
            "Service is 'pay\\u202Ements'; it must be 1 to 128 bytes of UTF-8 without control, format or line separator characters.",
            refused.Message);
    }

    /// <summary>As many milliseconds as fit into a number, and as many as are one too many.</summary>
    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(3_600_001)]
    public void A_lease_that_is_longer_than_any_is_not_read(ulong milliseconds)
    {
        var payload = new byte[64];
        var writer = new MessagePackWriter(payload);
        Assert.True(writer.TryArray(12) && writer.TryString("orders") && writer.TryString("") && writer.TryUInt(1) && writer.TryUInt(100)
            && writer.TryArray(0) && writer.TryArray(0) && writer.TryMap(0) && writer.TryString("")
            && writer.TryArray(4) && writer.TryString("") && writer.TryString("") && writer.TryString("") && writer.TryString("")
            && writer.TryArray(0) && writer.TryArray(0) && writer.TryArray(2) && writer.TryString("box") && writer.TryUInt(milliseconds));
        Assert.False(RecordCodec.TryRead("i", payload.AsSpan(0, writer.Position), out _));
    }

    [Fact]
    public void A_value_of_metadata_is_the_applications_own() =>
        (Good with { Metadata = new Dictionary<string, string> { ["pem"] = "-----BEGIN\r\n\u200D" } }).Validate();

    [Law]
    internal void Whatever_the_owner_accepts_others_read(Typed typed, bool asService, bool asHost, bool asScheme, bool asTag)
    {
        var text = typed.Text;
        var record = Good with
        {
            Service = asService ? text : "orders",
            Endpoints = [Plain with { Host = asHost ? text : Plain.Host, Scheme = asScheme ? text : Plain.Scheme }],
            Tags = asTag ? [text] : [],
        };
        if (record.Problem() is null)
            Assert.True(RecordCodec.TryRead(record.InstanceId, Sample.Payload(record), out var back)
                && back.Service == record.Service && back.Endpoints[0] == record.Endpoints[0]);
    }

    [Fact]
    public void A_state_of_a_later_version_is_read_as_draining()
    {
        var payload = Sample.Payload(Good);
        payload[Array.IndexOf(payload, (byte)ServiceState.Ready)] = 9;
        Assert.True(RecordCodec.TryRead("i", payload, out var back));
        Assert.Equal(ServiceState.Draining, back.State);
    }

    [Fact]
    public void Elements_of_a_later_version_are_skipped()
    {
        Assert.True(RecordCodec.TryRead("i", Foreign.Lengthened(Sample.Payload(Sample.Whole(Good)), [0xC3, 0x81, 0x01, 0x02]), out var back));
        Assert.Equal("orders", back.Service);
    }
}
