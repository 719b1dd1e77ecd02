namespace Gossip.Protocol.Tests.Registry;

/// <summary>A record that is kept gives back what its owner wrote.</summary>
public sealed class StoredRecordLaws
{
    [Law]
    internal void A_record_gives_back_the_bytes_that_its_owner_wrote(ServiceRecord record, Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var payload = Sample.Payload(record);
        var version = 1 + (ulong)randomness.Below(1_000_000);
        var since = randomness.Chance(0.5) ? 0 : version - 1 - (ulong)randomness.Below((int)version);
        var stored = new StoredRecord("key", since, version, payload, RecordHead.Of(record));
        Assert.Equal(payload, stored.Payload);
        Assert.Equal((payload.Length, false, since, version), (stored.Bytes, stored.IsTombstone, stored.Since, stored.Version));
        Assert.Equal((record.Service, record.State, record.Weight, record.Zone), (stored.Service, stored.State, stored.Weight, stored.Zone));
        Assert.Equal(record.Endpoints, stored.Read().Endpoints);
    }

    [Fact]
    public void A_tombstone_has_no_bytes_and_a_record_that_is_not_understood_keeps_its_own()
    {
        var tombstone = new StoredRecord("key", 3, 9, null, default);
        Assert.Equal((true, 0, null, 3UL), (tombstone.IsTombstone, tombstone.Bytes, tombstone.Payload, tombstone.Since));
        var unknown = new StoredRecord("key", 0, 9, [0x90], default);
        Assert.False(unknown.IsTombstone || unknown.IsReadable);
        Assert.Equal([0x90], unknown.Payload);
    }
}
