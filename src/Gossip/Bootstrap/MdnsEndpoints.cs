using System.Text;
using Gossip.Diagnostics;

namespace Gossip.Bootstrap;

/// <summary>The endpoints of a service as DNS-SD instances (RFC 6763): <c>http://…</c> is an <c>_http._tcp</c>, and so on.</summary>
internal static class MdnsEndpoints
{
    /// <summary>RFC 6335 §5.1: the name of a service has at most 15 characters.</summary>
    private const int LongestType = 15;

    private const int LabelBytes = 63;

    /// <summary>How many services one link carries beside the node itself (the limit of Gossip.Dns).</summary>
    private const int MostServices = 15;

    /// <summary>The endpoints at this node's own address: others are not announced here.</summary>
    public static IReadOnlyList<MdnsService> Of(ServiceRecord service, NodeIdentity node)
    {
        var address = node.Advertised.ToIPAddress().ToString();
        var ours = service.Endpoints.Where(endpoint => endpoint.Host == address && IsType(endpoint.Scheme)).Take(MostServices);
        return [.. ours.Select(
            endpoint => new MdnsService($"_{endpoint.Scheme}._tcp.local", InstanceOf(service, endpoint), endpoint.Port, TextOf(service)))];
    }

    private static string InstanceOf(ServiceRecord service, ServiceEndpoint endpoint)
    {
        // A second endpoint of a scheme needs another name; the suffix is short, as schemes and ports are.
        var suffix = endpoint.Name == endpoint.Scheme ? "" : " " + MdnsSeeds.Cut(endpoint.Name, LabelBytes / 2);
        return MdnsText.Instance(MdnsSeeds.Cut(service.InstanceId, LabelBytes - Encoding.UTF8.GetByteCount(suffix)) + suffix);
    }

    private static Dictionary<string, string> TextOf(ServiceRecord service)
    {
        var text = new Dictionary<string, string> { ["service"] = MdnsText.Encode(service.Service) };
        if (service.Version is not null)
            text["version"] = MdnsText.Encode(service.Version);
        return text;
    }

    // RFC 6335 §5.1: letters, digits and hyphens, at least one letter, no hyphen at an end or beside another.
    private static bool IsType(string scheme) =>
        scheme.Length is > 0 and <= LongestType && scheme.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-')
        && scheme.Any(char.IsAsciiLetter) && scheme[0] != '-' && scheme[^1] != '-' && !scheme.Contains("--", StringComparison.Ordinal);
}
