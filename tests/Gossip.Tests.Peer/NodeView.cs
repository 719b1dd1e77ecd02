using System.Text.Json;
using Gossip.Hosting;

namespace Gossip.Tests.Peer;

/// <summary>What a node says when its process reads "report": one line of JSON, which the test reads back.</summary>
/// <param name="Live">The names of the members that are alive or suspect, itself included, sorted.</param>
/// <param name="Suspects">The names of those that are suspect.</param>
/// <param name="Owners">The names of the members that own an instance of the peers' service, sorted.</param>
/// <param name="Spared">What those instances say that are degraded: the owner's name, a colon, the reason.</param>
/// <param name="Offered">Where the instances of that service are reached that callers would be sent to, sorted.</param>
/// <param name="Events">What happened of late, the oldest first.</param>
/// <param name="Counters">What the node and its sockets counted, by the names of their figures.</param>
/// <param name="StartedAt">When the node started, by the clock of this computer.</param>
/// <param name="Findings">What the doctor says: a code, a colon, a sentence.</param>
/// <param name="IsWell">Whether none of that asks somebody to do something.</param>
/// <param name="Told">The addresses that mDNS told of.</param>
public sealed record NodeView(
    IReadOnlyList<string> Live,
    IReadOnlyList<string> Suspects,
    IReadOnlyList<string> Owners,
    IReadOnlyList<string> Spared,
    IReadOnlyList<string> Offered,
    IReadOnlyList<NodeViewEvent> Events,
    IReadOnlyDictionary<string, long> Counters,
    DateTimeOffset StartedAt,
    IReadOnlyList<string> Findings,
    bool IsWell,
    IReadOnlyList<string> Told)
{
    /// <summary>What the line begins with.</summary>
    public const string Prefix = "report: ";

    /// <summary>The service of all peers.</summary>
    public const string Service = "peer";

    /// <summary>The names of the members that this node ever held dead.</summary>
    public IEnumerable<string> HeldDead => Events.Where(happened => happened.What == "MemberDied").Select(happened => happened.Name);

    /// <summary>The names of the members that this node ever suspected, or heard accused.</summary>
    public IEnumerable<string> HeldSuspect => Events.Where(happened => happened.What == "MemberSuspected").Select(happened => happened.Name);

    /// <summary>Reads a line back.</summary>
    public static NodeView Parse(string line) => JsonSerializer.Deserialize<NodeView>(line.AsSpan(Prefix.Length))!;

    internal string ToLine() => Prefix + JsonSerializer.Serialize(this);

    internal static NodeView Of(Examination examination)
    {
        var report = examination.Report;
        var live = report.Members.Where(member => member.State <= MemberState.Suspect).ToList();
        var counters = new Dictionary<string, long>
        {
            [nameof(report.LoopFailures)] = report.LoopFailures,
            [nameof(report.Shell.EventsNotLogged)] = report.Shell.EventsNotLogged,
        };
        foreach (var figures in new object[] { report.Counters, report.Transport })
        {
            foreach (var figure in figures.GetType().GetProperties())
            {
                if (figure.GetValue(figures) is long or int)
                    counters[figure.Name] = Convert.ToInt64(figure.GetValue(figures));
            }
        }

        return new NodeView(
            Sorted(live.Select(member => member.Name)),
            Sorted(live.Where(member => member.State == MemberState.Suspect).Select(member => member.Name)),
            Sorted(report.Snapshot.GetAllInstances(Service).Select(instance => instance.NodeName ?? "")),
            Sorted(report.Snapshot.GetAllInstances(Service)
                .Where(instance => instance.State == ServiceState.Degraded).Select(instance => $"{instance.NodeName}: {instance.Reason}")),
            Sorted(report.Snapshot.GetInstances(Service).Select(instance => instance.Endpoints[0].ToString())),
            [.. report.Events.Select(happened => new NodeViewEvent(
                happened.At, happened.Kind.ToString(), happened.Name, [.. happened.Testimonies.Select(word => word.ToString())]))],
            counters,
            report.StartedAt,
            [.. examination.Diagnose().Findings.Select(finding => $"{finding.Code}: {finding.What}")],
            examination.Diagnose().IsWell,
            [.. examination.Sources.Where(source => source.Name == "mDNS").SelectMany(source => source.Found).Select(found => found.ToString())]);
    }

    private static string[] Sorted(IEnumerable<string> names) => [.. names.Order(StringComparer.Ordinal)];
}

/// <summary>One event of a view.</summary>
/// <param name="At">When, by the clock of this computer.</param>
/// <param name="What">The name of the event's kind.</param>
/// <param name="Name">Of whom.</param>
/// <param name="Words">What was said against it, and by whom.</param>
public sealed record NodeViewEvent(DateTimeOffset At, string What, string Name, IReadOnlyList<string> Words);
