using System.Diagnostics.CodeAnalysis;

namespace Gossip.Configuration;

/// <summary>
/// An endpoint as it is written in the configuration:
/// <code>
/// endpoint := [name "="] scheme "://" host [":" port] [";protocol=" protocol]
/// </code>
/// such as "https://*:8443", "admin=http://*:8081" or "rpc=https://*:8444;protocol=grpc".
/// </summary>
/// <param name="Name">What it is for; empty when not given.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Protocol">The protocol that is spoken there; empty when not given.</param>
internal sealed record EndpointText(string Name, EndpointAddress Address, string Protocol)
{
    public const string MustBe =
        "it must be 'scheme://host:port', such as https://orders.example:8443; "
            + "with a name, 'admin=http://*:8081'; with a protocol, 'https://*:8443;protocol=grpc'";

    private const string ProtocolPart = ";protocol=";

    public static bool TryParse(string text, [NotNullWhen(true)] out EndpointText? endpoint)
    {
        endpoint = null;
        var schemeEnd = Math.Max(0, text.IndexOf("://", StringComparison.Ordinal));
        var nameEnd = text.IndexOf('=', 0, schemeEnd);
        var name = nameEnd < 0 ? "" : text[..nameEnd].Trim();
        if (nameEnd >= 0 && !IsName(name))
            return false;
        var rest = text[(nameEnd + 1)..].Trim();
        var protocolStart = rest.IndexOf(ProtocolPart, StringComparison.OrdinalIgnoreCase);
        var protocol = protocolStart < 0 ? "" : rest[(protocolStart + ProtocolPart.Length)..].Trim();
        if (protocolStart >= 0 && !IsName(protocol))
            return false;
        if (!EndpointAddress.TryParse(protocolStart < 0 ? rest : rest[..protocolStart].Trim(), out var address))
            return false;
        endpoint = new EndpointText(name, address, protocol);
        return true;
    }

    /// <summary>
    /// The text of an endpoint whose name was given elsewhere, such as "admin=http://*:8081"; where that is invalid, an example.
    /// </summary>
    public static string Named(string name, string address) =>
        $"{name}={address}" is var text && TryParse(text, out _) ? text : "admin=http://*:8081";

    /// <summary>
    /// What callers write into the host of an address, as in "http://_admin.payments": letters, digits, '-' and '_'; at most 63.
    /// </summary>
    private static bool IsName(string text) =>
        text.Length is > 0 and <= 63 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');
}
