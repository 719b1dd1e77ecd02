using System.Globalization;
using System.Net;
using Gossip.Cli.Protocols.Serving;
using Gossip.Dns.Messages;
using Gossip.Protocol;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Gossip.Cli.Protocols.Dns;

/// <summary>The section <c>Agent:Dns</c>.</summary>
/// <param name="EndPoint">Where questions are answered, by UDP and by TCP.</param>
/// <param name="Domain">The domain that is answered for.</param>
/// <param name="Datacenter">What stands for the whole cluster where a name has a data centre or a zone.</param>
/// <param name="Ttl">How long an answer may be kept.</param>
internal sealed record DnsSettings(IPEndPoint EndPoint, DnsName Domain, string Datacenter, TimeSpan Ttl)
{
    /// <summary>The section's name within that of the agent.</summary>
    public const string SectionName = "Dns";

    private const int MostSeconds = 60;

    private static readonly string[] Keys = ["Address", nameof(Domain), nameof(Datacenter), nameof(Ttl)];

    /// <summary>Reads the section.</summary>
    /// <returns>The settings; null where nobody asks for it.</returns>
    /// <exception cref="OptionsValidationException">A key or a value is wrong; the message names it, and what to write.</exception>
    public static DnsSettings? Read(IConfigurationSection section)
    {
        var problems = new List<string>();
        FacadeSettings.FindUnknown(section, Keys, problems);
        IPEndPoint? place = null;
        if (section["Address"] is { } text && !string.IsNullOrWhiteSpace(text)
            && (!IPEndPoint.TryParse(text.Trim(), out place) || place.Port == 0))
            problems.Add($"{section.Path}:Address is '{Limits.Show(text)}'; it must be an IP address and a port, such as 127.0.0.1:8600.");
        var domain = ReadDomain(section, problems);
        var datacenter = section[nameof(Datacenter)] is { Length: > 0 } given ? given.Trim() : "dc1";
        if (datacenter.Length is 0 or > 63 || !datacenter.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
            problems.Add($"{section.Path}:{nameof(Datacenter)} is '{Limits.Show(datacenter)}'; "
                + "it must be 1 to 63 letters, digits, '-' and '_', such as dc1.");
        var seconds = 0;
        if (section[nameof(Ttl)] is { Length: > 0 } asked
            && (!int.TryParse(asked.Trim().TrimEnd('s'), NumberStyles.None, CultureInfo.InvariantCulture, out seconds)
                || seconds > MostSeconds))
            problems.Add($"{section.Path}:{nameof(Ttl)} is '{Limits.Show(asked)}'; it must be whole seconds of 0s to {MostSeconds}s.");
        FacadeSettings.Check(section, problems);
        return place is null ? null : new DnsSettings(place, domain, datacenter, TimeSpan.FromSeconds(seconds));
    }

    private static DnsName ReadDomain(IConfigurationSection section, List<string> problems)
    {
        var text = section[nameof(Domain)] is { Length: > 0 } given ? given.Trim().TrimEnd('.') : "gossip";
        var isHost = text.Length <= 100 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
        if (isHost && DnsName.TryParse(text, out var domain) && !domain.IsRoot)
            return domain;
        problems.Add($"{section.Path}:{nameof(Domain)} is '{Limits.Show(text)}'; "
            + "it must be a domain of letters, digits, '-' and '.', such as gossip or svc.example.com.");
        return DnsName.Root;
    }
}
