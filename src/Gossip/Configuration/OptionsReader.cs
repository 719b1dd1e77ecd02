using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Gossip.Configuration;

/// <summary>
/// Reads the configuration section into the options. It takes the place of the framework's binder, which throws at the first bad value
/// and is silent about keys that it does not know: here every mistake is collected, and named together with its remedy.
/// </summary>
internal sealed class OptionsReader(IConfiguration section, string name) : IConfigureNamedOptions<GossipOptions>
{
    private static readonly Dictionary<string, Setting> ByKey =
        Settings.All.ToDictionary(setting => setting.Key, StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> Groups = new(
        Settings.All.Where(setting => setting.Key.Contains(':', StringComparison.Ordinal)).Select(setting => setting.Key.Split(':')[0]),
        StringComparer.OrdinalIgnoreCase);

    public void Configure(GossipOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? named, GossipOptions options)
    {
        if (named != name)
            return;
        // A list or a number in the place of the whole section is a mistake that no key of it would show.
        if (section is IConfigurationSection { Value: { } text } whole && !string.IsNullOrWhiteSpace(text))
            options.Problems.Add($"{whole.Path} is '{text}'; it must be a section with keys of its own, such as {whole.Path}:Cluster.");
        Read(section, "", options);
    }

    private static void Read(IConfiguration parent, string prefix, GossipOptions options)
    {
        foreach (var child in parent.GetChildren())
        {
            var key = prefix + child.Key;
            if (Groups.Contains(key) && child.Value is not { Length: > 0 })
            {
                Read(child, key + ":", options);
                continue;
            }

            if (ByKey.TryGetValue(key, out var setting))
                options.Problems.AddRange(setting.Read(child, options));
            else
                options.Problems.Add(Unknown(key));
        }
    }

    private static string Unknown(string key)
    {
        var nearest = Settings.All.MinBy(setting => Distance(setting.Key, key))!.Key;
        return Distance(nearest, key) <= Math.Max(2, key.Length / 2)
            ? $"{GossipOptions.SectionName}:{key} is not a setting. Did you mean {GossipOptions.SectionName}:{nearest}?"
            : $"{GossipOptions.SectionName}:{key} is not a setting. Remove it; the settings are {string.Join(", ", Settings.All.Select(setting => setting.Key))}.";
    }

    /// <summary>A key in the wrong group is as near as one with a single wrong letter.</summary>
    private static int Distance(string known, string typed) =>
        Math.Min(Spelling.Distance(known, typed), 1 + Spelling.Distance(known.Split(':')[^1], typed.Split(':')[^1]));
}
