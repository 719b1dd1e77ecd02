using Microsoft.AspNetCore.Http;

namespace Gossip.AspNetCore.Access;

/// <summary>The URLs at which programs of this machine reach an endpoint.</summary>
internal static class EndpointUrl
{
    /// <summary>A process listens at one or two; more would not fit where they are written.</summary>
    private const int Most = 2;

    /// <summary>Unencrypted ones come first, since certificates are rarely made out to this machine's loopback.</summary>
    /// <param name="addresses">At what the server listens, as it tells.</param>
    /// <param name="pattern">The route of the endpoint; one with parameters leads to no URL.</param>
    /// <param name="hasIPv6">Whether the machine has the loopback address of IPv6.</param>
    public static IReadOnlyList<Uri> Of(IEnumerable<string> addresses, string pattern, bool hasIPv6) =>
        pattern.Contains('{', StringComparison.Ordinal)
            ? []
            : [.. addresses.Select(address => Of(address, pattern, hasIPv6)).OfType<Uri>().OrderBy(url => url.Scheme.Length).Take(Most)];

    private static Uri? Of(string address, string pattern, bool hasIPv6)
    {
        try
        {
            var bound = BindingAddress.Parse(address);
            if (bound.IsUnixPipe || bound.IsNamedPipe)
                return null;
            return new Uri($"{bound.Scheme}://{HostOf(bound.Host, hasIPv6)}:{bound.Port}{bound.PathBase.TrimEnd('/')}/{pattern.Trim('/')}");
        }
        catch (FormatException)
        {
            // A server of the application's own may listen at what is no address.
            return null;
        }
    }

    /// <summary>
    /// An address at which the server listens for certain: at the other one of <c>localhost</c> may be another user's process, and whoever
    /// asks here sends a token. Where one listens at all of IPv6, nobody else can listen at its loopback.
    /// </summary>
    private static string HostOf(string bound, bool hasIPv6) => bound switch
    {
        "*" or "+" or "[::]" => hasIPv6 ? "[::1]" : "127.0.0.1",
        "0.0.0.0" => "127.0.0.1",
        _ when string.Equals(bound, "localhost", StringComparison.OrdinalIgnoreCase) => "127.0.0.1",
        _ => bound,
    };
}
