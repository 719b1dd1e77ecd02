using System.Net;
using Gossip.Dns.Messages;
using Gossip.Dns.Multicast;

namespace Gossip.Dns.Tests.Multicast;

/// <summary>
/// A link in virtual time: every multicast reaches every machine, its sender too, a millisecond later. Time jumps from one packet or
/// deadline to the next.
/// </summary>
internal sealed class VirtualLink
{
    public const string Type = "_gossip._udp.local";

    private static readonly TimeSpan Flight = TimeSpan.FromMilliseconds(1);

    private readonly List<Machine> _machines = [];
    private readonly PriorityQueue<Action, (TimeSpan At, int Order)> _flying = new();
    private int _order;

    public TimeSpan Now { get; private set; }

    public int Count => _machines.Count;

    /// <summary>Every packet that was sent, readable; To is null for multicast.</summary>
    public List<(TimeSpan At, string Sender, IPEndPoint? To, DnsMessage Message)> Sent { get; } = [];

    /// <summary>Whether a packet from one machine is lost on its way to another.</summary>
    public Func<Machine, Machine, bool> Loses { get; set; } = (_, _) => false;

    public Machine Add(string name, TimeSpan? longestQueryInterval = null, string? address = null)
    {
        address ??= $"10.0.0.{_machines.Count + 1}";
        var machine = new Machine(this, name, new IPEndPoint(IPAddress.Parse(address), MulticastDns.Port), (ulong)_machines.Count + 42, longestQueryInterval);
        _machines.Add(machine);
        return machine;
    }

    public void Unplug(Machine machine) => _machines.Remove(machine);

    public void RunFor(TimeSpan time)
    {
        var end = Now + time;
        while (true)
        {
            var next = _machines.Count == 0 ? TimeSpan.MaxValue : _machines.Min(machine => machine.Dns.NextDeadline);
            var isFlight = _flying.TryPeek(out _, out var arrival) && arrival.At <= next;
            next = isFlight ? arrival.At : next;
            if (next > end)
                break;
            Now = next > Now ? next : Now;
            if (isFlight)
                _flying.Dequeue()();
            else
                foreach (var machine in _machines.Where(machine => machine.Dns.NextDeadline <= Now).ToList())
                    machine.Dns.Tick(Now, machine);
        }

        Now = end;
    }

    public void RunUntil(Func<bool> isSo, TimeSpan atMost)
    {
        for (var end = Now + atMost; !isSo(); RunFor(TimeSpan.FromMilliseconds(10)))
            Assert.True(Now < end, $"Not so within {atMost}.");
    }

    /// <summary>Probes of a machine since a moment: when, and the names asked for.</summary>
    public List<(TimeSpan At, DnsMessage Message)> Probes(Machine prober, TimeSpan since) =>
        [.. Sent.Where(sent => sent.Sender == prober.Name && sent.At >= since && sent.Message.Authorities.Count > 0).Select(sent => (sent.At, sent.Message))];

    /// <summary>Hands a message from a stranger to one machine at once, and tells whether it was taken in.</summary>
    public bool Inject(
        Machine to, IPEndPoint from, DnsFlags flags, IEnumerable<DnsQuestion> questions, IEnumerable<DnsRecord> answers,
        ushort id = 0, bool isUnicast = false, params IEnumerable<DnsRecord> authorities)
    {
        var packet = new byte[Limits.ReadPacketBytes];
        var writer = new DnsWriter(packet, id);
        foreach (var question in questions)
            Assert.True(writer.TryAddQuestion(question));
        foreach (var answer in answers)
            Assert.True(writer.TryAddAnswer(answer));
        foreach (var authority in authorities)
            Assert.True(writer.TryAddAuthority(authority));
        return to.Dns.Receive(Now, from, packet.AsSpan(0, writer.Finish(flags)), to, isUnicast);
    }

    /// <summary>Multicast answers of a machine since a moment that hold a record of this type under this name.</summary>
    public IEnumerable<(TimeSpan At, DnsRecord Record)> Answers(Machine speaker, RecordType type, TimeSpan since) =>
        from sent in Sent
        where sent.Sender == speaker.Name && sent.At >= since && sent.To is null && sent.Message.IsResponse
        from record in sent.Message.Answers
        where record.Type == type
        select (sent.At, record);

    private void Send(Machine sender, IPEndPoint? to, ReadOnlySpan<byte> packet)
    {
        Assert.True(packet.Length <= Limits.WritePacketBytes);
        Assert.True(DnsMessage.TryRead(packet, out var message));
        Sent.Add((Now, sender.Name, to, message));
        if (to is not null)
            return;
        var bytes = packet.ToArray();
        foreach (var machine in _machines)
            if (!Loses(sender, machine))
                _flying.Enqueue(() => machine.Dns.Receive(Now, sender.Address, bytes, machine), (Now + Flight, _order++));
    }

    /// <summary>One machine on the link, and what it has found and lost.</summary>
    internal sealed class Machine(VirtualLink link, string name, IPEndPoint address, ulong seed, TimeSpan? longestQueryInterval) : IMulticastOutbox
    {
        public string Name => name;

        public IPEndPoint Address => address;

        public MulticastDns Dns { get; } = new(seed, longestQueryInterval);

        /// <summary>What stands found at the moment, by instance.</summary>
        public SortedDictionary<string, ServiceSighting> Seen { get; } = [];

        /// <summary>The names under which it announced what it published, one after the other.</summary>
        public List<(string Instance, string Host)> Names { get; } = [];

        public List<string> Story { get; } = [];

        /// <summary>All that was found, one after the other.</summary>
        public List<ServiceSighting> Told { get; } = [];

        /// <summary>Whom this machine knows to live, without asking the link.</summary>
        public Func<ServiceSighting, bool> Knows { get; set; } = _ => false;

        public IEnumerable<string> Others => Seen.Values.Where(one => !one.IsOwn).Select(one => one.Instance);

        public ServiceProfile Profile => new()
        {
            ServiceType = Type,
            Instance = name,
            Host = $"{name}.local",
            Port = 7946,
            Addresses = [address.Address],
            Text = new Dictionary<string, string> { ["cluster"] = "shop", ["v"] = "1" },
            AreNamesUnique = true,
        };

        public Machine Publish(ServiceProfile? profile = null)
        {
            Dns.Publish(link.Now, profile ?? Profile);
            return this;
        }

        public Machine Browse()
        {
            Dns.Browse(link.Now, Type);
            return this;
        }

        public void Withdraw() => Dns.Withdraw(link.Now);

        public void SendMulticast(ReadOnlySpan<byte> packet) => link.Send(this, null, packet);

        public void SendUnicast(IPEndPoint peer, ReadOnlySpan<byte> packet) => link.Send(this, peer, packet);

        public void Announced(ServiceProfile profile, string instance, string host) => Names.Add((instance, host));

        public void Found(ServiceSighting sighting)
        {
            Seen[sighting.Instance] = sighting;
            Told.Add(sighting);
            Story.Add($"+{sighting.Instance}");
        }

        public bool IsKnownToLive(ServiceSighting sighting) => Knows(sighting);

        public void Lost(ServiceSighting sighting)
        {
            Assert.True(Seen.Remove(sighting.Instance), $"{sighting.Instance} was lost without having been found.");
            Story.Add($"-{sighting.Instance}");
        }
    }
}
