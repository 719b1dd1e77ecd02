using Gossip.Benchmarks.Fuzzing.Mutations;
using Gossip.Dns.Messages;
using Gossip.Dns.Multicast;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Fuzzing.Lives;

/// <summary>
/// A machine that publishes and browses, on a link of strangers. When they fall silent, what they said is forgotten, its own service has
/// some name, and a newcomer is found.
/// </summary>
internal sealed class MdnsLife : FuzzLife
{
    private readonly DnsLink _link = new();
    private readonly DnsMachine _machine;
    private int _mostCached;

    public MdnsLife(Randomness randomness)
    {
        _machine = _link.Add(1).Publish(DnsDraws.Instance, areNamesUnique: randomness.Chance(0.3)).Browse();
        _link.RunFor(TimeSpan.FromSeconds(randomness.Below(5)));
    }

    public override byte[] Draw(Randomness randomness) => DnsLife.DrawMessage(randomness, FuzzTarget.Find("dns").Known);

    public override void Feed(ReadOnlySpan<byte> input, Randomness randomness)
    {
        var before = _machine.Sends;
        _machine.Dns.Receive(_link.Now, DnsDraws.Place(randomness), input, _machine);
        Demand(_machine.Sends <= before + 1, "One packet draws several at once.");
        Demand(_machine.Dns.CachedRecords <= Dns.Limits.CachedRecords, $"{_machine.Dns.CachedRecords} records are cached.");
        _mostCached = Math.Max(_mostCached, _machine.Dns.CachedRecords);
        if (randomness.Chance(0.05))
            _link.RunFor(TimeSpan.FromMilliseconds(randomness.Below(300)));
        else if (randomness.Chance(0.0005))
            _link.RunFor(TimeSpan.FromMinutes(randomness.Below(100)));
    }

    public override void End()
    {
        Demand(_mostCached > 5, "The inputs are too far off to be a test: hardly any record was cached.");
        // Longer than any foreign record lives.
        _link.RunFor(Timing.LongestTtl(RecordType.Ptr) + TimeSpan.FromMinutes(1));
        Demand(
            _machine.Seen.Count == 1 && _machine.Seen.All(one => one.IsOwn),
            $"Seen is {string.Join(", ", _machine.Seen)}, and not its own service alone.");
        _link.Add(2).Publish("newcomer", areNamesUnique: true);
        _link.RunFor(TimeSpan.FromSeconds(10));
        Demand(_machine.Seen.Any(one => one.Instance == "newcomer"), "A newcomer is not found.");
    }
}
