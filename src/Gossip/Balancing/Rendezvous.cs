using System.Runtime.InteropServices;
using System.Text;
using Gossip.Protocol;

namespace Gossip.Balancing;

/// <summary>
/// Which instance a key belongs to, without a table: every pair of a key and an instance has a number that is the same wherever it is
/// computed, and the key belongs to the instance with the highest (Thaler and Ravishankar, "Using name-based mappings to increase hit
/// rates", 1998). When an instance comes or goes, only its own keys move.
/// </summary>
internal static class Rendezvous
{
    /// <summary>Longer keys are hashed from a copy.</summary>
    private const int ShortKey = 128;

    /// <summary>
    /// The numbers of instances, from an instance's name and its node's, which survive a restart. Nodes with the same name may have
    /// instances of the same name, too. Of those the one with the lowest <see cref="ServiceInstance.NodeId"/> has that number, and the
    /// others' numbers include the node's id, so that each owns its share. When the first goes, the second inherits its keys.
    /// </summary>
    public static ulong[] IdsOf(IReadOnlyList<ServiceInstance> instances)
    {
        var ids = new ulong[instances.Count];
        var lowest = new Dictionary<ulong, MemberId>(ids.Length);
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = StableHash.Mix(HashOf(instances[i].NodeName ?? ""), HashOf(instances[i].InstanceId));
            ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(lowest, ids[i], out var isKnown);
            if (!isKnown || instances[i].OwnerId.CompareTo(first) < 0)
                first = instances[i].OwnerId;
        }

        for (var i = 0; i < ids.Length && lowest.Count < ids.Length; i++)
        {
            if (instances[i].OwnerId is var node && node != lowest[ids[i]])
                ids[i] = StableHash.Mix(ids[i], node.Value);
        }

        return ids;
    }

    public static ulong HashOf(string key)
    {
        if (key.Length > ShortKey)
            return StableHash.Of(key);
        Span<byte> buffer = stackalloc byte[3 * ShortKey];
        return StableHash.Of(buffer[..Encoding.UTF8.GetBytes(key, buffer)]);
    }

    /// <summary>The number of a pair.</summary>
    public static ulong Of(ulong key, ulong id) => StableHash.Mix(key, id);

    /// <summary>
    /// The lowest distance wins: with u the number of the pair as a fraction, -ln(u) / weight, so that each instance wins by its weight,
    /// and a change of one weight moves keys to or from that instance only (Schindler and Schomaker, "Weighted distributed hash tables",
    /// 2005).
    /// </summary>
    public static double Distance(ulong pair, int weight) => -Math.Log(((pair >> 11) + 0.5) * (1.0 / (1UL << 53))) / weight;
}
