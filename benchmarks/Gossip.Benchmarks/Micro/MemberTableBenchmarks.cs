using BenchmarkDotNet.Attributes;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Micro;

/// <summary>What the table of members costs for each packet and each round.</summary>
public class MemberTableBenchmarks
{
    private readonly Randomness _randomness = new(1);
    private readonly Member[] _picked = new Member[4];
    private MemberTable _table = null!;
    private Member _changing = null!;
    private ulong _incarnation;

    [Params(128, 1000)]
    public int Members { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _table = new MemberTable(Examples.Member(0), Limits.Members);
        for (var i = 1; i < Members; i++)
            _table.TryAdd(Examples.Member(i), out _);
        _changing = _table.Find(Examples.Id(Members / 2))!;
        _incarnation = _changing.Claim.Incarnation.Value;
    }

    [Benchmark]
    public object? Find() => _table.Find(_changing.Id);

    /// <summary>A member speaks of itself anew: what it says is made with the claim.</summary>
    [Benchmark]
    public void UpdateClaim()
    {
        var said = _changing.Profile;
        var profile = MemberProfile.Of(said.Id, new Incarnation(++_incarnation), said.Address, said.Name, said.Zone);
        _table.Update(_changing, new Claim(profile.Incarnation, MemberState.Alive), Instant.Start, profile);
    }

    [Benchmark]
    public uint Digest() => _table.Digest;

    /// <summary>One level of a repair: the sixteen parts of the whole.</summary>
    [Benchmark]
    public uint Summary()
    {
        var all = 0u;
        for (var part = 0ul; part < 16; part++)
        {
            var (start, end) = _table.Range(1, part);
            all ^= _table.HashOfRange(start, end);
        }

        return all;
    }

    [Benchmark]
    public int PickFour() => _table.Pick(_randomness, _changing, _picked);
}
