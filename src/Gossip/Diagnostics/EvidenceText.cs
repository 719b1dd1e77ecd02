using System.Globalization;
using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>What testimonies say, in words: those of one evidence together, the gravest first.</summary>
internal static class EvidenceText
{
    private static readonly Evidence[] GravestFirst = [Evidence.Replaced, Evidence.Refused, Evidence.RelayedSilence, Evidence.Silence];

    /// <summary>Who said what, as in "web-1 and web-3 heard nothing by any path".</summary>
    public static string Of(IReadOnlyList<NamedTestimony> testimonies, PeerAddress address)
    {
        var parts = GravestFirst
            .Select(evidence => (Evidence: evidence, Words: testimonies.Where(word => word.Evidence == evidence).ToArray()))
            .Where(one => one.Words.Length > 0)
            .Select(one => Say(one.Evidence, PlainText.List([.. one.Words.Select(Accuser).Distinct()]), address)).ToArray();
        return parts.Length == 0 ? "on grounds that this node was not told" : string.Join("; ", parts);
    }

    /// <summary>The evidence alone, where nobody is known who had it.</summary>
    public static string Of(Evidence evidence) => evidence switch
    {
        Evidence.Replaced => "another process was found at its address",
        Evidence.Refused => "nothing listened at its address any more",
        Evidence.RelayedSilence => "nothing was heard from it by any path, nor by the relays",
        Evidence.Silence => "nothing was heard from it by any path",
        _ => "on grounds that this node was not told",
    };

    /// <summary>What one said of a member.</summary>
    public static string Of(NamedTestimony word)
    {
        var who = Accuser(word);
        return word.Evidence switch
        {
            Evidence.Refused => $"its host told {who} that nothing listens there",
            Evidence.Replaced => $"{who} found another process in its place",
            Evidence.RelayedSilence => $"{who} and its relays heard nothing of it",
            _ => $"{who} heard nothing of it",
        };
    }

    /// <summary>What follows from the gravest of them.</summary>
    public static string Conclusion(Evidence gravest) => gravest switch
    {
        Evidence.Replaced or Evidence.Refused => "its process is gone",
        Evidence.RelayedSilence => "its process stands still, or its host is off or cut off from them all",
        Evidence.Silence => "it is off or cut off, or else its accuser is",
        _ => "",
    };

    /// <summary>The gravest evidence of some testimonies.</summary>
    public static Evidence Gravest(IReadOnlyList<NamedTestimony> testimonies) =>
        Array.Find(GravestFirst, evidence => testimonies.Any(word => word.Evidence == evidence));

    private static string Say(Evidence evidence, string who, PeerAddress address) => evidence switch
    {
        Evidence.Replaced => $"{who} found another process at {address}",
        Evidence.Refused => $"nothing listens at {address} any more, its host told {who}",
        Evidence.RelayedSilence => $"{who} heard nothing by any path, and the relays heard nothing either",
        _ => $"{who} heard nothing by any path, nor from any relay",
    };

    /// <summary>Who said it, and how well that one was.</summary>
    public static string Accuser(NamedTestimony word) => word.LocalHealth == 0
        ? word.Accuser
        : string.Create(CultureInfo.InvariantCulture, $"{word.Accuser} (itself unwell: {word.LocalHealth})");
}
