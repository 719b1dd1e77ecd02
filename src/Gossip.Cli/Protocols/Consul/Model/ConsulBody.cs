using System.Text;
using System.Text.Json;
using Gossip.Protocol;

namespace Gossip.Cli.Protocols.Consul.Model;

/// <summary>A request that is refused, as Consul words it.</summary>
/// <param name="Status">The status of the answer.</param>
/// <param name="Text">Why.</param>
internal sealed record ConsulRefusal(int Status, string Text);

/// <summary>
/// The JSON of a request, as Go's decoder takes it: keys match in any case, null is nothing, what follows the first value is not looked at,
/// and a key that the type does not have is a mistake. The first mistake is kept; what is read after it does not matter.
/// </summary>
internal sealed class ConsulBody
{
    /// <summary>Bytes of a body: what Consul takes for a value of its store.</summary>
    public const int MostBytes = 512 * 1024;

    /// <summary>What a check within a service needs, twice over.</summary>
    private const int MostDepth = 16;

    /// <summary>Keys of one object; with so many pairs at most a map is refused by its own bound.</summary>
    private const int MostKeys = 4096;

    private readonly Mistake _mistake;
    private readonly Dictionary<string, JsonElement> _all = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    private ConsulBody(JsonElement element, Mistake mistake)
    {
        _mistake = mistake;
        if (element.ValueKind == JsonValueKind.Null)
            return;
        if (element.GetPropertyCount() > MostKeys)
        {
            mistake.Say($"an object has more than {MostKeys} keys");
            return;
        }

        foreach (var one in element.EnumerateObject())
            _all[one.Name] = one.Value;
    }

    /// <summary>What is wrong with the body, so far; null for nothing.</summary>
    public ConsulRefusal? Problem => _mistake.Text is { } text ? new(400, $"Request decode failed: {text}") : null;

    /// <summary>Whether it has no key.</summary>
    public bool IsEmpty => _all.Count == 0;

    /// <summary>Reads the object of a body.</summary>
    public static ConsulBody? Parse(ReadOnlySpan<byte> utf8, out ConsulRefusal? refusal)
    {
        refusal = null;
        if (utf8.Trim(" \t\r\n"u8).IsEmpty)
        {
            refusal = new(400, "Request decode failed: EOF");
            return null;
        }

        try
        {
            // A text that is no UTF-8 would throw where it is read.
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(utf8);
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MostDepth });
            var element = JsonElement.ParseValue(ref reader);
            ReadNames(element);
            if (element.ValueKind is JsonValueKind.Object or JsonValueKind.Null)
                return new(element, new Mistake());
            refusal = new(400, $"Request decode failed: json: cannot unmarshal {KindOf(element)} into an object");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            refusal = new(400, $"Request decode failed: {Limits.Show(error.Message)}");
        }

        return null;
    }

    /// <summary>Half of a pair of surrogates is no letter: a name that has one throws where it is read, so all are read once.</summary>
    private static void ReadNames(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var one in element.EnumerateObject())
            {
                _ = one.Name;
                ReadNames(one.Value);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var one in element.EnumerateArray())
                ReadNames(one);
        }
    }

    public string Text(string key, params ReadOnlySpan<string> others)
    {
        if (Find(key, others) is not { } value)
            return "";
        return value.ValueKind == JsonValueKind.String ? TextOf(value) : Wrong(key, value, "string", "");
    }

    public int Whole(string key)
    {
        if (Find(key) is not { } value)
            return 0;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number))
            return number;
        return Wrong(key, value, "int", 0);
    }

    public bool Flag(string key, params ReadOnlySpan<string> others)
    {
        if (Find(key, others) is not { } value)
            return false;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : Wrong(key, value, "bool", false);
    }

    /// <summary>A list of texts, in which null is the empty one; null where there is none.</summary>
    public IReadOnlyList<string>? Texts(string key, params ReadOnlySpan<string> others)
    {
        if (Find(key, others) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Array ? TextsOf(key, value) : Wrong<IReadOnlyList<string>?>(key, value, "[]string", null);
    }

    /// <summary>Pairs of texts, in which null is the empty one; null where there are none.</summary>
    public IReadOnlyDictionary<string, string>? Pairs(string key) => MapOf(key, (name, value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.String => TextOf(value),
        _ => Wrong(name, value, "string", ""),
    });

    /// <summary>Lists of texts by their names; null where there are none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Lists(string key) => MapOf(key, (name, value) => value.ValueKind switch
    {
        JsonValueKind.Null => [],
        JsonValueKind.Array => TextsOf(name, value),
        _ => Wrong<IReadOnlyList<string>>(name, value, "[]string", []),
    });

    /// <summary>Objects by their names; null where there are none.</summary>
    public IReadOnlyDictionary<string, ConsulBody>? Objects(string key, params ReadOnlySpan<string> others) =>
        MapOf(key, (name, value) => Inner(name, value), others);

    /// <summary>A duration: a text of Go's, or a number of nanoseconds.</summary>
    public TimeSpan Duration(string key, params ReadOnlySpan<string> others)
    {
        if (Find(key, others) is not { } value)
            return TimeSpan.Zero;
        TimeSpan duration;
        if (value.ValueKind == JsonValueKind.Number)
            return DurationText.FromNanoseconds(value.GetDouble(), out duration)
                ? duration
                : Wrong(key, value, "time.Duration", TimeSpan.Zero);
        if (value.ValueKind != JsonValueKind.String)
            return Wrong(key, value, "time.Duration", TimeSpan.Zero);
        var text = TextOf(value);
        if (text.Length == 0)
            return TimeSpan.Zero;
        if (DurationText.Read(text.Length > 64 ? text[..64] : text, out duration) is { } problem)
            _mistake.Say(Limits.Show(problem));
        return duration;
    }

    /// <summary>An object; null where there is none.</summary>
    public ConsulBody? Object(string key) => Find(key) is { } value ? Inner(key, value) : null;

    /// <summary>The objects of a list; null where there is none.</summary>
    public IReadOnlyList<ConsulBody>? List(string key)
    {
        if (Find(key) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(one => Inner(key, one))]
            : Wrong<IReadOnlyList<ConsulBody>?>(key, value, "a list of objects", null);
    }

    /// <summary>Whether there is anything at a key that is not supported: something that is neither null nor empty.</summary>
    public bool HasMore(string key) => Find(key) is { } value && value.ValueKind switch
    {
        JsonValueKind.Object => value.GetPropertyCount() > 0,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.String => !value.ValueEquals(""),
        JsonValueKind.False => false,
        JsonValueKind.Number => value.GetRawText() != "0",
        _ => true,
    };

    /// <summary>Keys that the caller knows, and does not look at.</summary>
    public void Ignore(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            _known.Add(key);
    }

    /// <summary>Keys that nobody has asked for are a mistake.</summary>
    public void End()
    {
        if (_all.Keys.FirstOrDefault(key => !_known.Contains(key)) is { } unknown)
            _mistake.Say($"json: unknown field \"{Limits.Show(Cut(unknown))}\"");
    }

    private ConsulBody Inner(string key, JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Null)
            return new(value, _mistake);
        Wrong(key, value, "an object", 0);
        return new(Nothing, _mistake);
    }

    private static JsonElement Nothing { get; } = JsonElement.Parse("null");

    private Dictionary<string, T>? MapOf<T>(string key, Func<string, JsonElement, T> read, params ReadOnlySpan<string> others)
    {
        if (Find(key, others) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Object || value.GetPropertyCount() > MostKeys)
            return Wrong<Dictionary<string, T>?>(key, value, "a map", null);
        var map = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var one in value.EnumerateObject())
            map[one.Name] = read(key, one.Value);
        return map;
    }

    private List<string> TextsOf(string key, JsonElement list)
    {
        var texts = new List<string>();
        foreach (var one in list.EnumerateArray())
        {
            texts.Add(one.ValueKind == JsonValueKind.Null ? "" : one.ValueKind == JsonValueKind.String
                ? TextOf(one)
                : Wrong(key, one, "string", ""));
        }

        return texts;
    }

    /// <summary>Half a letter, escaped, is no text in .NET.</summary>
    private string TextOf(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            _mistake.Say("a text has half a letter in it");
            return "";
        }
    }

    private JsonElement? Find(string key, params ReadOnlySpan<string> others)
    {
        _known.Add(key);
        JsonElement? found = _all.TryGetValue(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
        foreach (var other in others)
        {
            _known.Add(other);
            if (found is null && _all.TryGetValue(other, out value) && value.ValueKind != JsonValueKind.Null)
                found = value;
        }

        return found;
    }

    private T Wrong<T>(string key, JsonElement value, string type, T instead)
    {
        _mistake.Say($"json: cannot unmarshal {KindOf(value)} into {key} of type {type}");
        return instead;
    }

    private static string Cut(string text) => text.Length > 80 ? text[..80] + "…" : text;

    private static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => $"number {Cut(value.GetRawText())}",
        JsonValueKind.True or JsonValueKind.False => "bool",
        var kind => kind.ToString().ToLowerInvariant(),
    };

    /// <summary>The first mistake of a body, wherever within it.</summary>
    private sealed class Mistake
    {
        public string? Text { get; private set; }

        public void Say(string text) => Text ??= text;
    }
}
