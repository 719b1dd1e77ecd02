using FsCheck;

namespace Gossip.Protocol.Tests.Wire;

/// <summary>The entries of one message about members: in the order of their ids, and each once.</summary>
internal sealed record Few<T>(T[] Entries)
{
    public override string ToString() => string.Join(' ', Entries);
}

/// <summary>Messages, each as some member might send it.</summary>
internal static class Messages
{
    private static readonly uint[] NoHashes = new uint[16];

    public static Arbitrary<Accusation> Accusations() => Inputs.From(Accusation, accusation =>
    [
        accusation with { Member = new MemberId(1) },
        accusation with { Claim = accusation.Claim with { Incarnation = new Incarnation(1) } },
        .. accusation.Claim.State == MemberState.Left ? [] : new[]
        {
            accusation with { Testimony = accusation.Testimony with { Accuser = new MemberId(1) } },
            accusation with { Testimony = accusation.Testimony with { LocalHealth = 0 } },
            accusation with { Testimony = accusation.Testimony with { RoundTrip = null } },
        },
    ]);

    public static Arbitrary<Delta> Deltas() => Inputs.From(
        Delta, delta => Fewer(delta.Entries).Select(entries => delta with { Entries = entries }));

    public static Arbitrary<Summary> Summaries() => Inputs.From(
        randomness => new Summary(
            Depth(randomness), Sample.UInt64(randomness), [.. Enumerable.Range(0, 16).Select(_ => Sample.UInt32(randomness))]),
        summary => [summary with { Depth = 0 }, summary with { Prefix = 0 }, summary with { Hashes = NoHashes }]);

    public static Arbitrary<Digest> Digests() => Inputs.From(
        randomness => new Digest(Depth(randomness), Sample.UInt64(randomness), Entries(
            randomness, id => new DigestEntry(id, Sample.Claim(randomness), Sample.Version(randomness) - 1))),
        digest => Fewer(digest.Entries).Select(entries => digest with { Entries = entries })
            .Append(digest with { Depth = 0 }).Append(digest with { Prefix = 0 }));

    public static Arbitrary<Few<WantEntry>> Wants() => About((id, randomness) => new WantEntry(id, Sample.Version(randomness) - 1));

    public static Arbitrary<Few<LoadReport>> Loads() => About((id, randomness) => new LoadReport(
        id, 1 + (Sample.UInt32(randomness) % (Limits.LoadSequence - 1)), TimeSpan.FromMilliseconds(randomness.Below(65_536)),
        new Load(randomness.Below(70_000), randomness.Below(70_000), randomness.Below(101))));

    private static Accusation Accusation(Randomness randomness)
    {
        var state = (MemberState)(1 + randomness.Below(3));
        var testimony = state == MemberState.Left ? default : new Testimony(
            Sample.Id(randomness), (Evidence)(1 + randomness.Below(4)), (byte)randomness.Below(256),
            randomness.Chance(0.3) ? null : TimeSpan.FromMicroseconds(1L + (Sample.UInt32(randomness) / 2)));
        return new Accusation(Sample.Id(randomness), new Claim(Sample.Incarnation(randomness), state), testimony);
    }

    private static Delta Delta(Randomness randomness)
    {
        var from = Sample.Version(randomness) / 2;
        var entries = new DeltaEntry[randomness.Below(6)];
        var version = from;
        for (var i = 0; i < entries.Length; i++)
        {
            version += 1 + (ulong)randomness.Below(1000);
            var record = Sample.Record(randomness, Sample.Name(randomness, Limits.NameBytes));
            entries[i] = randomness.Chance(0.3)
                ? new(record.InstanceId, version, null, default)
                : new(record.InstanceId, version, Sample.Payload(record), RecordHead.Of(record));
        }

        var to = version + 1 + (ulong)randomness.Below(3);
        return new Delta(Sample.Id(randomness), from, to, to / (1 + (ulong)randomness.Below(3)), entries, Kept(from, randomness));
    }

    private static ulong[]? Kept(ulong most, Randomness randomness) => randomness.Chance(0.5) || most == 0
        ? null
        : [.. Enumerable.Range(0, randomness.Below(5)).Select(_ => 1 + (randomness.Next() % most)).Distinct().Order()];

    private static int Depth(Randomness randomness) => randomness.Below(MemberTable.MaxDepth + 1);

    private static Arbitrary<Few<T>> About<T>(Func<MemberId, Randomness, T> about) => Inputs.From(
        randomness => new Few<T>(Entries(randomness, id => about(id, randomness))),
        few => Fewer(few.Entries).Select(entries => new Few<T>(entries)));

    private static T[] Entries<T>(Randomness randomness, Func<MemberId, T> about) =>
        [.. Enumerable.Range(0, randomness.Below(20)).Select(_ => Sample.Id(randomness)).Distinct().Order().Select(about)];

    private static IEnumerable<T[]> Fewer<T>(IReadOnlyList<T> entries) => Draws.Shorter(entries.ToArray());
}
