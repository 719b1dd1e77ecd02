using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Gossip.Configuration;

/// <summary>One key of the configuration section: how its text is read, and where it goes.</summary>
/// <param name="Key">The key, relative to the section.</param>
/// <param name="Read">Puts the value into the options; the answer is what is wrong with it, each with key, value and remedy.</param>
internal sealed record Setting(string Key, Func<IConfigurationSection, GossipOptions, IEnumerable<string>> Read)
{
    public static Setting Text(string key, Action<GossipOptions, string> set) => Value(key, "a text", text => (true, text), set);

    public static Setting Flag(string key, Action<GossipOptions, bool> set) =>
        Value(key, "true or false", text => (bool.TryParse(text, out var value), value), set);

    public static Setting Whole(string key, Action<GossipOptions, int> set) =>
        Value(key, "a whole number", text => (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value), value), set);

    public static Setting Number(string key, Action<GossipOptions, double> set) =>
        Value(key, "a number", text => (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value), value), set);

    public static Setting Time(string key, Action<GossipOptions, TimeSpan> set) =>
        Value(key, "a time such as 500ms, 2s, 10m, 24h or 00:00:02", text => (Times.TryParse(text, out var value), value), set);

    /// <summary>
    /// A list, as <c>Key:0</c>, <c>Key:1</c>... or, for environment variables, in one text with commas, which takes the place of what
    /// stands below the key: items of one file have numbers that mean nothing to another.
    /// </summary>
    public static Setting List(string key, Func<GossipOptions, List<string>> target) => new(key, (section, options) =>
    {
        if (!string.IsNullOrWhiteSpace(section.Value))
        {
            target(options).AddRange(Parts(section.Value));
            return [];
        }

        target(options).AddRange(section.GetChildren().Select(child => child.Value).OfType<string>());
        return WrongChildren(key, section);
    });

    /// <summary>
    /// Free pairs below a key or, for environment variables, in one text, <c>team=blue,tier=1</c>, which adds to what stands below the key
    /// and has the last word where both name the same. A value with a comma in it needs a key of its own.
    /// </summary>
    public static Setting Pairs(string key, Func<GossipOptions, Dictionary<string, string>> target) => new(key, (section, options) =>
    {
        var pairs = target(options);
        foreach (var child in section.GetChildren())
            pairs[child.Key] = child.Value ?? "";
        var written = new Dictionary<string, string>(pairs.Comparer);
        foreach (var part in Parts(section.Value ?? ""))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !written.TryAdd(part[..equals].TrimEnd(), part[(equals + 1)..].TrimStart()))
                return [Wrong(key, section.Value, "pairs with a name each, such as team=blue,tier=1; or give each a key of its own")];
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
            // An empty value is how an environment variable says that it is not set.
            if (string.IsNullOrWhiteSpace(section.Value))
                return [];
            var (isGood, value) = parse(section.Value.Trim());
            if (!isGood)
                return [Wrong(key, section.Value, mustBe)];
            set(options, value);
            return [];
        });

    private static string[] Parts(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What is null, or has keys of its own, where one text must stand.</summary>
    private static IEnumerable<string> WrongChildren(string key, IConfigurationSection section)
    {
        foreach (var child in section.GetChildren())
        {
            if (child.GetChildren().Any())
                yield return Wrong($"{key}:{child.Key}", null, "a text");
            else if (child.Value is null)
                yield return $"{GossipOptions.SectionName}:{key}:{child.Key} is null; leave it out, or set it to a text.";
        }
    }

    private static string Wrong(string key, string? value, string mustBe) =>
        $"{GossipOptions.SectionName}:{key} is '{value ?? "a section with keys of its own"}'; it must be {mustBe}.";
}
