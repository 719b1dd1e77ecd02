using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Gossip.Configuration;

/// <summary>One key of the configuration section: how its text is read, and where it goes.</summary>
/// <param name="Key">The key, relative to the section.</param>
/// <param name="HasChildren">Whether the key may have keys below it: a list, or free pairs.</param>
/// <param name="Read">Puts the value into the options; the answer is null, or what the value must be.</param>
internal sealed record Setting(string Key, bool HasChildren, Func<IConfigurationSection, GossipOptions, string?> Read)
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

    /// <summary>A list, as <c>Key:0</c>, <c>Key:1</c>... or, for environment variables, in one value with commas.</summary>
    public static Setting List(string key, Func<GossipOptions, List<string>> target) => new(key, true, (section, options) =>
    {
        var items = section.Value?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            ?? section.GetChildren().Select(child => child.Value).OfType<string>();
        target(options).AddRange(items);
        return section.GetChildren().Any(child => child.Value is null) ? "a list of texts" : null;
    });

    /// <summary>Free pairs below a key.</summary>
    public static Setting Pairs(string key, Func<GossipOptions, Dictionary<string, string>> target) => new(key, true, (section, options) =>
    {
        foreach (var child in section.GetChildren())
            target(options)[child.Key] = child.Value ?? "";
        return section.GetChildren().Any(child => child.Value is null) ? "pairs of texts" : null;
    });

    private static Setting Value<T>(string key, string mustBe, Func<string, (bool IsGood, T Value)> parse, Action<GossipOptions, T> set) =>
        new(key, false, (section, options) =>
        {
            // An empty value is how an environment variable says that it is not set.
            if (string.IsNullOrWhiteSpace(section.Value))
                return section.GetChildren().Any() ? mustBe : null;
            var (isGood, value) = parse(section.Value.Trim());
            if (isGood)
                set(options, value);
            return isGood ? null : mustBe;
        });
}
