namespace Gossip.Protocol.Tests.Registry;

/// <summary>However much records share, each gives back what its owner wrote.</summary>
public sealed class StoredRecordLaws
{
    [Fact]
    public void A_record_gives_back_the_bytes_that_its_owner_wrote_whatever_came_before_it() => Property.Holds(100, randomness =>
    {
        var texts = new Texts();
        for (var i = 0; i < 20; i++)
        {
            var record = Sample.Record(randomness, "key") with { Service = $"service {randomness.Below(3)}", Version = $"{randomness.Below(2)}" };
            if (randomness.Chance(0.7))
                record = Sibling(record.Service, randomness);
            var payload = Sample.Payload(record);
            var version = 1 + (ulong)randomness.Below(1_000_000);
            var since = randomness.Chance(0.5) ? 0 : version - 1 - (ulong)randomness.Below((int)version);
            var stored = StoredRecord.Of("key", since, version, payload, RecordHead.Of(record, payload, texts));
            Assert.Equal(payload, stored.Payload);
            Assert.Equal((payload.Length, false, since, version), (stored.Bytes, stored.IsTombstone, stored.Since, stored.Version));
            Assert.Equal((record.Service, record.State, record.Weight, record.Zone), (stored.Service, stored.State, stored.Weight, stored.Zone));
            Assert.Equal(record.Endpoints, stored.Read().Endpoints);
        }
    });

    [Fact]
    public void Siblings_that_differ_in_their_hosts_share_one_mould_and_strangers_do_not()
    {
        var texts = new Texts();
        var randomness = new Randomness(7);
        var (one, other) = (Sibling("orders", randomness), Sibling("orders", randomness));
        var stranger = one with { Metadata = [new("note", new string('x', 500))] };
        var mould = RecordHead.Of(one, Sample.Payload(one), texts).Mould;
        Assert.Same(mould, RecordHead.Of(other, Sample.Payload(other), texts).Mould);
        Assert.NotSame(mould, RecordHead.Of(stranger, Sample.Payload(stranger), texts).Mould);
    }

    [Fact]
    public void Nothing_is_kept_for_the_siblings_of_a_record_larger_than_a_datagram()
    {
        var texts = new Texts();
        var large = Sibling("orders", new Randomness(7)) with { Metadata = [new("note", new string('x', Limits.DatagramSize))] };
        var payload = Sample.Payload(large);
        Assert.NotSame(RecordHead.Of(large, payload, texts).Mould, RecordHead.Of(large, payload, texts).Mould);
    }

    [Fact]
    public void A_tombstone_has_no_bytes_and_a_record_that_is_not_understood_keeps_its_own()
    {
        var tombstone = StoredRecord.Of("key", 3, 9, null, default);
        Assert.Equal((true, 0, null, 3UL), (tombstone.IsTombstone, tombstone.Bytes, tombstone.Payload, tombstone.Since));
        var unknown = StoredRecord.Of("key", 0, 9, [0x90], default);
        Assert.False(unknown.IsTombstone || unknown.IsReadable);
        Assert.Equal([0x90], unknown.Payload);
    }

    private static ServiceRecord Sibling(string service, Randomness randomness) => new()
    {
        InstanceId = "key",
        Service = service,
        Version = "1.0.0",
        Endpoints = [new ServiceEndpoint("http", "http", $"10.0.0.{randomness.Below(250)}", 5000)],
        Tags = ["tag"],
        Metadata = [new("revision", "0")],
    };
}
