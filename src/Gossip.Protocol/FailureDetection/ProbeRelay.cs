namespace Gossip.Protocol;

/// <summary>Carries probes between members that do not hear each other (SWIM §3.1, "ping-req").</summary>
internal sealed class ProbeRelay(Kernel kernel, Gossiper gossiper)
{
    private readonly Relays _relays = new();

    public NodeSize Size => new("relays", _relays.Count, Limits.RelaysInFlight);

    /// <summary>
    /// Carries a probe from one member to another, and for no other sender: a relay must not be a way to have strangers pinged. A target
    /// that has not shown that it receives at its address is sent no more than the request brought, and no news.
    /// </summary>
    public bool CarryProbe(in Caller caller, in PingRequest request)
    {
        if (kernel.Self.State == MemberState.Left)
            return true;
        if (kernel.Table.Find(request.Sender) is not { IsLive: true } sender || sender.Address != caller.From)
            return true;
        if (kernel.Table.Find(request.Target) is not { } target || target.Address != request.TargetAddress)
            return true;
        if (caller.Answer?.IsFirst() is false)
            return true; // A recording: the target would answer this node, and this node the one that did not ask.
        var sequence = kernel.Sender.NextSequence();
        var nackAt = caller.Now + (kernel.Options.ProbeTimeout * 0.8);
        var end = caller.Now + kernel.Options.ProbeInterval;
        var isNacked = kernel.Options.LocalHealthLimit == 0; // Without local health there are no nacks, as in plain SWIM.
        var relay = new Relay(sequence, caller.From, request.Sequence, request.Token, target, nackAt, end, isNacked, caller.KeyId);
        if (!_relays.TryAdd(relay))
        {
            kernel.Counters.Drop(DropReason.LimitReached);
            return true;
        }

        kernel.Deadlines[Deadline.Relay] = _relays.Earliest;
        var isProven = kernel.Table.IsProven(target.Address);
        var room = isProven ? int.MaxValue : caller.RoomFor(target.Address);
        var writer = kernel.BeginPing(caller.Now, sequence, target, room);
        if (isProven)
            gossiper.SendWithRumors(ref writer, target.Address, caller);
        else if (kernel.Sender.TrySpendOnBehalf(writer, target.Address, caller))
            kernel.Sender.Send(writer, target.Address, Delivery.Datagram, caller);
        return true;
    }

    /// <summary>What the ack tells about the ping's sender concerns this node, not the origin.</summary>
    public bool TryCarryAck(in Caller caller, in Ack ack)
    {
        if (!_relays.TryTake(ack, kernel.Sender.Tokens, caller.Now, out var relay))
            return false;
        var writer = kernel.Sender.BeginDatagram();
        writer.TryAck(ack with { Sequence = relay.OriginSequence, Token = relay.OriginToken, Held = 0, SeenAs = default });
        SendToOrigin(ref writer, relay, caller);
        kernel.Deadlines[Deadline.Relay] = _relays.Earliest;
        return true;
    }

    /// <summary>Tells the waiting origin that the target is silent here too.</summary>
    public void Step(in Caller caller)
    {
        kernel.Deadlines[Deadline.Relay] = caller.Now; // Should the outbox throw, the others are due.
        while (_relays.TryNack(caller.Now, out var relay))
        {
            var writer = kernel.Sender.BeginDatagram();
            writer.TryNack(relay.OriginSequence, relay.OriginToken);
            SendToOrigin(ref writer, relay, caller);
        }

        _relays.RemoveEnded(caller.Now);
        kernel.Deadlines[Deadline.Relay] = _relays.Earliest;
    }

    private void SendToOrigin(ref PacketWriter writer, in Relay relay, in Caller caller)
    {
        // To the origin it is the answer to its question, and sealed like one.
        var asAnswer = new Caller(caller.Now, caller.Outbox, relay.Origin, KeyId: relay.KeyId);
        if (kernel.Table.IsProven(relay.Origin))
            gossiper.AddRumors(ref writer);
        kernel.Sender.Send(writer, relay.Origin, Delivery.Datagram, asAnswer);
    }
}
