using System.Security.Cryptography;
using Gossip.Configuration;

namespace Gossip.Tests;

/// <summary>Keys of clusters, as people write them.</summary>
internal static class TestKeys
{
    public static string New() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(ClusterKey.Size));

    public static string Fingerprint(string key) => ClusterKey.Fingerprint(Convert.FromBase64String(key));
}
