using System.Globalization;
using Gossip.Balancing;
using Gossip.Statistics;

namespace Gossip.Discovery;

/// <summary>
/// Says of each known instance of a service whether calls of this process may go to it, and by what rule, in words. Nothing is decided
/// here: the query, the ejections and the selector are asked, as a view asks them, so what is said cannot differ from what is done.
/// </summary>
internal sealed class ServiceExplanation(Sources sources, ServiceQuery query, IInstanceSelector selector)
{
    private readonly Dictionary<ServiceInstance, InstanceRule> _rules = new(ReferenceEqualityComparer.Instance);
    private bool _isOverridden;

    /// <summary>Each known instance, in the order of the snapshot; those of the configuration, if it names the service, first.</summary>
    public IReadOnlyList<InstanceExplanation> Tell()
    {
        var written = sources.Statics.Find(query.Service);
        var found = sources.Now.Snapshot.GetAllInstances(query.Service);
        _isOverridden = written is not null;
        foreach (var one in _isOverridden ? found : [])
            _rules[one] = InstanceRule.Static;
        var candidates = Matching(written ?? found);
        var offered = EligibleInstances.Find(candidates, sources.BalancingClock).Instances;
        foreach (var one in candidates.Except(offered))
            _rules[one] = IsEjected(one) ? InstanceRule.Ejected : InstanceRule.Degraded;
        var left = offered.Count == 0 ? offered : NarrowedCandidates.Of(selector, offered, (one, rule) => _rules[one] = rule);
        var weight = left.Sum(one => (long)one.Weight);
        return [.. (written ?? []).Concat(found).Select(one => Explain(one, left.Count, weight))];
    }

    /// <summary>How many get calls, and why the others do not, in one sentence.</summary>
    public static string Sum(string service, IReadOnlyList<InstanceExplanation> instances)
    {
        var chosen = instances.Count(one => one.IsIn);
        var reasons = instances.Where(one => !one.IsIn).GroupBy(one => one.Rule).OrderByDescending(rule => rule.Count())
            .Select(rule => string.Create(CultureInfo.InvariantCulture, $"{rule.Count()} {Short(rule.Key)}")).ToArray();
        var others = reasons.Length == 0 ? "" : $": {string.Join(", ", reasons)}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{chosen} of {instances.Count} known instances of '{service}' get calls of this process{others}.");
    }

    /// <summary>What the query leaves in. A predicate is the application's: an instance at which it throws does not match.</summary>
    private List<ServiceInstance> Matching(IReadOnlyList<ServiceInstance> known)
    {
        var matching = new List<ServiceInstance>();
        foreach (var one in known)
        {
            if (Excludes(one) is { } rule)
                _rules[one] = rule;
            else
                matching.Add(one);
        }

        if (query.Prefer is null || matching.FindAll(Prefers) is not { Count: > 0 } preferred)
            return matching;
        foreach (var one in matching.Except(preferred))
            _rules[one] = InstanceRule.Predicate;
        return preferred;
    }

    private InstanceRule? Excludes(ServiceInstance instance)
    {
        try
        {
            return query.Excludes(instance);
        }
        catch (Exception)
        {
            // The view has logged it.
            return InstanceRule.Predicate;
        }
    }

    private bool Prefers(ServiceInstance instance)
    {
        try
        {
            return query.Prefer!(instance);
        }
        catch (Exception)
        {
            // The view has logged it.
            return false;
        }
    }

    private bool IsEjected(ServiceInstance instance) => instance.Ejection is { } ejection && ejection.Until > sources.BalancingClock.Now;

    private InstanceExplanation Explain(ServiceInstance instance, int chosen, long weight)
    {
        var rule = _rules.GetValueOrDefault(instance, InstanceRule.Chosen);
        var who = instance.NodeName is { Length: > 0 } node ? $"'{instance.InstanceId}' on {node}" : $"'{instance.InstanceId}'";
        var sentence = rule == InstanceRule.Chosen
            ? $"{who} gets calls: {Share(instance, chosen, weight)}{Although(instance)}."
            : $"{who} gets no calls of this process: it is {Reason(instance, rule)}{Detail(instance, rule)}.";
        return new InstanceExplanation(instance.InstanceId, instance.NodeName, rule, sentence)
        {
            Endpoint = rule == InstanceRule.Chosen ? query.EndpointOf(instance) : null,
        };
    }

    private static string Share(ServiceInstance instance, int chosen, long weight)
    {
        var share = weight > 0 ? (double)instance.Weight / weight : 1.0 / chosen;
        return chosen == 1
            ? "it is the only one that may"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"about {share:0 %} of them by its weight, one of {chosen} that may; latency and load shift that");
    }

    /// <summary>What speaks against an instance that is called all the same.</summary>
    private string Although(ServiceInstance instance)
    {
        if (IsEjected(instance))
            return ", although it fails, since too many of its siblings fail too";
        if (instance.Ejection is not null)
            return "; it failed before, and the next call tries whether it is well again";
        if (instance.Begun is { IsGrowing: true } growing && growing.Grown() is < 1 and var grown)
            return string.Create(CultureInfo.InvariantCulture, $"; it is new, and {grown:0 %} of its weight counts yet");
        return instance.State == ServiceState.Degraded ? ", although it asks to be spared, since too few others are left" : "";
    }

    private string Reason(ServiceInstance instance, InstanceRule rule) => rule switch
    {
        InstanceRule.Ejected => Ejected(instance),
        InstanceRule.Degraded => "degraded, and the ready ones bear its calls",
        InstanceRule.Zone when query.Zone is null => $"in zone '{instance.Zone}', and this process's own zone bears its calls",
        InstanceRule.Subset => "not one of the few that this process calls (Gossip:Balancing:SubsetSize)",
        InstanceRule.Busy => "far busier with calls of this process than those in other zones, which get them meanwhile",
        InstanceRule.Weight => "of weight 0, and others are not",
        InstanceRule.Static => $"passed over, since the configuration names the addresses (Services:{query.Service})",
        InstanceRule.Predicate when Excludes(instance) is null => "passed over, since the query prefers others",
        _ => Rejected(instance),
    };

    private string Rejected(ServiceInstance instance)
    {
        try
        {
            return query.Rejects(instance)!;
        }
        catch (Exception error)
        {
            return $"one at which the query's predicate threw {error.GetType().Name}";
        }
    }

    private static string Detail(ServiceInstance instance, InstanceRule rule) => rule switch
    {
        InstanceRule.NotReady or InstanceRule.Draining when instance.Reason is { Length: > 0 } reason => $" ({reason})",
        InstanceRule.OutOfReach =>
            ": its node says that it is alive, but answers nothing that this node asks at "
            + (instance.Owner?.Address.ToString() ?? "its address"),
        InstanceRule.Version => $" (it has {instance.Version ?? "none"})",
        InstanceRule.Tag => instance.Tags.Count == 0 ? " (it has none)" : $" (it has {string.Join(", ", instance.Tags.Take(8))})",
        InstanceRule.Region => $" (it is in '{instance.Region}')",
        InstanceRule.Environment => $" (it is in '{instance.Environment}')",
        InstanceRule.Zone => $" (it is in '{instance.Zone}')",
        _ => "",
    };

    private string Ejected(ServiceInstance instance)
    {
        var ejection = instance.Ejection;
        var left = ejection is null ? 0 : (ejection.Until - sources.BalancingClock.Now) / 1000.0;
        var cause = ejection?.Cause switch
        {
            EjectionCause.InARow => $"the last {sources.BalancingClock.Rules.ConsecutiveFailures} calls of this process in a row failed",
            EjectionCause.Unreachable => "this process could make no connection to it",
            EjectionCause.Probe => "the call that tried whether it is well again failed, too",
            EjectionCause.Again => "a further call, which went to it while too many were ejected, failed, too",
            _ => string.Create(
                CultureInfo.InvariantCulture,
                $"it failed {ejection?.Recent.Failures} of {ejection?.Recent.Calls} recent calls of this process, more than its siblings"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"ejected for {Math.Max(left, 0):0.#} s more, since {cause}");
    }

    private static string Short(InstanceRule rule) => rule switch
    {
        InstanceRule.NotReady => "not ready",
        InstanceRule.Draining => "draining",
        InstanceRule.OutOfReach => "out of reach",
        InstanceRule.RefusedEndpoint => "with a refused address",
        InstanceRule.Endpoint => "without the endpoint",
        InstanceRule.Version => "of another version",
        InstanceRule.Tag => "without the tag",
        InstanceRule.Zone => "in another zone",
        InstanceRule.Region => "in another region",
        InstanceRule.Environment => "of another environment",
        InstanceRule.Predicate => "ruled out by the query",
        InstanceRule.Ejected => "ejected",
        InstanceRule.Degraded => "degraded",
        InstanceRule.Subset => "outside of the subset",
        InstanceRule.Busy => "far busier than the others",
        InstanceRule.Weight => "of weight 0",
        InstanceRule.Static => "overridden by the configuration",
        InstanceRule.NotHeld => "that may be, whose records are not held",
        InstanceRule.Dead => "on a dead node",
        _ => "on a node that left",
    };
}

/// <summary>Why an instance gets calls of this process, or none.</summary>
/// <param name="InstanceId">Which; null for what may be there, and is not known.</param>
/// <param name="Node">The name of its node; null for one that stands in a configuration.</param>
/// <param name="Rule">The rule that decided.</param>
/// <param name="Sentence">The same in words.</param>
internal sealed record InstanceExplanation(string? InstanceId, string? Node, InstanceRule Rule, string Sentence)
{
    /// <summary>Where a call goes; null where none does, or the instance has no endpoint.</summary>
    public ServiceEndpoint? Endpoint { get; init; }

    /// <summary>Whether calls may go to it.</summary>
    public bool IsIn => Rule == InstanceRule.Chosen;
}
