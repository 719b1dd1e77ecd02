namespace Gossip.Protocol.Tests.Wire;

/// <summary>What a packet may hold besides what this version knows, and what its messages must not hold.</summary>
public sealed class PacketReaderTests
{
    private static readonly PeerAddress Stranger = PeerAddress.From(System.Net.IPAddress.Parse("192.0.2.7"), 7390);

    [Theory]
    [InlineData(new byte[] { 0x92, 0x63, 0xC0 })]
    [InlineData(new byte[] { 0x91, 0xCD, 0x01, 0x2C })]
    [InlineData(new byte[] { 0x92, 0xA1, 0x78, 0x01 })]
    [InlineData(new byte[] { 0x90 })]
    [InlineData(new byte[] { 0xC0 })]
    [InlineData(new byte[] { 0x81, 0x01, 0x02 })]
    public void What_is_no_message_of_this_version_is_skipped_and_counted_and_the_rest_applies(byte[] unknown)
    {
        var profile = Alive(7, Stranger);
        foreach (var body in new byte[][] { [.. unknown, .. profile], [.. profile, .. unknown] })
        {
            using var node = new Node(Sample.Options(), new Randomness(1), Instant.Start);
            node.Receive(Instant.Start, Stranger, Foreign.FrameOf(body), Delivery.Datagram, new Kept());
            Assert.Equal(2, node.Members.Count);
            Assert.Equal(1, node.Counters.Dropped(DropReason.UnknownMessage));
        }
    }

    [Theory]
    [InlineData(new byte[] { 0x95 })]
    [InlineData(new byte[] { 0xC1 })]
    [InlineData(new byte[] { 0x92, 0x01 })]
    [InlineData(new byte[] { 0xD9 })]
    [InlineData(new byte[] { 0x95, 0x01, 0x01 })]
    public void A_body_that_breaks_off_is_counted_and_what_stood_before_applies(byte[] broken)
    {
        using var node = new Node(Sample.Options(), new Randomness(1), Instant.Start);
        node.Receive(Instant.Start, Stranger, Foreign.FrameOf([.. Alive(7, Stranger), .. broken]), Delivery.Datagram, new Kept());
        Assert.Equal(2, node.Members.Count);
        Assert.Equal(1, node.Counters.Dropped(DropReason.MalformedMessage));
    }

    [Theory]
    [InlineData("224.0.0.251")]
    [InlineData("239.1.2.3")]
    [InlineData("255.255.255.255")]
    [InlineData("ff02::fb")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public void A_member_at_an_address_that_is_not_one_host_is_refused(string address) =>
        Assert.False(PacketReader.TryAlive(Alive(7, PeerAddress.From(System.Net.IPAddress.Parse(address), 7390)), out _));

    [Fact]
    public void A_profile_too_large_for_every_datagram_is_refused_for_it_could_not_be_passed_on()
    {
        var large = Alive(7, Stranger);
        byte[] padding = [0xC3, 0xC5, 0x01, 0x00, .. new byte[256]];
        Assert.True(PacketReader.TryAlive(Foreign.Lengthened(large, [0xC3, 0xC4, 0x10, .. new byte[16]]), out _));
        Assert.True(PacketReader.TryAlive(Foreign.Lengthened(large, padding), out _));
        Assert.False(PacketReader.TryAlive(Foreign.Lengthened(large, [0xC3, 0xC5, 0x02, 0x00, .. new byte[512]]), out _));
    }

    [Fact]
    public void A_list_of_members_that_names_one_twice_is_refused_for_each_would_be_answered()
    {
        var id = new MemberId(5);
        var buffer = new byte[200];
        var writer = new PacketWriter(buffer);
        Assert.True(writer.TryWant([new WantEntry(id, 0), new WantEntry(id, 1)]));
        Assert.False(PacketReader.TryWant(buffer.AsSpan(0, writer.Length), out _));

        writer = new PacketWriter(buffer);
        var claim = new Claim(new Incarnation(1), MemberState.Alive);
        Assert.True(writer.TryDigest(0, 0, [new DigestEntry(id, claim, 0), new DigestEntry(new MemberId(4), claim, 0)]));
        Assert.False(PacketReader.TryDigest(buffer.AsSpan(0, writer.Length), out _));
    }

    [Fact]
    public void A_version_beyond_reach_is_refused_for_its_owner_could_never_outrank_it()
    {
        var buffer = new byte[200];
        var owner = new MemberId(5);
        var writer = new PacketWriter(buffer);
        Assert.True(writer.TryDelta(owner, 0, Limits.Version, 0, []));
        Assert.False(PacketReader.TryDelta(buffer.AsSpan(0, writer.Length), out _));

        writer = new PacketWriter(buffer);
        Assert.True(writer.TryNotice(owner, ulong.MaxValue));
        Assert.False(PacketReader.TryNotice(buffer.AsSpan(0, writer.Length), out _, out _));

        writer = new PacketWriter(buffer);
        Assert.True(writer.TryDigest(0, 0, [new DigestEntry(owner, new Claim(new Incarnation(1), MemberState.Alive), Limits.Version)]));
        Assert.False(PacketReader.TryDigest(buffer.AsSpan(0, writer.Length), out _));
    }

    [Fact]
    public void A_record_that_only_a_later_version_understands_is_kept_and_passed_on_but_not_shown()
    {
        // Endpoints as a map: valid MessagePack, but not the grammar of this version.
        byte[] payload = [0x92, 0xA1, 0x78, 0x80];
        var buffer = new byte[200];
        var writer = new PacketWriter(buffer);
        Assert.True(writer.TryDelta(new MemberId(7), 0, 1, 0, [new DeltaEntry("one", 1, payload, default)]));
        Assert.True(PacketReader.TryDelta(buffer.AsSpan(0, writer.Length), out var delta));
        Assert.Equal(payload, delta.Entries[0].Payload);
        Assert.True(delta.Entries[0].Head.Service is null);

        using var node = new Node(Sample.Options(), new Randomness(1), Instant.Start);
        node.Receive(Instant.Start, Stranger, Foreign.FrameOf([.. Alive(7, Stranger), .. buffer[..writer.Length]]), Delivery.Datagram, new Kept());
        Assert.Empty(node.ServicesOf(new MemberId(7)));
        Assert.Equal(1UL, node.FindMember(new MemberId(7))!.RecordsVersion);
    }

    [Theory]
    [InlineData(new byte[] { 0x6F, 0xC3, 0x28, 0x6F, 0x6F })]
    [InlineData(new byte[] { 0x6F, 0x6F, 0x6F, 0xE2, 0x82 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80, 0x6F, 0x6F })]
    [InlineData(new byte[] { 0xC0, 0x80, 0xC3, 0xA9, 0x6F })]
    [InlineData(new byte[] { 0xC3, 0xA9, 0xC2, 0x85, 0x6F })]
    [InlineData(new byte[] { 0x6F, 0x6F, 0x0A, 0x6F, 0x6F })]
    public void A_name_that_is_no_text_is_refused(byte[] name)
    {
        var alive = Alive(7, Stranger);
        var place = alive.AsSpan().IndexOf("other"u8);
        name.CopyTo(alive, place);
        Assert.False(PacketReader.TryAlive(alive, out _));
        "\u00E9\u00E9o"u8.CopyTo(alive.AsSpan(place));
        Assert.True(PacketReader.TryAlive(alive, out _));
    }

    private static byte[] Alive(ulong id, PeerAddress address)
    {
        var buffer = new byte[300];
        var writer = new PacketWriter(buffer);
        Assert.True(writer.TryAlive(new MemberId(id), new Incarnation(5), address, "other", "", 1));
        return buffer[..writer.Length];
    }
}
