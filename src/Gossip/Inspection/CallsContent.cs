using System.Text.Json;
using Gossip.Protocol;
using Gossip.Statistics;

namespace Gossip.Inspection;

/// <summary>Whom a process called in the last minute, as it experienced it.</summary>
/// <param name="From">The service of the process, or the name of its node where it registers none.</param>
/// <param name="Calls">The instances that it called.</param>
internal sealed record CallsReport(string From, IReadOnlyList<CalledInstance> Calls);

/// <summary>The calls of one instance.</summary>
/// <param name="Service">Its service.</param>
/// <param name="Id">The instance.</param>
/// <param name="NodeId">The node that owns it.</param>
/// <param name="NodeName">The name of that node.</param>
/// <param name="InFlight">Calls that it has not answered yet.</param>
/// <param name="LastMinute">Those that have ended.</param>
internal sealed record CalledInstance(
    string Service, string Id, MemberId NodeId, string NodeName, long InFlight, LatencySample LastMinute);

/// <summary>A <see cref="CallsReport"/> on its way to another node.</summary>
internal static class CallsContent
{
    /// <summary>Above any number of calls in a minute: more is nonsense, and would overflow in a sum.</summary>
    private const long Most = 1_000_000_000;

    private const double LongestSeconds = 3_600;

    /// <summary>
    /// Called instances that are read of all answers to one look: each takes fifteen times the bytes that it came in, and so this bounds
    /// what hostile members can make.
    /// </summary>
    private const int MostInstances = 20_000;

    /// <summary>What this process knows. Instances that it never called are no part of it, those of a configuration neither.</summary>
    /// <param name="from">The service of this process, or the name of its node.</param>
    /// <param name="snapshot">The instances.</param>
    /// <param name="former">Those that are in it no more.</param>
    public static CallsReport Of(string from, ServiceSnapshot snapshot, FormerInstances former) => new(from,
    [
        .. from service in snapshot.Services
           from instance in snapshot.GetAllInstances(service)
           let begun = instance.Begun
           where begun is not null
           let calls = new CalledInstance(
               instance.Service, instance.InstanceId, instance.OwnerId, instance.NodeName ?? "", begun.InFlight, begun.LastMinute())
           where calls.InFlight > 0 || calls.LastMinute.Calls > 0
           select calls,
        .. from gone in former.All
           select new CalledInstance(
               gone.Service, gone.Id, gone.NodeId, gone.NodeName, gone.Statistics.InFlight,
               gone.Statistics.LastMinute()),
    ]);

    /// <summary>Those that are called most, as far as they fit.</summary>
    public static byte[] Write(CallsReport report)
    {
        var calls = ContentJson.Fitting(
            report.Calls.OrderByDescending(one => one.LastMinute.Calls).Select(Body), ContentJson.Default.CallBody);
        return JsonSerializer.SerializeToUtf8Bytes(new CallsBody { From = report.From, Calls = calls }, ContentJson.Default.CallsBody);
    }

    /// <summary>What several processes answered: each has the same share, the first of its calls.</summary>
    public static IReadOnlyList<CallsReport> Read(IReadOnlyList<MemberAnswer> answers) =>
        [.. answers.Select(one => Read(one.Content, MostInstances / answers.Count)).OfType<CallsReport>()];

    /// <summary>Null for bytes that are no such content; calls that break the rules are left out.</summary>
    public static CallsReport? Read(ReadOnlySpan<byte> content, int most = MostInstances) =>
        ContentJson.Read(content, ContentJson.Default.CallsBody) is { } body && IsName(body.From)
            ? new CallsReport(body.From!, [.. (body.Calls ?? []).Take(most).Select(Read).OfType<CalledInstance>()])
            : null;

    private static CallBody Body(CalledInstance called) => new()
    {
        Service = called.Service,
        Id = called.Id,
        NodeId = called.NodeId.ToString(),
        Node = called.NodeName,
        InFlight = called.InFlight,
        Failures = called.LastMinute.Failures,
        Seconds = called.LastMinute.Seconds,
        Answers = [.. called.LastMinute.Counts.Index().Where(one => one.Item > 0).SelectMany(one => new[] { one.Index, one.Item })],
    };

    private static CalledInstance? Read(CallBody? body) =>
        body is not null && IsName(body.Service) && IsName(body.Id) && IsName(body.Node) && EventsContent.TryId(body.NodeId, out var node)
            ? new CalledInstance(
                body.Service!, body.Id!, node, body.Node!, Math.Clamp(body.InFlight, 0, Most),
                new LatencySample(
                    Counts(body.Answers ?? []), Math.Clamp(body.Failures, 0, Most), Math.Clamp(body.Seconds, 0, LongestSeconds)))
            : null;

    private static long[] Counts(IReadOnlyList<long> pairs)
    {
        var counts = new long[LatencyTally.Buckets];
        for (var i = 0; i + 1 < pairs.Count; i += 2)
        {
            if (pairs[i] is >= 0 and < LatencyTally.Buckets)
                counts[pairs[i]] = Math.Clamp(pairs[i + 1], 0, Most);
        }

        return counts;
    }

    private static bool IsName(string? text) => text is not null && Limits.IsName(text, Limits.NameBytes);
}

internal sealed record CallsBody
{
    public string? From { get; init; }

    public IReadOnlyList<CallBody>? Calls { get; init; }
}

internal sealed record CallBody
{
    public string? Service { get; init; }

    public string? Id { get; init; }

    public string? NodeId { get; init; }

    public string? Node { get; init; }

    public long InFlight { get; init; }

    public long Failures { get; init; }

    /// <summary>The time that the counts cover.</summary>
    public double Seconds { get; init; }

    /// <summary>The calls that were answered: a bucket and its count, and so on, without those that are empty.</summary>
    public IReadOnlyList<long>? Answers { get; init; }
}
