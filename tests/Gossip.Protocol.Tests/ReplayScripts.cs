using Gossip.Simulation;

namespace Gossip.Protocol.Tests;

/// <summary>
/// Somebody without the key records all frames, and sends them again whenever it likes: to whom it likes, from the address that they came
/// from or from others, as a datagram or on a stream. What the nodes know in the end is what they know in a twin of the run in which nobody
/// does. Nodes register, crash, come back, leave, sleep and are split meanwhile, and the whole cluster starts anew.
/// </summary>
public sealed class ReplayScripts
{
    private const int Steps = 10;
    private const int FramesPerReplay = 150;
    private const int MostRecorded = 3000;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Within the window in which a frame is fresh, at its end, and beyond what remembers who left, and who died.</summary>
    private static readonly TimeSpan[] Pauses =
        [Second, 5 * Second, 20 * Second, 25 * Second, 35 * Second, 60 * Second, 120 * Second, 300 * Second, 660 * Second];

    [Fact]
    public void Whatever_is_sent_again_the_views_are_those_of_a_twin_without_it()
    {
        for (var seed = 1UL; seed <= (ulong)Nightly.Times(8, 1000); seed++)
        {
            var twin = new Run(seed, Defences.None, replays: false).View();
            var replayed = new Run(seed, Defences.None, replays: true);
            Assert.True(twin == replayed.View(), $"seed {seed}: {replayed}\n{twin}\nbut with replays\n{replayed.View()}");
        }
    }

    [Fact]
    public void Without_tokens_and_freshness_some_views_differ()
    {
        var differ = 0;
        for (var seed = 1UL; seed <= 30 && differ == 0; seed++)
        {
            var defences = Defences.Tokens | Defences.Freshness;
            differ += new Run(seed, defences, replays: false).View() == new Run(seed, defences, replays: true).View() ? 0 : 1;
        }

        Assert.Equal(1, differ);
    }

    private sealed class Run
    {
        private readonly List<string> _told = [];
        private readonly List<(PeerAddress From, byte[] Frame)> _recorded = [];
        private readonly Randomness _plan;
        private readonly Randomness _attack;
        private readonly bool _replays;
        private readonly string _view;
        private int _writes;

        public Run(ulong seed, Defences switchedOff, bool replays)
        {
            (_plan, _attack, _replays) = (new Randomness(seed), new Randomness(seed ^ 0xA77AC4), replays);
            using var world = new World(seed) { KeepsObservations = false };
            var recording = new Randomness(seed ^ 0x7A9E);
            var heard = 0;
            world.Network.Tap = (from, _, _, frame) => Record(from.Address, frame, recording, ref heard);
            world.AddCluster(3 + _plan.Below(3), options => options with { Key = new byte[32], SwitchedOff = switchedOff });
            world.RunFor(10 * Second);
            for (var step = 0; step < Steps; step++)
                Step(world);
            world.Network.Heal();
            // The seed of all: without it, those that were started anew do not find each other.
            if (!IsUp(world.Nodes[0]))
                world.Nodes[0].Restart();
            // Splits and the dead are looked after every 10 s, and a verdict takes a few.
            world.RunFor(90 * Second);
            var agree = world.RunUntil(world.IsInAgreement, 120 * Second);
            Replay(world);
            world.RunFor(Second / 4);
            _view = $"{(agree ? "agreed" : "did not agree")}\n{string.Join('\n', world.Nodes.Where(IsUp).Select(ViewOf))}";
        }

        public string View() => _view;

        public override string ToString() => string.Join(", ", _told);

        private void Step(World world)
        {
            var node = world.Nodes[_plan.Below(world.Nodes.Count)];
            var action = _plan.Below(9);
            var pause = _plan.Below(1000) is var rare && rare == 0 ? 24 * 3600 * Second
                : rare < 25 ? 3600 * Second
                : Pauses[_plan.Below(Pauses.Length)];
            _told.Add($"{action}@{node.Index} {pause}");
            switch (action)
            {
                case 0 or 1 when IsUp(node):
                    node.Register(Sample.Numbered("a", 1 + (++_writes % 1000)));
                    break;
                case 2 when IsUp(node):
                    node.Deregister("a");
                    break;
                case 3:
                    node.Crash();
                    break;
                case 4:
                    node.Restart();
                    break;
                case 5 when IsUp(node):
                    node.Leave();
                    world.RunFor(5 * Second);
                    node.Crash();
                    break;
                case 6 when IsUp(node):
                    node.Suspend(3600 * Second);
                    break;
                case 7:
                    world.Network.Partition([node], world.Nodes.Where(other => other != node));
                    break;
                case 8:
                    var skew = _plan.Below(2) == 0 ? TimeSpan.Zero : -3600 * Second;
                    foreach (var one in world.Nodes)
                    {
                        one.WallSkew += skew;
                        one.Restart();
                    }

                    break;
            }

            Replay(world);
            world.RunFor(pause);
            Replay(world);
            if (action == 7)
                world.Network.Heal();
        }

        /// <summary>Keeps an even sample of all that was ever sent.</summary>
        private void Record(PeerAddress from, byte[] frame, Randomness recording, ref int heard)
        {
            if (_recorded.Count < MostRecorded)
                _recorded.Add((from, frame));
            else if (recording.Below(++heard + MostRecorded) is var place && place < MostRecorded)
                _recorded[place] = (from, frame);
        }

        private void Replay(World world)
        {
            if (!_replays)
                return;
            for (var i = 0; i < FramesPerReplay && _recorded.Count > 0; i++)
            {
                var (from, frame) = _recorded[_attack.Below(_recorded.Count)];
                var to = world.Nodes[_attack.Below(world.Nodes.Count)];
                var address = _attack.Below(4) == 0 ? world.Nodes[_attack.Below(world.Nodes.Count)].Address : from;
                var delivery = _attack.Below(4) == 0 ? Delivery.Stream : Delivery.Datagram;
                if (IsUp(to) && address != to.Address)
                    to.Do((node, now, outbox) => node.Receive(now, address, frame, delivery, outbox));
            }
        }

        private static bool IsUp(SimulatedNode node) => node.IsRunning && !node.IsPaused;

        private static string ViewOf(SimulatedNode node) => $"{node}: " + string.Join("; ", node.Node.Members
            .Where(member => member.IsLive)
            .Select(member => $"{member.Name} {string.Join(' ', node.Node.ServicesOf(member.Id).Select(record => record.Weight))}")
            .Order(StringComparer.Ordinal));
    }
}
