using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;
using Gossip.Protocol;

namespace Gossip.Cli.Protocols.Consul.Filters;

/// <summary>
/// One comparison of a filter. A selector that leads through a list is true if any element of the list is; one that leads to a key that a
/// map does not have is what <see cref="FilterRules.OfMissing"/> says.
/// </summary>
internal static class FilterComparison
{
    private const int MostPattern = 512;

    /// <summary>The engine takes no more time than the text has letters; this is for a machine that stands still.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Makes it.</summary>
    /// <returns>Whether an object passes; null where there is a problem.</returns>
    public static Func<object, bool>? Of(
        FilterSchema schema, IReadOnlyList<string> path, FilterOperator one, string value, out string? problem)
    {
        var selector = string.Join('.', path);
        if (Leaf(schema, path) is not { } type)
        {
            problem = $"Selector \"{Limits.Show(Invalid(schema, path))}\" is not valid";
            return null;
        }

        if (!FilterRules.Takes(type, one))
        {
            problem = $"Invalid match operator \"{FilterRules.NameOf(one)}\" for selector \"{Limits.Show(selector)}\"";
            return null;
        }

        var test = TestOf(type, one, value, out problem);
        problem = problem is null ? null : problem.Replace("{}", Limits.Show(selector), StringComparison.Ordinal);
        return test is null ? null : item => Walk(item, schema, path, 0, one, test);
    }

    /// <summary>What a path leads to; null where it leads nowhere.</summary>
    private static FilterType? Leaf(FilterSchema? schema, IReadOnlyList<string> path)
    {
        FilterType? type = null;
        for (var i = 0; i < path.Count; i++)
        {
            if (schema?.Find(path[i]) is not { } field)
                return null;
            (type, schema) = (field.Type, field.Inner);
            if (field.Type is not (FilterType.TextMap or FilterType.ObjectMap) || i + 1 == path.Count)
                continue;
            // The next of the path is a key.
            i++;
            type = field.Type == FilterType.TextMap ? FilterType.Text : FilterType.Object;
            if (field.Type == FilterType.TextMap && i + 1 < path.Count)
                return null;
        }

        return type == FilterType.Object ? null : type;
    }

    private static string Invalid(FilterSchema schema, IReadOnlyList<string> path) =>
        schema.Find(path[0]) is null ? path[0] : string.Join('.', path);

    /// <summary>The test of a value that is there.</summary>
    private static Func<object?, bool>? TestOf(FilterType type, FilterOperator one, string value, out string? problem)
    {
        problem = null;
        switch (one, type)
        {
            case (FilterOperator.IsEmpty, _):
                return found => IsEmpty(found);
            case (FilterOperator.IsNotEmpty, _):
                return found => !IsEmpty(found);
            case (FilterOperator.Matches or FilterOperator.NotMatches, _):
                return Pattern(value, one == FilterOperator.Matches, out problem);
            case (FilterOperator.In or FilterOperator.NotIn, _):
                return found => Has(found, value) == (one == FilterOperator.In);
            case (_, FilterType.Number):
                if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
                    return found => (found is long other && other == number) == (one == FilterOperator.Equal);
                problem = $"Failed to coerce value \"{Limits.Show(value)}\" for selector \"{{}}\": it is no whole number";
                return null;
            case (_, FilterType.Flag):
                if (value is "1" or "t" or "T" or "true" or "TRUE" or "True" or "0" or "f" or "F" or "false" or "FALSE" or "False")
                    return found => (found is bool flag && flag == (value[0] is '1' or 't' or 'T')) == (one == FilterOperator.Equal);
                problem = $"Failed to coerce value \"{Limits.Show(value)}\" for selector \"{{}}\": it is neither true nor false";
                return null;
            default:
                return found => string.Equals(found as string ?? "", value, StringComparison.Ordinal) == (one == FilterOperator.Equal);
        }
    }

    private static Func<object?, bool>? Pattern(string pattern, bool matches, out string? problem)
    {
        problem = null;
        try
        {
            if (pattern.Length > MostPattern)
                problem = $"Failed to compile regular expression: it has more than {MostPattern} letters";
            else if (new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Patience) is var regex)
                return found => regex.IsMatch(found as string ?? "") == matches;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            problem = $"Failed to compile regular expression \"{Limits.Show(pattern)}\": {Limits.Show(error.Message)}";
        }

        return null;
    }

    private static bool Walk(
        object? item, FilterSchema? schema, IReadOnlyList<string> path, int at, FilterOperator one, Func<object?, bool> test)
    {
        if (at == path.Count)
            return test(item);
        var field = schema!.Find(path[at])!;
        var value = item is null ? null : field.Read(item);
        if (at + 1 == path.Count)
            return test(value);
        switch (field.Type)
        {
            case FilterType.Objects:
                return value is IEnumerable<object> all && all.Any(inner => Walk(inner, field.Inner, path, at + 1, one, test));
            case FilterType.TextMap:
                return value is IReadOnlyDictionary<string, string> texts && texts.TryGetValue(path[at + 1], out var text)
                    ? test(text)
                    : FilterRules.OfMissing(one);
            case FilterType.ObjectMap:
                return value is IReadOnlyDictionary<string, object> objects && objects.TryGetValue(path[at + 1], out var found)
                    ? Walk(found, field.Inner, path, at + 2, one, test)
                    : FilterRules.OfMissing(one);
            default:
                return Walk(value, field.Inner, path, at + 1, one, test);
        }
    }

    private static bool Has(object? found, string value) => found switch
    {
        string text => text.Contains(value, StringComparison.Ordinal),
        IReadOnlyDictionary<string, string> texts => texts.ContainsKey(value),
        IReadOnlyDictionary<string, object> objects => objects.ContainsKey(value),
        IEnumerable<string> list => list.Contains(value, StringComparer.Ordinal),
        _ => false,
    };

    private static bool IsEmpty(object? found) => found is not IEnumerable all || !all.GetEnumerator().MoveNext();
}
