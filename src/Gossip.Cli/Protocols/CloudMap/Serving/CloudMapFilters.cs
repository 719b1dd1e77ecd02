using Gossip.Cli.Protocols.CloudMap.Model;

namespace Gossip.Cli.Protocols.CloudMap.Serving;

/// <summary>The filters of a list: each names a property, and what it may be.</summary>
internal static class CloudMapFilters
{
    private const int MostOfValue = 255;

    /// <summary>Reads the filters of a request.</summary>
    /// <param name="body">The request.</param>
    /// <param name="names">The properties that may be named.</param>
    /// <returns>Whether an item passes all of them, by its property of a name.</returns>
    public static Func<Func<string, string>, bool> Read(CloudMapBody body, params string[] names)
    {
        var tests = body.Objects("Filters").Select(filter => ReadOne(filter, names)).ToList();
        return valueOf => tests.TrueForAll(test => test(valueOf));
    }

    private static Func<Func<string, string>, bool> ReadOne(CloudMapBody filter, string[] names)
    {
        var name = filter.Word("Name", names);
        var condition = filter.Word("Condition", "EQ", "IN", "BEGINS_WITH") ?? "EQ";
        var values = filter.Texts("Values", MostOfValue);
        if (name is null)
        {
            filter.Wrong(CloudMapRefusal.InvalidInput($"Filters:Name is missing; it must be one of {string.Join(", ", names)}."));
            return _ => false;
        }

        return condition == "BEGINS_WITH"
            ? valueOf => values.Any(value => valueOf(name).StartsWith(value, StringComparison.Ordinal))
            : valueOf => values.Contains(valueOf(name));
    }
}
