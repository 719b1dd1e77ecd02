using System.Buffers.Text;
using System.Text;
using Gossip.Cli.Protocols.CloudMap.Model;

namespace Gossip.Cli.Protocols.CloudMap.Serving;

/// <summary>
/// The pages of a list. A token is the key of the last item of a page, so nothing is remembered between two of them, and an item that stays
/// is on one page whatever comes and leaves meanwhile.
/// </summary>
internal static class CloudMapPages
{
    /// <summary>Items of a page.</summary>
    public const int Most = 100;

    private const int MostOfToken = 1_024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The page that a request asks for.</summary>
    /// <param name="body">The request.</param>
    /// <param name="all">All items.</param>
    /// <param name="keyOf">The key of an item, another for each.</param>
    public static (IReadOnlyList<T> Items, string? Next) Of<T>(CloudMapBody body, IEnumerable<T> all, Func<T, string> keyOf)
    {
        var most = body.Whole("MaxResults", 1, Most, Most);
        var after = body.OptionalText("NextToken", MostOfToken) is { Length: > 0 } token ? Read(body, token) : null;
        var rest = all.Where(item => after is null || string.CompareOrdinal(keyOf(item), after) > 0)
            .OrderBy(keyOf, StringComparer.Ordinal).Take(most + 1).ToList();
        if (rest.Count <= most)
            return (rest, null);
        rest.RemoveAt(most);
        return (rest, Base64Url.EncodeToString(Encoding.UTF8.GetBytes(keyOf(rest[^1]))));
    }

    private static string? Read(CloudMapBody body, string token)
    {
        try
        {
            return Strict.GetString(Base64Url.DecodeFromChars(token));
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            body.Wrong(CloudMapRefusal.InvalidInput($"NextToken is '{CloudMapBody.Show(token)}'; it must be that of the page before."));
            return null;
        }
    }
}
