using System.CommandLine;

namespace Gossip.Benchmarks;

/// <summary>How news is spread where a harness is to try something else than what the library does by itself.</summary>
internal sealed class Spreading
{
    private readonly Option<int> _fanout =
        Number.Whole("--fanout", 0, 0, 16, "To how many members news is sent at once; 0 for what the library does by itself");

    private readonly Option<double> _pace =
        Number.Real("--pace", 0, 0, 10_000, "Milliseconds between the later sends of news; 0 for what the library does by itself");

    private readonly Option<double> _transmit =
        Number.Real("--transmit", 0, 0, 32, "Each node sends news at most this x log10(n + 1) times; 0 for what the library does by itself");

    public void AddTo(Command command)
    {
        command.Options.Add(_fanout);
        command.Options.Add(_pace);
        command.Options.Add(_transmit);
    }

    public GossipProtocolOptions Of(ParseResult parsed)
    {
        var (fanout, pace, transmit) = (parsed.GetValue(_fanout), parsed.GetValue(_pace), parsed.GetValue(_transmit));
        return new GossipProtocolOptions
        {
            Fanout = fanout == 0 ? null : fanout,
            GossipPace = pace == 0 ? null : TimeSpan.FromMilliseconds(pace),
            TransmitMultiplier = transmit == 0 ? null : transmit,
        };
    }
}
