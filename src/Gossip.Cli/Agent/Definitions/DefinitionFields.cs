using System.Collections.ObjectModel;
using System.Globalization;
using System.Text.Json;
using Gossip.Configuration;
using Gossip.Protocol;

namespace Gossip.Cli.Agent.Definitions;

/// <summary>
/// Reads the fields of one JSON object. What is wrong becomes a problem that names the key, the value and what to write, so that one look
/// tells them all; what is read in its place does not matter then.
/// </summary>
/// <param name="element">The object.</param>
/// <param name="path">In front of the keys in messages, such as "endpoints[0]."; empty for the definition itself.</param>
/// <param name="problems">Where problems are added.</param>
internal sealed class DefinitionFields(JsonElement element, string path, List<string> problems)
{
    /// <summary>Letters of a value in a message.</summary>
    private const int Shown = 80;

    private readonly HashSet<string> _known = [];

    public bool Has(string key) => Find(key) is not null;

    /// <summary>A text of at least one letter.</summary>
    public string? Text(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
            return text;
        Wrong(key, "a text in quotation marks that is not empty");
        return null;
    }

    public int? Whole(string key, int least, int most)
    {
        if (Find(key) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
            return number;
        Wrong(key, string.Create(CultureInfo.InvariantCulture, $"a whole number of {least} to {most}, without quotation marks"));
        return null;
    }

    /// <summary>A part of one, 0 to 1.</summary>
    public double? Share(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number is >= 0 and <= 1)
            return number;
        Wrong(key, "a number of 0 to 1, such as 0.1");
        return null;
    }

    public bool Flag(string key)
    {
        if (Find(key) is not { } value)
            return false;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            Wrong(key, "true or false, without quotation marks");
        return value.ValueKind == JsonValueKind.True;
    }

    public TimeSpan? Time(string key, TimeSpan least, TimeSpan most)
    {
        if (Find(key) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String && Times.TryParse(value.GetString()!, out var time) && time >= least && time <= most)
            return time;
        Wrong(key, $"a time with its unit, such as \"10s\" or \"500ms\", of {Written(least)} to {Written(most)}");
        return null;
    }

    public IReadOnlyList<string> Texts(string key, int most)
    {
        if (Find(key) is not { } value)
            return [];
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= most
            && value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String && one.GetString()!.Length > 0))
            return [.. value.EnumerateArray().Select(one => one.GetString()!)];
        Wrong(key, string.Create(CultureInfo.InvariantCulture, $"a list of at most {most} texts, such as [\"a\", \"b\"]"));
        return [];
    }

    public IReadOnlyDictionary<string, string> Pairs(string key)
    {
        if (Find(key) is not { } value)
            return ReadOnlyDictionary<string, string>.Empty;
        if (value.ValueKind == JsonValueKind.Object && value.EnumerateObject().All(pair => pair.Value.ValueKind == JsonValueKind.String))
            return value.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!);
        Wrong(key, "an object whose values are texts, such as {\"team\": \"blue\"}");
        return ReadOnlyDictionary<string, string>.Empty;
    }

    /// <summary>The objects of a list, each with the path of its fields.</summary>
    public IEnumerable<DefinitionItem> Objects(string key, int most)
    {
        if (Find(key) is not { } value)
            return [];
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= most
            && value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.Object))
            return value.EnumerateArray().Select((one, index) => new DefinitionItem(
                new(one, string.Create(CultureInfo.InvariantCulture, $"{path}{key}[{index}]."), problems), one.GetRawText()));
        Wrong(key, string.Create(CultureInfo.InvariantCulture, $"a list of at most {most} objects, such as [ {{ … }} ]"));
        return [];
    }

    /// <summary>One of several words; null, with a problem, where it is another.</summary>
    public string? OneOf(string key, params string[] words)
    {
        var text = Text(key);
        if (text is null || words.Contains(text))
            return text;
        Wrong(key, $"one of {string.Join(", ", words)}");
        return null;
    }

    /// <summary>Keys that nobody has asked for are mistyped.</summary>
    public void End()
    {
        foreach (var one in element.EnumerateObject().Where(one => !_known.Contains(one.Name)))
        {
            problems.Add($"{path}{Limits.Show(one.Name)} is no key. "
                + (Spelling.Guess(one.Name, _known, 3) ?? $"Leave it out; there are {string.Join(", ", _known.Order())}."));
        }
    }

    public void Wrong(string key, string mustBe) =>
        problems.Add($"{path}{key} is {(Find(key) is { } value ? ValueOf(value) : "not set")}; it must be {mustBe}.");

    private JsonElement? Find(string key)
    {
        _known.Add(key);
        return element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private static string ValueOf(JsonElement value)
    {
        var text = Limits.Show(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText());
        return $"'{(text.Length > Shown ? text[..Shown] + "…" : text)}'";
    }

    private static string Written(TimeSpan time) => time < TimeSpan.FromSeconds(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds}ms")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds}s");
}

/// <summary>One object of a list.</summary>
/// <param name="Fields">Its fields.</param>
/// <param name="Text">What it says.</param>
internal readonly record struct DefinitionItem(DefinitionFields Fields, string Text);
