using System.Globalization;
using System.Text;

namespace Gossip.Discovery;

/// <summary>Says why a query finds nothing, in words for the operator who has to fix it.</summary>
internal sealed class Explanation(Sources sources, ServiceQuery query)
{
    public int AtLeast { get; init; } = 1;

    public TimeSpan? Waited { get; init; }

    public NoInstancesException ToException() => new(Tell()) { Service = query.Service };

    private string Tell()
    {
        var snapshot = sources.Now.Snapshot;
        var text = new StringBuilder();
        var known = sources.Statics.Find(query.Service) ?? snapshot.GetAllInstances(query.Service);
        text.Append(CultureInfo.InvariantCulture, $"{NoInstancesException.Code}: no ");
        text.Append(query.TakesAll ? "ready instance" : "matching instance").Append(CultureInfo.InvariantCulture, $" of '{query.Service}'");
        if (AtLeast > 1)
            text.Append(CultureInfo.InvariantCulture, $" times {AtLeast}");
        if (Waited is { } waited)
            text.Append(CultureInfo.InvariantCulture, $" within {Words(waited)}");
        text.Append(" (").Append(known.Count == 0 ? "none known" : Known(known, snapshot));
        text.Append("; ").Append(sources.Uptime is { } uptime ? $"node started {Words(uptime)} ago" : "the node has not started");
        text.Append(CultureInfo.InvariantCulture, $"; members {snapshot.Members.Count(member => member.State == MemberState.Alive)} alive");
        var others = snapshot.Members.Count(member => member.State == MemberState.Suspect);
        if (others > 0)
            text.Append(CultureInfo.InvariantCulture, $", {others} suspect");
        text.Append(").");
        if (known.Count == 0)
            text.Append(Advice(snapshot));
        return text.ToString();
    }

    private string Known(IReadOnlyList<ServiceInstance> known, ServiceSnapshot snapshot)
    {
        var reasons = known
            .Select(instance => Rejects(instance) ?? Suspicion(instance, snapshot) ?? "chosen by nobody")
            .GroupBy(reason => reason)
            .Select(reason => string.Create(CultureInfo.InvariantCulture, $"{reason.Count()} {reason.Key}"));
        return string.Create(CultureInfo.InvariantCulture, $"{known.Count} known: {string.Join(", ", reasons)}");
    }

    /// <summary>The predicate is the application's, and an exception from it is a reason like any other.</summary>
    private string? Rejects(ServiceInstance instance)
    {
        try
        {
            return query.Rejects(instance);
        }
        catch (Exception error)
        {
            return $"at which the query's predicate threw {error.GetType().Name}";
        }
    }

    private string? Suspicion(ServiceInstance instance, ServiceSnapshot snapshot)
    {
        var owner = snapshot.Members.FirstOrDefault(member => member.Profile.Id == instance.OwnerId);
        return owner is { State: MemberState.Suspect } ? $"suspect since {Words(sources.Time.GetUtcNow() - owner.Since)}" : null;
    }

    private string Advice(ServiceSnapshot snapshot)
    {
        if (Configuration.Spelling.Guess(query.Service, snapshot.Services) is { } guess)
            return $" {guess}";
        return snapshot.Services.Count == 0
            ? " No service is known at all: GET /gossip/doctor tells whether this node finds the others."
            : $" Known are {string.Join(", ", snapshot.Services.Take(10))}.";
    }

    private static string Words(TimeSpan time) => time.TotalSeconds < 120
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min");
}
