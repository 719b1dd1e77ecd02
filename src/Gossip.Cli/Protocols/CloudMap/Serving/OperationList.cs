using System.Collections.Concurrent;

namespace Gossip.Cli.Protocols.CloudMap.Serving;

/// <summary>
/// What was done of late, by the ids that clients were given: each ended before it was answered, so whoever asks for it waits for nothing.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class OperationList(TimeProvider time)
{
    /// <summary>So many are remembered, the newest.</summary>
    public const int Most = 10_000;

    private readonly ConcurrentDictionary<string, OperationBody> _all = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = [];

    /// <summary>Remembers one.</summary>
    /// <param name="type">What was done.</param>
    /// <param name="problem">Why the cluster was not told of it; null when it was.</param>
    /// <param name="service">The id of the service.</param>
    /// <param name="instance">The id of the instance.</param>
    /// <returns>Its id.</returns>
    public string Add(string type, string? problem, string service, string instance)
    {
        var id = Guid.NewGuid().ToString("N");
        var now = time.GetUtcNow().ToUnixTimeMilliseconds() / 1_000.0;
        _all[id] = new OperationBody(
            id, type, problem is null ? "SUCCESS" : "FAIL", problem, problem is null ? null : "RESOURCE_LIMIT_EXCEEDED", now, now,
            new Dictionary<string, string> { ["INSTANCE"] = instance, ["SERVICE"] = service });
        _order.Enqueue(id);
        while (_all.Count > Most && _order.TryDequeue(out var oldest))
            _all.TryRemove(oldest, out _);
        return id;
    }

    public OperationBody? Find(string id) => _all.GetValueOrDefault(id);
}
