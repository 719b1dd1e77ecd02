using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Gossip.Configuration;

/// <summary>
/// Reads the configuration section into the options. It replaces the framework's binder, which throws at the first bad value and ignores
/// unknown keys: here every mistake is collected, and reported with its remedy.
/// </summary>
/// <param name="section">What is read.</param>
/// <param name="name">Of the options.</param>
/// <param name="all">The whole configuration, where it is known: the section may have been misspelled in it.</param>
internal sealed class OptionsReader(IConfiguration section, string name, IConfiguration? all = null)
    : IConfigureNamedOptions<GossipOptions>
{
    private static readonly Dictionary<string, Setting> ByKey =
        Settings.All.ToDictionary(setting => setting.Key, StringComparer.OrdinalIgnoreCase);

    /// <summary>The groups of keys, each with an example key.</summary>
    private static readonly Dictionary<string, string> Groups = Settings.All
        .Where(setting => setting.Key.Contains(':', StringComparison.Ordinal))
        .GroupBy(setting => setting.Key.Split(':')[0], setting => setting.Key)
        .ToDictionary(group => group.Key, group => group.First(), StringComparer.OrdinalIgnoreCase);

    public void Configure(GossipOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? named, GossipOptions options)
    {
        if (named != name)
            return;
        if (section is IConfigurationSection whole)
            options.Problems.AddRange(WrongGroup(whole, whole.Path, $"{whole.Path}:Cluster"));
        if (section is IConfigurationSection { Path: GossipOptions.SectionName })
            options.Problems.AddRange(Misspelled(all));
        Read(section, "", options);
    }

    private static void Read(IConfiguration parent, string prefix, GossipOptions options)
    {
        foreach (var child in parent.GetChildren())
        {
            var key = prefix + child.Key;
            if (Groups.TryGetValue(key, out var example))
            {
                var shown = $"{GossipOptions.SectionName}:{key}";
                var toggle = ByKey.ContainsKey("Use" + key) ? $", or {GossipOptions.SectionName}:Use{child.Key}" : "";
                options.Problems.AddRange(WrongGroup(child, shown, $"{GossipOptions.SectionName}:{example}{toggle}"));
                Read(child, key + ":", options);
            }
            else if (ByKey.TryGetValue(key, out var setting))
                options.Problems.AddRange(setting.Read(child, options));
            else
                options.Problems.Add(Setting.IsNumber(child.Key) ? Unnamed(child, prefix) : Unknown(key));
        }
    }

    /// <summary>A text in place of a whole section is a mistake that none of its keys would show.</summary>
    private static IEnumerable<string> WrongGroup(IConfigurationSection group, string path, string example)
    {
        if (!string.IsNullOrWhiteSpace(group.Value))
            yield return $"{path} is '{group.Value}'; it must be a section with keys of its own, such as {example}.";
    }

    /// <summary>
    /// A section whose name is nearly the one that is read, with keys of it: all that it says would be passed over in silence, a key
    /// against strangers included. A longer name is that of another cluster. No value is named: it may be a secret.
    /// </summary>
    private static IEnumerable<string> Misspelled(IConfiguration? all) =>
        from near in all?.GetChildren() ?? []
        where Spelling.Distance(near.Key, GossipOptions.SectionName) is 1 or 2
            && !near.Key.StartsWith(GossipOptions.SectionName, StringComparison.OrdinalIgnoreCase)
        from child in near.GetChildren()
        where ByKey.ContainsKey(child.Key) || Groups.ContainsKey(child.Key)
        select $"{near.Key}:{child.Key} is read by nobody. Did you mean {GossipOptions.SectionName}:{child.Key}?";

    /// <summary>A list in place of a section.</summary>
    private static string Unnamed(IConfigurationSection item, string prefix)
    {
        var example = Groups.GetValueOrDefault(prefix.TrimEnd(':'), "Cluster");
        return $"{GossipOptions.SectionName}:{prefix}{item.Key} is '{Setting.ValueOf(item)}', an item of a list; "
            + $"it must be below a key with a name, such as {GossipOptions.SectionName}:{example}.";
    }

    private static string Unknown(string key)
    {
        var nearest = Settings.All.MinBy(setting => Distance(setting.Key, key))!.Key;
        if (Distance(nearest, key) <= Math.Max(2, Split(key).Word.Length / 3))
            return $"{GossipOptions.SectionName}:{key} is not a setting. Did you mean {GossipOptions.SectionName}:{nearest}?";
        var group = Split(key).Group;
        string[] all = [.. Settings.All.Select(setting => setting.Key)];
        string[] mates = [.. all.Where(known => group.Length > 0 && IsOf(group, known))];
        return $"{GossipOptions.SectionName}:{key} is not a setting. Remove it; "
            + (mates.Length > 0 ? $"those of its group are {string.Join(", ", mates)}." : $"the settings are {string.Join(", ", all)}.");
    }

    /// <summary>A key in the wrong group, or a truncated one, is as near as one with a single wrong letter.</summary>
    private static int Distance(string known, string typed)
    {
        var ((_, knownWord), (group, word)) = (Split(known), Split(typed));
        var isBegun = word.Length > 2 && knownWord.StartsWith(word, StringComparison.OrdinalIgnoreCase);
        return Math.Min(
            Spelling.Distance(known, typed),
            (IsOf(group, known) ? 0 : 1) + (isBegun ? 1 : Spelling.Distance(knownWord, word)));
    }

    private static bool IsOf(string group, string known) => string.Equals(Split(known).Group, group, StringComparison.OrdinalIgnoreCase);

    private static (string Group, string Word) Split(string key)
    {
        var end = key.LastIndexOf(':') + 1;
        return (key[..end], key[end..]);
    }
}
