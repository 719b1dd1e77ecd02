using System.Text.Json;
using Gossip.Protocol;
using Gossip.Statistics;

namespace Gossip.Inspection;

/// <summary>Whom a process called in the last minute, as it experienced it.</summary>
/// <param name="From">The service of the process, or the name of its node where it registers none.</param>
/// <param name="Calls">The instances that it called.</param>
internal sealed record CallsReport(string From, IReadOnlyList<CalledInstance> Calls)
{
    /// <summary>Further instances that it called, for which an answer has no room.</summary>
    public int LeftOut { get; init; }
}

/// <summary>The calls of one instance.</summary>
/// <param name="Service">Its service.</param>
/// <param name="Id">The instance.</param>
/// <param name="NodeId">The node that owns it.</param>
/// <param name="NodeName">The name of that node.</param>
/// <param name="InFlight">Calls that it has not answered yet.</param>
/// <param name="LastMinute">Those that have ended.</param>
internal sealed record CalledInstance(
    string Service, string Id, MemberId NodeId, string NodeName, long InFlight, LatencySample LastMinute)
{
    /// <summary>Whether no record of its owner tells of it any more, as far as the caller knows.</summary>
    public bool IsGone { get; init; }
}

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
    public static CallsReport Of(string from, ServiceSnapshot snapshot, FormerInstances former)
    {
        ServiceInstance[] begun = [.. snapshot.Services.SelectMany(snapshot.GetAllInstances).Where(one => one.Begun is { IsRecent: true })];
        var shown = begun.Select(instance => instance.Begun).ToHashSet(ReferenceEqualityComparer.Instance);
        // One that goes while this is read is in both; and one that there is no room for here may well live.
        var gone = former.All.Where(one => !shown.Contains(one.Statistics)).DistinctBy(one => one.Statistics);
        var unheld = snapshot.Members.Where(member => member.IsUnheld).Select(member => member.Profile.Id).ToHashSet();
        return new(from,
        [
            .. begun.Select(one => Of(one.Service, one.InstanceId, one.OwnerId, one.NodeName ?? "", one.Begun!, isGone: false)),
            .. gone.Select(one => Of(one.Service, one.Id, one.NodeId, one.NodeName, one.Statistics, !unheld.Contains(one.NodeId))),
        ]);
    }

    /// <summary>Those that people look for first, as far as they fit: that fail, have calls under way, and are called most.</summary>
    public static byte[] Write(CallsReport report)
    {
        var calls = ContentJson.Fitting(
            report.Calls.OrderByDescending(one => one.LastMinute.Failures).ThenByDescending(one => one.InFlight)
                .ThenByDescending(one => one.LastMinute.Calls).Select(Body),
            ContentJson.Default.CallBody);
        var body = new CallsBody { From = report.From, Calls = calls, LeftOut = report.Calls.Count - calls.Count };
        return JsonSerializer.SerializeToUtf8Bytes(body, ContentJson.Default.CallsBody);
    }

    /// <summary>What several processes answered, the first of their calls where all together are too many.</summary>
    public static IReadOnlyList<CallsReport> Read(IReadOnlyList<MemberAnswer> answers)
    {
        CallsBody[] bodies = [.. answers.Select(one => Body(one.Content)).OfType<CallsBody>()];
        var shares = AnswerRoom.Divide([.. bodies.Select(body => body.Calls?.Count ?? 0)], MostInstances);
        return [.. bodies.Select((body, place) => Read(body, shares[place]))];
    }

    /// <summary>Null for bytes that are no such content; calls that break the rules are left out.</summary>
    public static CallsReport? Read(ReadOnlySpan<byte> content) => Body(content) is { } body ? Read(body, MostInstances) : null;

    private static CallsBody? Body(ReadOnlySpan<byte> content) =>
        ContentJson.Read(content, ContentJson.Default.CallsBody) is { } body && IsName(body.From) ? body : null;

    private static CallsReport Read(CallsBody body, int most)
    {
        var calls = body.Calls ?? [];
        return new CallsReport(body.From!, [.. calls.Take(most).Select(Read).OfType<CalledInstance>()])
        {
            LeftOut = (int)Math.Min(Math.Clamp(body.LeftOut, 0, Most) + Math.Max(0, calls.Count - most), Most),
        };
    }

    private static CalledInstance Of(
        string service, string id, MemberId nodeId, string nodeName, InstanceStatistics statistics, bool isGone) =>
        new(service, id, nodeId, nodeName, statistics.InFlight, statistics.LastMinute()) { IsGone = isGone };

    private static CallBody Body(CalledInstance called) => new()
    {
        Service = called.Service,
        Id = called.Id,
        NodeId = called.NodeId.ToString(),
        Node = called.NodeName,
        InFlight = called.InFlight,
        Gone = called.IsGone,
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
            {
                IsGone = body.Gone,
            }
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

    /// <summary>How many instances there was no room for.</summary>
    public long LeftOut { get; init; }
}

internal sealed record CallBody
{
    public string? Service { get; init; }

    public string? Id { get; init; }

    public string? NodeId { get; init; }

    public string? Node { get; init; }

    public long InFlight { get; init; }

    public bool Gone { get; init; }

    public long Failures { get; init; }

    /// <summary>The time that the counts cover.</summary>
    public double Seconds { get; init; }

    /// <summary>The calls that were answered: a bucket and its count, and so on, without those that are empty.</summary>
    public IReadOnlyList<long>? Answers { get; init; }
}
