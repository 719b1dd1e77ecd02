using System.Text.Json;

namespace Gossip.Tests.Peer;

/// <summary>What a caller finds at one moment: one line of JSON of the verb "watch", which the test reads back.</summary>
/// <param name="At">When, as <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/> counts, which is one clock for all processes of a machine.</param>
/// <param name="Services">Each service that there is an instance of, by its name.</param>
public sealed record ServicesView(long At, IReadOnlyDictionary<string, ServiceSight> Services)
{
    /// <summary>What the line begins with.</summary>
    public const string Prefix = "services: ";

    /// <summary>Reads a line back.</summary>
    public static ServicesView Parse(string line) => JsonSerializer.Deserialize<ServicesView>(line.AsSpan(Prefix.Length))!;

    internal string ToLine() => Prefix + JsonSerializer.Serialize(this);

    internal static ServicesView Of(long at, ServiceSnapshot snapshot) => new(
        at,
        snapshot.Services.ToDictionary(
            name => name,
            name => new ServiceSight(
                snapshot.GetInstances(name).Count > 0,
                [.. snapshot.GetAllInstances(name).Select(one => $"{one.State}{(one.IsOrphaned ? " orphan" : "")} {one.Uri} {one.Version}")])));

    internal bool SaysTheSame(ServicesView other) => Services.Count == other.Services.Count && Services.All(one =>
        other.Services.TryGetValue(one.Key, out var sight) && sight.IsCallable == one.Value.IsCallable && sight.Instances.SequenceEqual(one.Value.Instances));
}

/// <summary>What a caller finds of one service.</summary>
/// <param name="IsCallable">Whether a call by its name goes anywhere.</param>
/// <param name="Instances">All instances: the state, where it is reached, the version.</param>
public sealed record ServiceSight(bool IsCallable, IReadOnlyList<string> Instances);
