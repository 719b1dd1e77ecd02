using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Gossip.Configuration;

/// <summary>One key of the configuration section: how its text is read, and where it goes.</summary>
/// <param name="Key">The key, relative to the section.</param>
/// <param name="Read">Puts the value into the options, and returns its problems, each with key, value and remedy.</param>
internal sealed record Setting(string Key, Func<IConfigurationSection, GossipOptions, IEnumerable<string>> Read)
{
    private const string Nested = "a section with keys of its own";

    public static Setting Text(string key, Action<GossipOptions, string> set) => Value(key, "a text", text => (true, text), set);

    public static Setting Flag(string key, Action<GossipOptions, bool> set) =>
        Value(key, "true or false", text => (bool.TryParse(text, out var value), value), set);

    public static Setting Whole(string key, Action<GossipOptions, int> set) =>
        Value(key, "a whole number",
            text => (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value), value), set);

    public static Setting Number(string key, Action<GossipOptions, double> set) =>
        Value(key, "a number",
            text => (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value), value), set);

    public static Setting Time(string key, Action<GossipOptions, TimeSpan> set) =>
        Value(key, "a time such as 500ms, 2s, 10m, 24h or 00:00:02", text => (Times.TryParse(text, out var value), value), set);

    /// <summary>
    /// A list, as <c>Key:0</c>, <c>Key:1</c>... or, for environment variables, in one text with commas, which replaces what is below the
    /// key, since the numbers of one file mean nothing to another. A name in place of a number is a mistake.
    /// </summary>
    /// <param name="key">The key, relative to the section.</param>
    /// <param name="target">Where the items go.</param>
    /// <param name="itemOf">The item for a name and its value, for a configuration that has these instead.</param>
    public static Setting List(
        string key, Func<GossipOptions, List<string>> target, Func<string, string, string>? itemOf = null) => new(key, (section, options) =>
    {
        if (string.IsNullOrWhiteSpace(section.Value))
        {
            target(options).AddRange(
                section.GetChildren().Where(child => IsNumber(child.Key)).Select(child => child.Value).OfType<string>().Where(IsSome));
            return section.GetChildren().Select(child => WrongItem(key, child, itemOf ?? ItemOf)).OfType<string>();
        }

        if (!TrySplit(section.Value, out var parts))
            return [WithGap(key, section.Value)];
        target(options).AddRange(parts);
        return WrongChildren(key, section);
    });

    /// <summary>A list like any other, but no message tells what is in it.</summary>
    public static Setting Secrets(string key, Func<GossipOptions, List<string>> target)
    {
        var list = List(key, target);
        return list with
        {
            Read = (section, options) => [.. list.Read(section, options).Select(problem => Hide(problem, section))],
        };
    }

    private static string Hide(string problem, IConfigurationSection section)
    {
        foreach (var one in section.AsEnumerable())
        {
            if (IsSome(one.Value ?? ""))
                problem = problem.Replace($"'{one.Value}'", "(not shown)", StringComparison.Ordinal);
        }

        // A key may stand where the number of an item should.
        foreach (var child in section.GetChildren().Where(child => !IsNumber(child.Key)))
            problem = problem.Replace(child.Key, "(not shown)", StringComparison.Ordinal);
        return problem.Replace("'(not shown)'", "(not shown)", StringComparison.Ordinal);
    }

    /// <summary>
    /// Free pairs below a key or, for environment variables, in one text, <c>team=blue,tier=1</c>, which adds to what is below the key, and
    /// wins where both have the same name. A value with a comma needs a key of its own. Names that count from 0 are those that the
    /// configuration gives to the items of a list.
    /// </summary>
    /// <param name="key">The key, relative to the section.</param>
    /// <param name="example">Pairs in one text.</param>
    /// <param name="target">Where the pairs go.</param>
    public static Setting Pairs(
        string key, string example, Func<GossipOptions, Dictionary<string, string>> target) => new(key, (section, options) =>
    {
        var mustBe = $"pairs with a name each, such as {example}; or give each a key of its own";
        if (ItemsOfList(section) is { Count: > 0 } items)
            return items.Select(item =>
                $"{GossipOptions.SectionName}:{key}:{item.Key} is '{ValueOf(item)}', an item of a list; it must be {mustBe}.");
        var pairs = target(options);
        foreach (var child in section.GetChildren())
            pairs[child.Key] = child.Value ?? "";
        if (!TrySplit(section.Value ?? "", out var parts))
            return [WithGap(key, section.Value)];
        var written = new Dictionary<string, string>(pairs.Comparer);
        foreach (var part in parts)
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !written.TryAdd(part[..equals].TrimEnd(), part[(equals + 1)..].TrimStart()))
                return [Wrong(key, section.Value, mustBe)];
        }

        foreach (var (name, value) in written)
            pairs[name] = value;
        return WrongChildren(key, section);
    });

    private static Setting Value<T>(string key, string mustBe, Func<string, (bool IsGood, T Value)> parse, Action<GossipOptions, T> set) =>
        new(key, (section, options) =>
        {
            if (section.GetChildren().Any())
                return [Wrong(key, null, mustBe)];
            // An empty value means that an environment variable is not set.
            if (string.IsNullOrWhiteSpace(section.Value))
                return [];
            var (isGood, value) = parse(section.Value.Trim());
            if (!isGood)
                return [Wrong(key, section.Value, mustBe)];
            set(options, value);
            return [];
        });

    /// <summary>Splits at commas. One at the end is accepted; an empty part elsewhere is mostly a variable that is not set.</summary>
    private static bool TrySplit(string text, out string[] parts)
    {
        parts = text.Split(',', StringSplitOptions.TrimEntries);
        if (parts[^1].Length == 0)
            parts = parts[..^1];
        return Array.TrueForAll(parts, IsSome);
    }

    private static string WithGap(string key, string? value) =>
        $"{GossipOptions.SectionName}:{key} is '{value}', and between its commas one part is empty; "
            + "write what is missing, or leave out the comma.";

    private static bool IsSome(string text) => !string.IsNullOrWhiteSpace(text);

    /// <summary>Whether a key is one that the configuration gives to an item of a list.</summary>
    internal static bool IsNumber(string name) => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>The item: the value, unless that only confirms the name.</summary>
    private static string ItemOf(string name, string value) => IsSome(value) && !bool.TryParse(value, out _) ? value : name;

    /// <summary>All children, when they are numbered as the items of a list are; else none.</summary>
    private static List<IConfigurationSection> ItemsOfList(IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        var numbers = Enumerable.Range(0, children.Count).Select(number => number.ToString(CultureInfo.InvariantCulture));
        return numbers.ToHashSet().SetEquals(children.Select(child => child.Key)) ? children : [];
    }

    /// <summary>What is wrong with one item of a list, or null.</summary>
    private static string? WrongItem(string key, IConfigurationSection item, Func<string, string, string> itemOf) => item switch
    {
        _ when !IsNumber(item.Key) => $"{GossipOptions.SectionName}:{key}:{item.Key} is '{ValueOf(item)}', "
            + $"and {GossipOptions.SectionName}:{key} is a list, "
            + $"whose items have no names; write '{itemOf(item.Key, item.Value ?? "")}' in a list.",
        { Value: { } value } when !IsSome(value) && !item.GetChildren().Any() =>
            $"{GossipOptions.SectionName}:{key}:{item.Key} is '{value}'; leave it out, or set it to a text.",
        _ => WrongChild(key, item),
    };

    private static IEnumerable<string> WrongChildren(string key, IConfigurationSection section) =>
        section.GetChildren().Select(child => WrongChild(key, child)).OfType<string>();

    /// <summary>The problem of a child that is null or has keys of its own, where one text is required.</summary>
    private static string? WrongChild(string key, IConfigurationSection child) => child switch
    {
        _ when child.GetChildren().Any() => Wrong($"{key}:{child.Key}", null, "a text"),
        { Value: null } => $"{GossipOptions.SectionName}:{key}:{child.Key} is null; leave it out, or set it to a text.",
        _ => null,
    };

    /// <summary>The value of a key, for a message.</summary>
    internal static string ValueOf(IConfigurationSection child) => child.GetChildren().Any() ? Nested : child.Value ?? "null";

    private static string Wrong(string key, string? value, string mustBe) =>
        $"{GossipOptions.SectionName}:{key} is '{value ?? Nested}'; it must be {mustBe}.";
}
