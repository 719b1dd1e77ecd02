using System.Net;
using Gossip.Benchmarks.Fuzzing.Mutations;
using Gossip.Dns.Messages;
using Gossip.Dns.Multicast;

namespace Gossip.Benchmarks.Fuzzing.Lives;

/// <summary>A link in virtual time: every multicast reaches every machine, its sender too, a millisecond later.</summary>
internal sealed class DnsLink
{
    /// <summary>Packets and ticks of one moment, after which time does not go on.</summary>
    private const int MostAtOnce = 1_000;

    private static readonly TimeSpan Flight = TimeSpan.FromMilliseconds(1);

    private readonly List<DnsMachine> _machines = [];
    private readonly Queue<(TimeSpan At, IPEndPoint From, byte[] Packet)> _flying = [];

    /// <summary>What machines send that publish, browse, meet in a conflict of names and withdraw.</summary>
    public static IReadOnlyList<byte[]> Recorded { get; } = Record();

    public TimeSpan Now { get; private set; }

    /// <summary>Packets that were sent.</summary>
    public List<byte[]>? Sent { get; init; }

    public DnsMachine Add(int number)
    {
        var machine = new DnsMachine(this, new IPEndPoint(new IPAddress([10, 0, 0, (byte)number]), MulticastDns.Port), (ulong)number);
        _machines.Add(machine);
        return machine;
    }

    public void Send(DnsMachine from, ReadOnlySpan<byte> packet)
    {
        Sent?.Add(packet.ToArray());
        _flying.Enqueue((Now + Flight, from.Place, packet.ToArray()));
    }

    public void RunFor(TimeSpan time)
    {
        var (end, atOnce) = (Now + time, 0);
        while (Next() is var next && next <= end)
        {
            atOnce = next > Now ? 0 : atOnce + 1;
            if (atOnce > MostAtOnce)
                throw new InvalidOperationException("Machines are busy, and no time passes.");
            Now = next > Now ? next : Now;
            if (_flying.TryPeek(out var first) && first.At <= Now)
                Deliver(_flying.Dequeue());
            else
                _machines.ForEach(machine => machine.TickIfDue());
        }

        Now = end;
    }

    private static List<byte[]> Record()
    {
        var link = new DnsLink { Sent = [] };
        var (one, two, three) = (link.Add(1).Publish(DnsDraws.Instance).Browse(), link.Add(2), link.Add(3).Publish("payments").Browse());
        link.RunFor(TimeSpan.FromSeconds(5));
        two.Publish(DnsDraws.Instance).Browse();
        link.RunFor(TimeSpan.FromMinutes(10));
        one.Dns.Withdraw(link.Now);
        three.Dns.Withdraw(link.Now);
        link.RunFor(TimeSpan.FromSeconds(5));
        return [.. link.Sent.DistinctBy(Convert.ToHexString)];
    }

    private TimeSpan Next()
    {
        var next = _flying.TryPeek(out var first) ? first.At : TimeSpan.MaxValue;
        foreach (var machine in _machines)
            next = machine.Dns.NextDeadline < next ? machine.Dns.NextDeadline : next;
        return next;
    }

    private void Deliver((TimeSpan At, IPEndPoint From, byte[] Packet) flying)
    {
        foreach (var machine in _machines)
            machine.Dns.Receive(Now, flying.From, flying.Packet, machine);
    }
}

/// <summary>One machine on the link. What it sends must be short enough, and readable; what it lost it must have found.</summary>
internal sealed class DnsMachine(DnsLink link, IPEndPoint place, ulong seed) : IMulticastOutbox
{
    private readonly Dictionary<(string Instance, string Type), ServiceSighting> _found = [];

    public IPEndPoint Place => place;

    public MulticastDns Dns { get; } = new(seed);

    public IReadOnlyCollection<ServiceSighting> Seen => _found.Values;

    /// <summary>Packets that it has sent.</summary>
    public int Sends { get; private set; }

    public DnsMachine Publish(string instance, bool areNamesUnique = false)
    {
        Dns.Publish(link.Now, new ServiceProfile
        {
            ServiceType = DnsDraws.Type,
            Instance = instance,
            Host = $"{instance}-host.local",
            Port = 7390,
            Addresses = [place.Address],
            Text = new Dictionary<string, string> { ["cluster"] = "shop", ["v"] = "1" },
            Subtypes = ["_canary"],
            AreNamesUnique = areNamesUnique,
        });
        return this;
    }

    public DnsMachine Browse()
    {
        Dns.Browse(link.Now, DnsDraws.Type);
        Dns.Browse(link.Now, DnsDraws.Subtype);
        return this;
    }

    public void TickIfDue()
    {
        if (Dns.NextDeadline <= link.Now)
            Dns.Tick(link.Now, this);
    }

    public void SendMulticast(ReadOnlySpan<byte> packet)
    {
        RequireReadable(packet);
        link.Send(this, packet);
    }

    public void SendUnicast(IPEndPoint peer, ReadOnlySpan<byte> packet) => RequireReadable(packet);

    public void Announced(ServiceProfile profile, string instance, string host)
    {
    }

    public void Found(ServiceSighting sighting) => _found[(sighting.Instance, sighting.ServiceType)] = sighting;

    public bool IsKnownToLive(ServiceSighting sighting) => false;

    public void Lost(ServiceSighting sighting)
    {
        if (!_found.Remove((sighting.Instance, sighting.ServiceType)))
            throw new InvalidOperationException($"{sighting.Instance} was lost without having been found.");
    }

    private void RequireReadable(ReadOnlySpan<byte> packet)
    {
        Sends++;
        if (packet.Length > Gossip.Dns.Limits.WritePacketBytes || !DnsMessage.TryRead(packet, out _))
            throw new InvalidOperationException($"A message is sent that is too long or not readable: {Convert.ToHexString(packet)}.");
    }
}
