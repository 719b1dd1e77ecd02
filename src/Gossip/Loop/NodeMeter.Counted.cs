using System.Diagnostics.Metrics;
using System.Text.Json;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Gossip.Statistics;

namespace Gossip.Loop;

/// <content>What is read when somebody collects it.</content>
internal sealed partial class NodeMeter
{
    private const string DropTag = "gossip.drop.reason";
    private const string DirectionTag = "network.io.direction";

    private void CreateOfMembers()
    {
        _meter.CreateObservableUpDownCounter(
            "gossip.members", () => OfNode(Members), "{member}", "Members that are remembered, this one included, by state.");
        Count("gossip.member.joins", "{member}", "Members that came, or came back.", one => one.Events.Of(ClusterEventKind.MemberJoined));
        Count("gossip.member.leaves", "{member}", "Members that said goodbye.", one => one.Events.Of(ClusterEventKind.MemberLeft));
        Count(
            "gossip.member.suspicions", "{suspicion}", "Members that were suspected.",
            one => one.Events.Of(ClusterEventKind.MemberSuspected));
        Count(
            "gossip.member.refutations", "{suspicion}", "Suspicions of other members that the suspect refuted.",
            one => one.Events.Of(ClusterEventKind.MemberRefuted));
        CountEach(
            "gossip.member.deaths", "{member}", "Members that were held dead, by evidence.",
            one => Each<Evidence>("gossip.member.evidence", one.Events.DeathsBy));
    }

    private void CreateOfFailureDetection()
    {
        Count(
            "gossip.node.false_suspicions", "{suspicion}", "Accusations against this node, which lives, that it refuted.",
            one => one.Counters.Refutations);
        Count("gossip.node.stalls", "{stall}", "Times that this process stood still.", one => one.Counters.Stalls);
        Count("gossip.node.cutoffs", "{cutoff}", "Times that this node heard nobody for a while.", one => one.Counters.CutOffs);
        Gauge("gossip.node.local_health", "{score}", "How unwell this node holds itself: 0 is well.", one => one.LocalHealth);
        Count("gossip.probes", "{probe}", "Probes that were begun.", one => one.Counters.Probes);
        Count("gossip.probes.failed", "{probe}", "Probes that were not answered in time.", one => one.Counters.ProbesFailed);
        Count(
            "gossip.probes.indirect", "{probe}", "Probes that were answered only through a relay or by stream.",
            one => one.Counters.ProbesOverIndirectPaths);
        Count("gossip.seeds.asked", "{question}", "Questions to seeds and to neighbours on this machine.", one => one.Counters.SeedsAsked);
    }

    private void CreateOfNetwork()
    {
        CountEach(
            "gossip.network.packets", "{packet}", "Packets of the protocol, by direction.",
            one => ByDirection(one.Counters.PacketsSent, one.Counters.PacketsReceived));
        CountEach(
            "gossip.network.io", "By", "Bytes of the protocol's packets, by direction.",
            one => ByDirection(one.Counters.BytesSent, one.Counters.BytesReceived));
        CountEach(
            "gossip.network.messages", "{message}", "Messages in these packets, by type and direction.",
            one => ByType(one.Counters.Messages, of => of.Sent, of => of.Received));
        CountEach(
            "gossip.network.messages.size", "By", "Bytes of these messages, by type and direction.",
            one => ByType(one.Counters.Messages, of => of.SentBytes, of => of.ReceivedBytes));
        CountEach(
            "gossip.inspections", "{question}", "Questions of other members about events and calls that this node keeps, by outcome.",
            one =>
            [
                One(one.Counters.InspectionsAnswered, "gossip.inspection.outcome", "answered"),
                One(one.Counters.InspectionsRefused, "gossip.inspection.outcome", "refused"),
            ]);
        CountEach(
            "gossip.drops", "{drop}", "What was dropped or refused, by reason.",
            one => [.. Each<DropReason>(DropTag, reason => one.Counters.Dropped[reason]), .. Dropped(one.Shell), .. Dropped(Node)]);
        _meter.CreateObservableUpDownCounter(
            "gossip.queue.length", () => OfNode(Queues), "{item}", "What waits for the loop, or to be logged, by queue.");
    }

    private void CreateOfRegistry()
    {
        Level("gossip.rumors", "{rumor}", "Rumours that this node still passes on.", one => one.Rumors);
        Count("gossip.repairs", "{repair}", "Differences with another node that were repaired by digest.", one => one.Counters.Repairs);
        _meter.CreateObservableUpDownCounter(
            "gossip.records", () => OfNode<long>(node => [new(Instances(node).Count())]), "{record}",
            "Instances of services that are known.");
        Level("gossip.records.size", "By", "Memory that the records of the other members take, about.", one => one.RecordBytes);
        _meter.CreateObservableCounter(
            "gossip.snapshot.revisions", () => OfNode<long>(node => [new(node.Published.Revision)]), "{revision}",
            "Snapshots of the cluster that were published to readers.");
        Count("gossip.loop.failures", "{failure}", "Turns of the loop that ended in an exception.", one => one.LoopFailures);
    }

    private void CreateOfLoad()
    {
        Gauge(
            "gossip.load.requests", "{request}", "Requests that this process works on, as it tells the others.",
            one => one.Load.InFlight);
        Gauge(
            "gossip.load.queue_delay", "s", "How long a work item waits for a thread here, as this process tells the others.",
            one => one.Load.QueueDelayMs / 1000.0);
        Gauge(
            "gossip.load.cpu", "1", "The share of its processors that this process uses, as it tells the others.",
            one => one.Load.CpuPercent / 100.0);
        _meter.CreateObservableUpDownCounter(
            "gossip.call.active", () => OfNode(ActiveCalls), "{call}", "Calls by this process that wait for an answer, by service.");
    }

    private static IEnumerable<Measurement<long>> Members(GossipNode node)
    {
        var counts = new long[Values<MemberState>.Names.Length];
        foreach (var member in node.Published.Members)
            counts[(int)member.State]++;
        return Each<MemberState>("gossip.member.state", state => counts[(int)state]);
    }

    private static IEnumerable<Measurement<long>> ByDirection(long sent, long received) =>
        [One(sent, DirectionTag, "transmit"), One(received, DirectionTag, "receive")];

    private static IEnumerable<Measurement<long>> ByType(
        IReadOnlyDictionary<MessageType, MessageFigures> messages, Func<MessageFigures, long> sent, Func<MessageFigures, long> received)
    {
        foreach (var (type, name) in Values<MessageType>.Names)
        {
            var of = new KeyValuePair<string, object?>("gossip.message.type", name);
            yield return new(sent(messages[type]), of, new(DirectionTag, "transmit"));
            yield return new(received(messages[type]), of, new(DirectionTag, "receive"));
        }
    }

    private static IEnumerable<Measurement<long>> Dropped(ShellFigures shell) =>
        [One(shell.SeedsDropped, DropTag, "seed_queue_full"), One(shell.EventsNotLogged, DropTag, "log_queue_full")];

    /// <summary>What the transport drops; <see cref="Transport.TransportFigures"/> says when.</summary>
    private static IEnumerable<Measurement<long>> Dropped(GossipNode? node) => node?.Transported is not { } transport
        ? []
        :
        [
            One(transport.SendErrors, DropTag, "send_error"),
            One(transport.ReceiveErrors, DropTag, "receive_error"),
            One(transport.InboxDropped, DropTag, "inbox_full"),
            One(transport.QueueDropped, DropTag, "peer_too_slow"),
            One(transport.BadFrames, DropTag, "bad_frame"),
            One(transport.ConnectsFailed, DropTag, "connect_failed"),
            One(transport.ConnectionsRefused, DropTag, "too_many_connections"),
            One(transport.DatagramsUnread, DropTag, "datagram_unread"),
            One(transport.ConnectionsUnread, DropTag, "connection_unread"),
            One(transport.FramesUnread, DropTag, "frame_unread"),
            One(transport.ConnectionsExpired, DropTag, "connection_expired"),
        ];

    private static IEnumerable<Measurement<long>> Queues(GossipNode node) =>
    [
        One(node.CommandsQueued, "gossip.queue.name", "commands"),
        One(node.SeedsQueued, "gossip.queue.name", "seeds"),
        One(node.EventsQueued, "gossip.queue.name", "log"),
    ];

    /// <summary>
    /// Of the instances that are known, and those that went with calls under way: so a call pays nothing for being counted here. One that
    /// goes while this is read is in both.
    /// </summary>
    private static IEnumerable<Measurement<long>> ActiveCalls(GossipNode node) =>
        from one in Instances(node).Select(instance => instance.Begun).Concat(node.FormerInstances.All.Select(gone => gone.Statistics))
            .OfType<InstanceStatistics>().Distinct()
        where one.Calls is not null
        group one.InFlight by one.Calls into calls
        select One(calls.Sum(), ServiceCalls.ServiceTag, calls.Key.Service);

    private static IEnumerable<ServiceInstance> Instances(GossipNode node)
    {
        var snapshot = node.Published;
        return snapshot.Services.SelectMany(snapshot.GetAllInstances);
    }

    private static IEnumerable<Measurement<long>> Each<T>(string tag, Func<T, long> read)
        where T : struct, Enum => Values<T>.Names.Select(value => One(read(value.Value), tag, value.Name));

    private static Measurement<long> One(long value, string tag, string of) => new(value, new KeyValuePair<string, object?>(tag, of));

    /// <summary>The values of a tag.</summary>
    private static class Values<T>
        where T : struct, Enum
    {
        public static readonly (T Value, string Name)[] Names =
            [.. Enum.GetValues<T>().Select(value => (value, JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString())))];
    }
}
