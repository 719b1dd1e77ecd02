using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>Faults of single links and nodes, and of a datagram's bytes.</summary>
internal sealed partial class Network
{
    private readonly Dictionary<(int From, int To), Link> _links = [];

    /// <summary>Datagrams that were too large for their way.</summary>
    internal long TooLarge { get; private set; }

    /// <summary>Clogs one direction: what is sent meanwhile arrives at the end, in order.</summary>
    internal void Clog(SimulatedNode from, SimulatedNode to, TimeSpan span) => LinkOf(from, to).CloggedUntil = _world.Now + span;

    /// <summary>Sets faults of one direction, in addition to those of the whole network.</summary>
    internal void SetFaults(SimulatedNode from, SimulatedNode to, LinkFaults? faults) => LinkOf(from, to).Faults = faults;

    private Link LinkOf(SimulatedNode from, SimulatedNode to)
    {
        if (!_links.TryGetValue((from.Index, to.Index), out var link))
            _links[(from.Index, to.Index)] = link = new Link();
        return link;
    }

    private bool IsCut(SimulatedNode from, SimulatedNode to) => _links.TryGetValue((from.Index, to.Index), out var link) && link.IsCut;

    private TimeSpan NotBeforeUnclogged(SimulatedNode from, SimulatedNode to, TimeSpan at)
    {
        if (_links.Count == 0 || !_links.TryGetValue((from.Index, to.Index), out var link) || link.CloggedUntil <= at)
            return at;
        return link.CloggedUntil;
    }

    private bool ComesThrough(SimulatedNode from, SimulatedNode to, int length, Delivery delivery)
    {
        if (Loses(Faults, from, to, length, delivery))
            return false;
        if (from.Outgoing is { } outgoing && Loses(outgoing, from, to, length, delivery))
            return false;
        if (to.Incoming is { } incoming && Loses(incoming, from, to, length, delivery))
            return false;
        return _links.Count == 0 || !_links.TryGetValue((from.Index, to.Index), out var link) || link.Faults is not { } single
            || !Loses(single, from, to, length, delivery);
    }

    private bool Loses(LinkFaults faults, SimulatedNode from, SimulatedNode to, int length, Delivery delivery)
    {
        if (delivery == Delivery.Stream && !faults.LosesStreams)
            return false;
        if (faults.Loss > 0 && _randomness.Chance(faults.Loss))
            return true;
        if (faults.SendFailure > 0 && _randomness.Chance(faults.SendFailure))
            return true;
        if (delivery == Delivery.Datagram && length > faults.LargestDatagram)
        {
            TooLarge++;
            return true;
        }

        return faults.IsBursty && LosesInBurst(faults, LinkOf(from, to));
    }

    /// <summary>A lost packet of the handshake is sent again after 1 s, when the node has stopped waiting for the stream.</summary>
    private bool Connects(SimulatedNode from, SimulatedNode to) =>
        ComesThrough(from, to, 0, Delivery.Stream) && ComesThrough(to, from, 0, Delivery.Stream);

    /// <summary>Lost data are sent again after 200 ms, then after twice as long.</summary>
    private TimeSpan Repetitions(SimulatedNode from, SimulatedNode to)
    {
        var (late, wait) = (TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
        while (wait < TimeSpan.FromSeconds(10) && !ComesThrough(from, to, 0, Delivery.Stream))
        {
            late += wait;
            wait *= 2;
        }

        return late;
    }

    private bool LosesInBurst(LinkFaults faults, Link link)
    {
        link.IsBad = link.IsBad ? !_randomness.Chance(faults.BurstEnd) : _randomness.Chance(faults.BurstStart);
        return link.IsBad;
    }

    private TimeSpan Lateness()
    {
        var late = TimeSpan.Zero;
        if (Faults.Reorder > 0 && _randomness.Chance(Faults.Reorder))
            late += Faults.ReorderBy * _randomness.Fraction();
        if (Faults.Spikes > 0 && _randomness.Chance(Faults.Spikes))
            late += Faults.SpikeDelay * _randomness.Fraction();
        return late;
    }

    private void Corrupt(Parcel parcel)
    {
        if (parcel.Length == 0)
            return;
        switch (_randomness.Below(3))
        {
            case 0:
                for (var flips = 1 + _randomness.Below(3); flips > 0; flips--)
                    parcel.Bytes[_randomness.Below(parcel.Length)] ^= (byte)(1 << _randomness.Below(8));
                break;
            case 1:
                parcel.Truncate(_randomness.Below(parcel.Length));
                break;
            default:
                foreach (ref var one in parcel.Bytes)
                    one = (byte)_randomness.Next();
                break;
        }
    }

    private void Replay(SimulatedNode from, SimulatedNode target, ReadOnlySpan<byte> bytes)
    {
        _recording.Offer(_world.Now, target, from.Address, bytes);
        if (_randomness.Chance(Faults.Replay) && _recording.TryPick(_world.Now, out var old))
            Inject(old.From, old.Target, old.Bytes);
    }

    /// <summary>One direction between two nodes.</summary>
    private sealed class Link
    {
        public bool IsCut { get; set; }

        public bool IsBad { get; set; }

        public TimeSpan CloggedUntil { get; set; }

        public LinkFaults? Faults { get; set; }
    }
}
