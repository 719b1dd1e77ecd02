using System.Globalization;
using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>
/// A name that is to be unique to this machine on this link: the wanted one, the one after conflicts, and how far it has been probed.
/// </summary>
internal sealed class OwnName(DnsName wanted, bool isHost)
{
    private int _probes;
    private int _attempt = 1;

    public DnsName Wanted { get; } = wanted;

    public DnsName Chosen { get; private set; } = wanted;

    /// <summary>Whether this machine holds it: only then may records under it be sent.</summary>
    public bool IsSettled { get; private set; }

    /// <summary>When the next probe is due, or, after the last, when silence has settled it.</summary>
    public TimeSpan ProbeAt { get; private set; } = Timing.Never;

    /// <summary>Whether all probes are out, so that only the wait for an objection is left.</summary>
    public bool IsProbed => _probes == Timing.Probes;

    public void Settle()
    {
        IsSettled = true;
        ProbeAt = Timing.Never;
    }

    public void StartProbing(TimeSpan at)
    {
        IsSettled = false;
        _probes = 0;
        ProbeAt = at;
    }

    public void Probed(TimeSpan now)
    {
        _probes++;
        ProbeAt = now + Timing.ProbeInterval;
    }

    /// <summary>
    /// RFC 6762 §9, RFC 6763 Appendix D: "orders" becomes "orders (2)", then "orders (3)"; a host "orders" becomes "orders-2".
    /// </summary>
    public void Rename()
    {
        _attempt++;
        var number = _attempt.ToString(CultureInfo.InvariantCulture);
        var suffix = isHost ? $"-{number}" : $" ({number})";
        Chosen = Wanted.Parent.Child(Cut(Wanted.FirstLabelText, Limits.LabelBytes - suffix.Length) + suffix);
    }

    /// <summary>The longest prefix that fits into so many bytes of UTF-8 and splits no character.</summary>
    private static string Cut(string text, int bytes)
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
}
