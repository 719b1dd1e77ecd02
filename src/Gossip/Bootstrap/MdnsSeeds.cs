using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Gossip.Snapshots;
using Microsoft.Extensions.Logging;

namespace Gossip.Bootstrap;

/// <summary>
/// Publishes this node by mDNS, and finds those of the same cluster and key. What is seen is told again and again, so that a node that was
/// lost behind a split is tried as long as it announces itself. A node of another cluster or key is logged once, and left alone.
/// </summary>
internal sealed partial class MdnsSeeds : ISeedSource, IAsyncDisposable
{
    private const string KubernetesVariable = "KUBERNETES_SERVICE_HOST";
    private const string ClusterKey = "cluster";
    private const string FingerprintKey = "key";

    /// <summary>All keys that the node opens.</summary>
    private const string AcceptedKey = "keys";
    private const string VersionKey = "v";

    /// <summary>Bytes of a DNS label (RFC 1035 §2.3.4), less the id that makes the instance's name its own.</summary>
    private const int LabelBytes = 63;

    private static readonly TimeSpan RepeatInterval = TimeSpan.FromSeconds(10);

    private readonly Func<NodeIdentity> _node;
    private readonly SnapshotFeed _feed;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly MdnsShell _shell;
    private readonly MdnsStrangers _strangers;

    /// <param name="node">Who the node is, now.</param>
    /// <param name="options">How mDNS is used.</param>
    /// <param name="feed">Tells which members are known to live.</param>
    /// <param name="time">Measures pauses.</param>
    /// <param name="loggers">Told of strangers.</param>
    public MdnsSeeds(Func<NodeIdentity> node, GossipMdnsOptions options, SnapshotFeed feed, TimeProvider time, ILoggerFactory loggers)
    {
        _node = node;
        _feed = feed;
        _time = time;
        _strangers = new MdnsStrangers(time);
        _logger = loggers.CreateLogger("Gossip.Mdns");
        var announcement = Announcement(node(), options) with { IsKnownToLive = IsKnownToLive };
        _shell = new MdnsShell(announcement, time, loggers.CreateLogger<MdnsShell>());
        _shell.Start();
    }

    /// <summary>
    /// Multicast is asked for unless the node stays on this machine, or runs in Kubernetes, where it works between the pods of one host at
    /// best, and makes clusters of accident. The options decide otherwise.
    /// </summary>
    public static bool AreWanted(bool? told, NodeIdentity identity, bool isInKubernetes, ILogger logger)
    {
        if (told is not null || identity.IsLocalOnly)
            return told ?? false;
        if (isInKubernetes)
            OffInKubernetes(logger, KubernetesVariable);
        return !isInKubernetes;
    }

    public static bool IsInKubernetes => Environment.GetEnvironmentVariable(KubernetesVariable) is not null;

    /// <inheritdoc cref="MdnsShell.Interfaces"/>
    public IReadOnlyList<MdnsVerdict> Interfaces => _shell.Interfaces;

    /// <summary>Shows the endpoints of the own service to browsers of the link that know nothing of gossip.</summary>
    public void Publish(ServiceRecord service, NodeIdentity node) => _shell.Publish(MdnsEndpoints.Of(service, node));

    /// <summary>Says the node's key anew, which has changed.</summary>
    public void AnnounceKey() => _shell.Describe(TextOf(_node()));

    /// <inheritdoc/>
    public string Name => "mDNS";

    public async IAsyncEnumerable<IPEndPoint> FindAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var seen = new SightedSeeds();
        var sightings = _shell.WatchAsync(cancellation).GetAsyncEnumerator(cancellation);
        await using var disposal = sightings.ConfigureAwait(false);
        var next = sightings.MoveNextAsync().AsTask();
        while (true)
        {
            var pause = Task.Delay(RepeatInterval, _time, cancellation);
            if (await Task.WhenAny(next, pause).ConfigureAwait(false) == pause)
            {
                await pause.ConfigureAwait(false);
                foreach (var endpoint in seen.Next(IsKnownToLive))
                    yield return endpoint;
                continue;
            }

            if (!await next.ConfigureAwait(false))
                yield break;
            var sighting = sightings.Current;
            next = sightings.MoveNextAsync().AsTask();
            if (sighting.IsLost)
            {
                seen.Remove(sighting);
                _strangers.Forget(sighting);
            }

            if (sighting.IsOwn || sighting.IsLost || !IsOurs(sighting))
                continue;
            foreach (var endpoint in seen.Add(sighting, _node()))
                yield return endpoint;
        }
    }

    /// <summary>Nodes of other clusters and keys that are seen, and left alone.</summary>
    public IReadOnlyCollection<string> Foreign => _strangers.All;

    /// <summary>Packets that the shell dropped because it did not keep up.</summary>
    public long Dropped => _shell.Dropped;

    /// <inheritdoc cref="MdnsShell.Ignored"/>
    public long Ignored => _shell.Ignored;

    public ValueTask DisposeAsync() => _shell.DisposeAsync();

    private static MdnsOptions Announcement(NodeIdentity identity, GossipMdnsOptions options)
    {
        var id = identity.Id.ToString();
        var hasOwnAddress = identity.Local.IsAny && identity.AdvertisedBecause != NodeIdentity.Configured;
        return new MdnsOptions
        {
            Instance = MdnsText.Instance(Cut(identity.Name, LabelBytes - id.Length - 1)) + "-" + id,
            Host = "gossip-" + id,
            // The id is 64 random bits. So nobody waits for probes, and a node is found as soon as it runs.
            AreNamesUnique = true,
            Interfaces = [.. options.Interfaces],
            Port = identity.Advertised.Port,
            IsIPv4Only = identity.Local.IsIPv4,
            Addresses = hasOwnAddress ? null : [identity.Advertised.ToIPAddress()],
            Text = TextOf(identity),
        };
    }

    internal static Dictionary<string, string> TextOf(NodeIdentity identity)
    {
        var text = new Dictionary<string, string>
        {
            [ClusterKey] = MdnsText.Encode(identity.Cluster),
            [FingerprintKey] = identity.KeyFingerprint ?? "none",
            [VersionKey] = Node.ProtocolVersion.ToString(CultureInfo.InvariantCulture),
        };
        if (identity.KeyFingerprints.Count > 1)
            text[AcceptedKey] = string.Join(',', identity.KeyFingerprints);
        return text;
    }

    /// <summary>The longest beginning that takes so many bytes of UTF-8, and splits no letter.</summary>
    internal static string Cut(string text, int bytes)
    {
        var length = 0;
        foreach (var letter in text.EnumerateRunes())
        {
            bytes -= letter.Utf8SequenceLength;
            if (bytes < 0)
                break;
            length += letter.Utf16SequenceLength;
        }

        return text[..length];
    }

    /// <summary>Whether the failure detector watches the node that announces itself so: it knows better than old announcements.</summary>
    private bool IsKnownToLive(string instance) =>
        ulong.TryParse(instance[(instance.LastIndexOf('-') + 1)..], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var id)
        && _feed.Newest.Snapshot.Members.Any(member =>
            member.Profile.Id.Value == id && !member.IsSelf && member.State == MemberState.Alive);

    private bool IsOurs(MdnsSighting sighting)
    {
        var own = _node();
        var cluster = MdnsText.Decode(sighting.Text.GetValueOrDefault(ClusterKey, ""));
        var key = sighting.Text.GetValueOrDefault(FingerprintKey, "none");
        // Earlier versions told it as it is, and a long one in letters beyond ASCII is told by its beginning.
        var isOurCluster = cluster == own.Cluster || cluster == MdnsText.Decode(MdnsText.Encode(own.Cluster));
        // A node that has one of this node's keys is understood, and understands: it answers in the key of the question.
        var accepted = sighting.Text.GetValueOrDefault(AcceptedKey, "").Split(',', Limits.Keys + 1);
        if (isOurCluster && (own.Opens(key) || (own.KeyFingerprint is not null && accepted.Any(own.Opens))))
            return true;
        // Anybody on the link may have written them.
        var (shown, foreign, theirs) = (Limits.Show(sighting.Instance), Limits.Show(cluster), Limits.Show(key));
        if (_strangers.Meet(sighting, $"{shown} of cluster '{foreign}' with key {theirs}"))
            Stranger(_logger, shown, foreign, theirs, own.Cluster, own.KeyFingerprint ?? "none");
        return false;
    }

    [LoggerMessage(2112, LogLevel.Information,
        "mDNS is off in Kubernetes ({Variable} is set), where multicast seldom leaves a host. "
            + "Give seeds, or set Gossip:UseMdns to true to use it all the same")]
    private static partial void OffInKubernetes(ILogger logger, string variable);

    [LoggerMessage(2110, LogLevel.Information,
        "Seen by mDNS and left alone: '{Instance}' of cluster '{Cluster}' with key {Key}; "
            + "this node is of '{OwnCluster}' with key {OwnKey}")]
    private static partial void Stranger(ILogger logger, string instance, string cluster, string key, string ownCluster, string ownKey);
}
