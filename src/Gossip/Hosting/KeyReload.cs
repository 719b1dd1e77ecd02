using Gossip.Configuration;
using Gossip.Loop;
using Microsoft.Extensions.Logging;

namespace Gossip.Hosting;

/// <summary>The node's keys follow the configuration. No key is ever told, only its fingerprint.</summary>
/// <param name="node">The node.</param>
/// <param name="changed">Called when the keys have changed.</param>
/// <param name="audit">Told of each change.</param>
internal sealed partial class KeyReload(GossipNode node, Action changed, ILogger audit)
{
    private IReadOnlyList<string> _refused = [];

    /// <summary>Takes over what is new.</summary>
    public async ValueTask ApplyAsync(GossipOptions read)
    {
        var keys = ClusterKey.RingOf(read);
        var (before, after) = (node.Identity.KeyFingerprints, ClusterKey.Fingerprints(keys));
        if (after.SequenceEqual(before))
        {
            _refused = [];
            return;
        }

        if (after.Count == 0 || before.Count == 0)
        {
            if (!after.SequenceEqual(_refused) || after.Count == 0)
                Refused(audit, node.Identity.Cluster, before.Count == 0 ? "set, where there was none" : "removed");
            _refused = after;
            return;
        }

        await node.ChangeKeysAsync(keys, after).ConfigureAwait(false);
        changed();
        var cluster = node.Identity.Cluster;
        Changed(audit, cluster, after[0], Listed(after.Skip(1)), before[0], Listed(before.Skip(1)));
        if (!after.Contains(before[0]))
            CutOff(audit, cluster, before[0]);
    }

    private static string Listed(IEnumerable<string> fingerprints) => string.Join(", ", fingerprints.DefaultIfEmpty("none"));

    [LoggerMessage(93, LogLevel.Information,
        "The keys of cluster '{Cluster}' have changed: {Primary} seals, and besides it are opened: {Others}. "
            + "Before, {PrimaryBefore} sealed; besides: {OthersBefore}")]
    private static partial void Changed(
        ILogger logger, string cluster, string primary, string others, string primaryBefore, string othersBefore);

    [LoggerMessage(94, LogLevel.Warning,
        "The key of cluster '{Cluster}' was {Change} while the process runs, and that takes effect at its next start: "
            + "a node listens elsewhere, and speaks otherwise, with a key than without")]
    private static partial void Refused(ILogger logger, string cluster, string change);

    [LoggerMessage(95, LogLevel.Warning,
        "Key {Before}, which sealed what this node of cluster '{Cluster}' sent, is not accepted here any more: "
            + "members that still seal with it are strangers from now on, and so is this node to them")]
    private static partial void CutOff(ILogger logger, string cluster, string before);
}
