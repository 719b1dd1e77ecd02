using System.CommandLine;

namespace Gossip.Benchmarks.Simulated;

/// <summary>The options of an experiment that is repeated in several worlds with the same network.</summary>
internal sealed class Trials(int seeds)
{
    private readonly Option<double> _roundTrip = Number.Real("--round-trip", 0.5, 0.01, 10_000, "Milliseconds from one node to another and back");
    private readonly Option<double> _drop = Number.Real("--drop", 0, 0, 0.99, "The share of datagrams that is lost");
    private readonly Option<int> _seeds = Number.Whole("--seeds", seeds, 1, 10_000, "How often, each time in a world of its own");
    private readonly Option<ulong> _first = new("--first-seed") { Description = "The first seed", DefaultValueFactory = _ => 1 };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object on one line" };
    private readonly Spreading _spreading = new();

    public void AddTo(Command command)
    {
        Option[] options = [_roundTrip, _drop, _seeds, _first, _json];
        foreach (var option in options)
            command.Options.Add(option);
        _spreading.AddTo(command);
    }

    public TimeSpan RoundTripOf(ParseResult parsed) => TimeSpan.FromMilliseconds(parsed.GetValue(_roundTrip));

    public double DropOf(ParseResult parsed) => parsed.GetValue(_drop);

    public (int Seeds, ulong First) SeedsOf(ParseResult parsed) => (parsed.GetValue(_seeds), parsed.GetValue(_first));

    public GossipProtocolOptions SpreadingOf(ParseResult parsed) => _spreading.Of(parsed);

    /// <summary>Prints the result. 0 when nobody missed anything.</summary>
    public int Tell<T>(ParseResult parsed, T result, int missed)
    {
        parsed.InvocationConfiguration.Output.WriteLine(Json.Of(result, parsed.GetValue(_json)));
        return missed == 0 ? 0 : 1;
    }
}
