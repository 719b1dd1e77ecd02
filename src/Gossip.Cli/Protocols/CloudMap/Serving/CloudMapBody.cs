using System.Globalization;
using System.Text.Json;
using Gossip.Cli.Protocols.CloudMap.Model;
using Gossip.Protocol;

namespace Gossip.Cli.Protocols.CloudMap.Serving;

/// <summary>
/// Reads the body of a request, and remembers the first thing that is wrong with it; what has no use here is not looked at. Nothing throws
/// on what it reads.
/// </summary>
internal sealed class CloudMapBody
{
    /// <summary>Bytes of a body: 5,000 letters of attributes, each escaped, twice over.</summary>
    public const int MostBytes = 64 * 1024;

    /// <summary>Items of a list or of an object.</summary>
    public const int MostItems = 100;

    private static readonly JsonDocumentOptions Json = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    private readonly JsonElement _root;
    private readonly string _path;
    private readonly Mistake _mistake;

    private CloudMapBody(JsonElement root, string path, Mistake mistake) => (_root, _path, _mistake) = (root, path, mistake);

    /// <summary>What is wrong; null where nothing was found.</summary>
    public CloudMapRefusal? Problem => _mistake.Refusal;

    public static CloudMapBody? Read(ReadOnlyMemory<byte> utf8, out CloudMapRefusal? refusal)
    {
        refusal = null;
        try
        {
            // An operation that needs nothing may come without a body.
            var root = JsonElement.Parse(utf8.IsEmpty ? "{}"u8 : utf8.Span, Json);
            if (root.ValueKind == JsonValueKind.Object)
                return new CloudMapBody(root, "", new Mistake());
            refusal = new(
                "SerializationException", $"The body is {KindOf(root)}; it must be an object, such as {{ \"ServiceName\": \"web\" }}.");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // What is no JSON, and what has names in it that are no UTF-8 or half a letter.
            refusal = new("SerializationException", $"The body is no JSON: {Limits.Show(error.Message)}");
        }

        return null;
    }

    /// <summary>Says what is wrong, unless something was before.</summary>
    public void Wrong(CloudMapRefusal refusal) => _mistake.Refusal ??= refusal;

    /// <summary>A text that must be there.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="most">Letters.</param>
    /// <param name="example">One that would do.</param>
    public string Text(string key, int most, string example)
    {
        if (OptionalText(key, most) is { Length: > 0 } text)
            return text;
        Wrong($"{_path}{key} is missing; give it, such as \"{example}\".");
        return "";
    }

    /// <summary>A text; null where there is none.</summary>
    public string? OptionalText(string key, int most)
    {
        if (!TryFind(key, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.String || TextOf(value) is not { } text)
            Wrong($"{_path}{key} is {KindOf(value)}; it must be a text.");
        else if (text.Length > most)
            Wrong(string.Create(CultureInfo.InvariantCulture, $"{_path}{key} has {text.Length} letters; it may have {most}."));
        else
            return text;
        return null;
    }

    /// <summary>One of some words; null where there is none.</summary>
    public string? Word(string key, params ReadOnlySpan<string> words)
    {
        if (OptionalText(key, CloudMapNames.MostOfId) is not { } text || words.Contains(text))
            return OptionalText(key, CloudMapNames.MostOfId);
        Wrong($"{_path}{key} is '{Show(text)}'; it must be one of {string.Join(", ", words)}.");
        return null;
    }

    /// <summary>A whole number.</summary>
    public int Whole(string key, int least, int most, int otherwise)
    {
        if (!TryFind(key, out var value))
            return otherwise;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
            return number;
        Wrong(string.Create(CultureInfo.InvariantCulture, $"{_path}{key} is {KindOf(value)}; it must be a number, {least} to {most}."));
        return otherwise;
    }

    /// <summary>Pairs of texts; null where there are none.</summary>
    public IReadOnlyDictionary<string, string>? Pairs(string key)
    {
        if (!TryFind(key, out var value))
            return null;
        var pairs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (value.ValueKind != JsonValueKind.Object)
            Wrong($"{_path}{key} is {KindOf(value)}; it must be an object of texts.");
        else
            foreach (var pair in value.EnumerateObject().Take(MostItems + 1))
                Add(pairs, key, pair);
        if (pairs.Count > MostItems)
            Wrong($"{_path}{key} has more than {MostItems} pairs.");
        return pairs;
    }

    /// <summary>Texts; empty where there are none.</summary>
    public IReadOnlyList<string> Texts(string key, int most)
    {
        var texts = new List<string>();
        foreach (var item in Items(key))
        {
            if (item.ValueKind == JsonValueKind.String && TextOf(item) is { } text && text.Length <= most)
                texts.Add(text);
            else
                Wrong($"{_path}{key} has an item that is {KindOf(item)}; each must be a text of at most {most} letters.");
        }

        return texts;
    }

    /// <summary>Objects; empty where there are none.</summary>
    public IReadOnlyList<CloudMapBody> Objects(string key)
    {
        var objects = new List<CloudMapBody>();
        foreach (var item in Items(key))
        {
            if (item.ValueKind == JsonValueKind.Object)
                objects.Add(new CloudMapBody(item, $"{_path}{key}:", _mistake));
            else
                Wrong($"{_path}{key} has an item that is {KindOf(item)}; each must be an object.");
        }

        return objects;
    }

    /// <summary>Whether there is something that is neither null nor an empty list or object.</summary>
    public bool Says(string key) => TryFind(key, out var value) && value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Any(),
        JsonValueKind.Array => value.GetArrayLength() > 0,
        _ => true,
    };

    /// <summary>A text of the caller's for an answer.</summary>
    public static string Show(string text) => Limits.Show(text.Length > 80 ? text[..80] + "…" : text);

    private void Wrong(string message) => Wrong(CloudMapRefusal.InvalidInput(message));

    private void Add(SortedDictionary<string, string> pairs, string key, JsonProperty pair)
    {
        if (NameOf(pair) is not { } name)
            Wrong($"{_path}{key} has a key that is no UTF-8; write UTF-8.");
        else if (pair.Value.ValueKind == JsonValueKind.String && TextOf(pair.Value) is { } text)
            pairs[name] = text;
        else
            Wrong($"{_path}{key}:{Show(name)} is {KindOf(pair.Value)}; it must be a text, such as \"8080\".");
    }

    private List<JsonElement> Items(string key)
    {
        if (!TryFind(key, out var value))
            return [];
        if (value.ValueKind != JsonValueKind.Array)
            Wrong($"{_path}{key} is {KindOf(value)}; it must be a list.");
        else if (value.GetArrayLength() > MostItems)
            Wrong($"{_path}{key} has {value.GetArrayLength()} items; it may have {MostItems}.");
        else
            return [.. value.EnumerateArray()];
        return [];
    }

    private bool TryFind(string key, out JsonElement value) =>
        _root.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Null for what is no UTF-8, or half a letter.</summary>
    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Null for what is no UTF-8, or half a letter.</summary>
    private static string? NameOf(JsonProperty pair)
    {
        try
        {
            return pair.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => $"the number {Show(value.GetRawText())}",
        JsonValueKind.String => TextOf(value) is { } text ? $"the text '{Show(text)}'" : "a text that is no UTF-8",
        JsonValueKind.True or JsonValueKind.False => "a truth value",
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        _ => "null",
    };

    /// <summary>The first mistake of a body, wherever within it.</summary>
    private sealed class Mistake
    {
        public CloudMapRefusal? Refusal { get; set; }
    }
}
