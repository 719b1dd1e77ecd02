using System.Globalization;
using Gossip.Statistics;

namespace Gossip.Inspection;

/// <summary>
/// The calls of one service, by instance, each beside its siblings. One stands out that is slower, or fails more often, than the others of
/// its service by far, and was called often enough to tell.
/// </summary>
/// <param name="Name">The service.</param>
/// <param name="InFlight">Calls that are not answered yet.</param>
/// <param name="LastMinute">All its calls.</param>
/// <param name="Instances">Its instances.</param>
internal sealed record ServiceAnalysis(string Name, long InFlight, LatencySample LastMinute, IReadOnlyList<AnalyzedInstance> Instances)
{
    /// <summary>Fewer calls tell nothing.</summary>
    private const int EnoughCalls = 20;

    /// <summary>How many times that of its siblings.</summary>
    private const double Times = 3;

    /// <summary>And more than that by so many milliseconds, for small numbers differ by much.</summary>
    private const double MoreMilliseconds = 20;

    /// <summary>And more than that by so much.</summary>
    private const double MoreFailures = 0.05;

    /// <summary>Sums up the calls of some callers.</summary>
    public static IReadOnlyList<ServiceAnalysis> Of(IEnumerable<CalledInstance> calls) =>
    [
        .. from service in calls.GroupBy(one => one.Service, StringComparer.OrdinalIgnoreCase)
           orderby service.Key
           let instances = service.GroupBy(one => (one.Id, one.NodeId)).Select(Sum)
           select Of(service.Key, [.. instances.OrderBy(one => one.Id, StringComparer.Ordinal).ThenBy(one => one.NodeId)]),
    ];

    private static CalledInstance Sum(IEnumerable<CalledInstance> same) => same.Aggregate((one, other) => one with
    {
        InFlight = one.InFlight + other.InFlight, LastMinute = one.LastMinute.Plus(other.LastMinute),
        // Who still calls it knows better.
        IsGone = one.IsGone && other.IsGone,
    });

    private static ServiceAnalysis Of(string service, CalledInstance[] instances)
    {
        var all = Sum(instances);
        double[] slowness = [.. instances.Where(IsCalledEnough).Select(one => one.LastMinute.Quantile(0.99)).OfType<double>().Order()];
        var ids = instances.CountBy(one => one.Id).ToDictionary();
        return new(service, all.InFlight, all.LastMinute, [.. instances.Select(one => new AnalyzedInstance(one, Outlier(one)))]);

        string? Outlier(CalledInstance one)
        {
            // Where several have one id, as processes that are started alike, their nodes tell them apart.
            var name = ids[one.Id] == 1 ? one.Id : $"{one.Id} on {one.NodeName}";
            return Fails(name, one, all.LastMinute.Calls - one.LastMinute.Calls, all.LastMinute.Failures - one.LastMinute.Failures)
                ?? (IsCalledEnough(one) ? IsSlow(name, one, slowness) : null);
        }
    }

    private static bool IsCalledEnough(CalledInstance one) => one.LastMinute.Calls >= EnoughCalls;

    /// <summary>
    /// One that fails is called seldom, since the balancing avoids it, and so a few calls have to do where chance is an unlikely cause.
    /// </summary>
    private static string? Fails(string name, CalledInstance one, long siblingsCalls, long siblingsFailures)
    {
        if (siblingsCalls < EnoughCalls)
            return null;
        var (rate, theirs) = (one.LastMinute.FailureRate, (double)siblingsFailures / siblingsCalls);
        var stands = IsCalledEnough(one)
            ? rate >= Times * theirs && rate >= theirs + MoreFailures
            : FailureOdds.AreWorse(one.LastMinute.Calls, one.LastMinute.Failures, siblingsCalls, siblingsFailures);
        return stands
            ? string.Create(CultureInfo.InvariantCulture, $"{name}: {rate:P0} of its calls fail, of its siblings' {theirs:P0}")
            : null;
    }

    /// <param name="name">What the instance is called.</param>
    /// <param name="one">The instance.</param>
    /// <param name="slowness">Those of it and its siblings, ascending.</param>
    private static string? IsSlow(string name, CalledInstance one, double[] slowness) =>
        one.LastMinute.Quantile(0.99) is { } own && MedianWithout(slowness, Array.BinarySearch(slowness, own)) is { } usual
            && own >= Times * usual && own >= usual + MoreMilliseconds
            ? string.Create(
                CultureInfo.InvariantCulture, $"{name}: p99 {own / usual:0} times its siblings' ({own:0} ms against {usual:0} ms)")
            : null;

    /// <summary>Of ascending values without one of them: of an even number the mean of the middle two; null of none.</summary>
    private static double? MedianWithout(double[] values, int place)
    {
        var count = values.Length - 1;
        return count == 0 ? null : (At((count - 1) / 2) + At(count / 2)) / 2;

        double At(int rank) => values[rank < place ? rank : rank + 1];
    }
}

/// <summary>The calls of one instance.</summary>
/// <param name="Called">The calls.</param>
/// <param name="Outlier">How it stands out; null where it does not.</param>
internal sealed record AnalyzedInstance(CalledInstance Called, string? Outlier);

/// <summary>Which service calls which: an edge of the graph, with the calls of all processes of the caller.</summary>
/// <param name="From">The caller.</param>
/// <param name="To">The service.</param>
/// <param name="LastMinute">The calls.</param>
/// <param name="Callers">How many processes made them.</param>
internal sealed record ServiceEdge(string From, string To, LatencySample LastMinute, int Callers)
{
    public static IReadOnlyList<ServiceEdge> Of(IEnumerable<CallsReport> reports) =>
    [
        .. from report in reports
           from call in report.Calls
           group (Report: report, Call: call) by (From: report.From.ToUpperInvariant(), To: call.Service.ToUpperInvariant()) into edge
           orderby edge.Key.From, edge.Key.To
           select new ServiceEdge(
               edge.First().Report.From,
               edge.First().Call.Service,
               edge.Select(one => one.Call.LastMinute).Aggregate((one, other) => one.Plus(other)),
               edge.Select(one => one.Report).Distinct(ReferenceEqualityComparer.Instance).Count()),
    ];
}
