namespace Gossip.Protocol.Tests.Registry;

/// <summary>A member that keeps a lone record in place of its list tells the same of it as the list would.</summary>
public sealed class KeptRecordsLaws
{
    private static readonly MemberId Owner = new(42);

    [Fact]
    public void An_owner_that_keeps_its_records_after_each_write_has_what_a_list_has_that_is_never_put_away() =>
        HoldsAfterEach((step, key, _, _, kept, expected) =>
        {
            var record = Sample.Numbered(key, step);
            if (step % 8 == 0)
                Assert.Equal(expected.TryRaiseAbove(kept.Version + (ulong)(step % 400)), kept.TryRaiseAbove(kept.Version + (ulong)(step % 400)));
            else if (step % 2 == 0)
                Write(key, null, default, kept, expected);
            else
                Write(key, Sample.Payload(record), RecordHead.Of(record, Sample.Payload(record)), kept, expected);
        });

    [Fact]
    public void Another_that_keeps_them_after_each_rumour_has_what_a_list_has_that_is_never_put_away() =>
        HoldsAfterEach((step, key, randomness, writer, kept, expected) =>
        {
            if (step % 8 == 0)
                Assert.True(writer.TryRaiseAbove(writer.Version + (ulong)randomness.Below(600)));
            var told = Told(step, key, writer, randomness);
            if (step % 3 == 0)
                return; // It is lost on the way.
            var changed = expected.Merge(told, out var limited);
            Assert.Equal((changed, limited), (kept.Merge(told, out var also), also));
        });

    private static void HoldsAfterEach(Action<int, string, Randomness, OwnerRecords, OwnerRecords, OwnerRecords> change) =>
        Property.HoldsForScripts(300, 60, script =>
        {
            var member = Sample.Member(Owner, new Claim(new Incarnation(1), MemberState.Alive), Sample.Options(3).Address);
            var (expected, writer) = (new OwnerRecords(), new OwnerRecords());
            var randomness = new Randomness((ulong)script.Length);
            foreach (var step in script)
            {
                var kept = member.Records;
                change(step, $"key {step / 8 % 3}", randomness, writer, kept, expected);
                member.Keep(kept);
                AssertSame(expected, member);
            }
        });

    private static void Write(string key, byte[]? payload, RecordHead head, OwnerRecords kept, OwnerRecords expected)
    {
        kept.Write(key, payload, head);
        expected.Write(key, payload, head);
    }

    /// <summary>A write of the owner, alone or with all above a version, as one tells it who may know less of what was below.</summary>
    private static Delta Told(int step, string key, OwnerRecords writer, Randomness randomness)
    {
        var record = Sample.Numbered(key, step) with { Zone = randomness.Chance(0.2) ? "else" : "" };
        var payload = randomness.Chance(0.3) ? null : randomness.Chance(0.2) ? [0x90] : Sample.Payload(record);
        var head = payload is not { Length: > 1 } ? default : RecordHead.Of(record, payload);
        var stored = writer.Write(key, payload, head);
        if (randomness.Chance(0.3))
            return writer.Since(Owner, (ulong)randomness.Below((int)stored.Version));
        var since = randomness.Chance(0.3) ? (ulong)randomness.Below((int)stored.Version) : stored.Since;
        var floor = randomness.Chance(0.1) ? since : 0;
        return new Delta(Owner, since, stored.Version, floor, [new DeltaEntry(key, stored.Version, payload, head)]);
    }

    private static void AssertSame(OwnerRecords expected, Member member)
    {
        Assert.Equal((expected.Version, expected.Floor), (member.RecordsVersion, member.RecordsFloor));
        Assert.Equal((expected.Version, expected.Floor), (member.Records.Version, member.Records.Floor));
        Assert.Equal(expected.All.Select(Told), member.StoredRecords.Select(Told));
        Assert.Equal(expected.All.Select(Told), member.Records.All.Select(Told));
        Assert.All(expected.All, one => Assert.Equal(Told(one), Told(member.FindRecord(one.Version)!)));
        Assert.Equal((expected.Count, expected.Bytes), (member.Records.Count, member.Records.Bytes));
        Assert.Equal(expected.Count > 0, member.HasServices);
    }

    private static string Told(StoredRecord one) =>
        $"{one} since {one.Since} {one.Service} {one.Weight} '{one.Zone}' {one.IsTombstone} {(one.Payload is { } payload ? Convert.ToHexString(payload) : "-")}";
}
