using Microsoft.AspNetCore.Http;

namespace Gossip.AspNetCore.Access;

/// <summary>The URLs at which programs of this machine reach an endpoint.</summary>
internal static class EndpointUrl
{
    /// <summary>A process listens at one or two; more would not fit where they are written.</summary>
    private const int Most = 2;

    /// <summary>What stands for every address of the machine.</summary>
    private static readonly string[] Anywhere = ["*", "+", "0.0.0.0", "[::]"];

    /// <summary>Unencrypted ones come first, since certificates are rarely made out to this machine's loopback.</summary>
    /// <param name="addresses">At what the server listens, as it tells.</param>
    /// <param name="pattern">The route of the endpoint; one with parameters leads to no URL.</param>
    public static IReadOnlyList<Uri> Of(IEnumerable<string> addresses, string pattern) =>
        pattern.Contains('{', StringComparison.Ordinal)
            ? []
            : [.. addresses.Select(address => Of(address, pattern)).OfType<Uri>().OrderBy(url => url.Scheme.Length).Take(Most)];

    private static Uri? Of(string address, string pattern)
    {
        try
        {
            var bound = BindingAddress.Parse(address);
            if (bound.IsUnixPipe || bound.IsNamedPipe)
                return null;
            var host = Anywhere.Contains(bound.Host) ? "localhost" : bound.Host;
            return new Uri($"{bound.Scheme}://{host}:{bound.Port}{bound.PathBase.TrimEnd('/')}/{pattern.Trim('/')}");
        }
        catch (FormatException)
        {
            // A server of the application's own may listen at what is no address.
            return null;
        }
    }
}
