using System.Globalization;
using System.Net;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>Row 26: hosts whose addresses change while their processes run.</summary>
internal static class AddressRows
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>The delay of the system's notification, and the steps in which a change comes.</summary>
    private static readonly TimeSpan Nudge = 0.2 * Second;

    /// <summary>How often the shell checks for itself where the system notifies it of nothing.</summary>
    private static readonly TimeSpan Look = 3 * Second;

    /// <summary>How long after a change all running nodes must show the member where it is.</summary>
    private static readonly TimeSpan Settled = 5 * Second;

    /// <summary>
    /// The same where datagrams get lost: a node that missed the news gets it with its next probe, which in the worst local health takes 9
    /// rounds.
    /// </summary>
    private static readonly TimeSpan SettledWithLoss = 15 * Second;

    public static IReadOnlyList<FaultRow> All { get; } =
    [
        new(26, "addresses that change",
            "nobody but a member whose address changed dies, and that once per change in each view; "
                + "each is shown where it is after 5 s, or 15 s where "
            + "datagrams get lost; from then on nobody is held for out of reach", Changes),
    ];

    public static void Changes(FaultRun run)
    {
        var changes = 1 + run.Chance.Below(4 + (run.Size / 16));
        var (loss, isMissed) = (run.Chance.Chance(0.5) ? run.Chance.Fraction() * 0.1 : 0, run.Chance.Chance(0.3));
        run.Declare($"{changes} changes of addresses, loss {loss:P0}, nudges missed {isMissed}");
        run.World.Network.Faults = run.World.Network.Faults with { Loss = Math.Max(loss, run.World.Network.Faults.Loss) };
        var settled = loss > 0 ? SettledWithLoss : Settled;
        var moves = new Moves(run, isMissed ? Look : TimeSpan.Zero, settled);
        for (var i = 0; i < changes; i++)
        {
            // After all have been up for a while, and so far apart that each change, the last included, can settle before the next.
            var at = settled + (i * (settled + Second)) + (run.Chance.Fraction() * Second);
            var (kind, pair) = (run.Chance.Below(4), run.Some(2));
            run.Lasts(at + settled + (2 * Second));
            run.At(at, () => moves.Make(kind, pair));
            run.At(at + settled, moves.Check);
        }

        run.Demand(moves.Problem);
    }

    private sealed class Moves(FaultRun run, TimeSpan latest, TimeSpan settled)
    {
        private readonly Dictionary<SimulatedNode, int> _changes = [];
        private readonly List<(TimeSpan At, SimulatedNode Node)> _moved = [];
        private readonly List<string> _unsettled = [];
        private byte _spare;

        public void Make(int kind, SimulatedNode[] pair)
        {
            var (one, other) = (pair[0], pair[^1]);
            if (!one.IsRunning || !other.IsRunning || one == other)
                return;
            var (first, second) = (one.Address, other.Address);
            switch (kind)
            {
                case 0:
                    Move(one, Spare(first));
                    break;
                case 1:
                    Move(one, Spare(first));
                    Move(other, Spare(second));
                    break;
                case 2:
                    Move(one, second);
                    Move(other, first);
                    break;
                default:
                    Move(one, Spare(first));
                    Arrive(first);
                    break;
            }
        }

        /// <summary>Whether each view has every member where it is.</summary>
        public void Check()
        {
            foreach (var observer in run.World.Nodes.Where(node => node.IsRunning))
            {
                foreach (var member in run.World.Nodes.Where(node => node.IsRunning && node.Node.Self.IsLive))
                {
                    var seen = observer.Node.FindMember(member.Node.Self.Id);
                    if (_unsettled.Count > 0 || (seen?.Address == member.Address && seen.IsLive))
                        continue;
                    _unsettled.Add(string.Create(
                        CultureInfo.InvariantCulture,
                        $"at {run.World.Now.TotalSeconds:0.000} s {observer} shows {
                            seen?.ToString() ?? "nothing"} of {member}, which is at {member.Address}"));
                }
            }
        }

        public string? Problem()
        {
            if (_unsettled.Count > 0)
                return _unsettled[0];
            var worst = run.Safety.FalseDeaths.GroupBy(death => (death.Observer, death.Member))
                .FirstOrDefault(deaths => deaths.Count() > _changes.GetValueOrDefault(deaths.Key.Member));
            if (worst is null && run.Safety.Unreached.FirstOrDefault(IsSettled) is { Member: not null } unreached)
                return $"{unreached}, which is where it says";
            return worst is null
                ? null
                : $"{_changes.GetValueOrDefault(worst.Key.Member)} times the address of {worst.Key.Member} changed, "
                    + $"and {worst.Count()} times it died, "
                    + $"the last time {worst.Last()}";
        }

        /// <summary>Whether neither has moved recently, so that the one must reach the other.</summary>
        private bool IsSettled(Unreached unreached) => !_moved.Exists(move =>
            (move.Node == unreached.Observer || move.Node == unreached.Member)
                && unreached.At >= move.At && unreached.At - move.At < settled);

        private void Move(SimulatedNode node, PeerAddress address)
        {
            _changes[node] = _changes.GetValueOrDefault(node) + 1;
            _moved.Add((run.World.Now, node));
            node.Readdress(address, Nudge + (latest * run.Chance.Fraction()));
        }

        /// <summary>A new host gets an address that another had a moment ago.</summary>
        private void Arrive(PeerAddress address)
        {
            var newcomer = run.Join();
            newcomer.Crash();
            newcomer.Move(address);
            newcomer.Restart();
        }

        private PeerAddress Spare(PeerAddress like) => PeerAddress.From(new IPAddress([172, 16, 0, ++_spare]), like.Port);
    }
}
