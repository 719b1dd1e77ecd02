using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gossip.Protocol;

namespace Gossip.Cli.Commands;

/// <summary>
/// Reads what an endpoint answers. It may be of another version than this command: what is not there, or of another kind, is nothing, and
/// what is not known is passed over.
/// </summary>
internal static class EndpointAnswer
{
    private static readonly JsonWriterOptions Lines = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The items of a list.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement answer, string name) =>
        answer.Find(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>The texts of a list.</summary>
    public static IEnumerable<string> Texts(this JsonElement answer, string name) =>
        answer.Items(name).Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!);

    /// <summary>A text; nothing where there is none.</summary>
    public static string Text(this JsonElement answer, string name) =>
        answer.Find(name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    public static bool Is(this JsonElement answer, string name) => answer.Find(name)?.ValueKind == JsonValueKind.True;

    public static double? Number(this JsonElement answer, string name) =>
        answer.Find(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out var value) ? value : null;

    public static DateTimeOffset? Time(this JsonElement answer, string name) =>
        answer.Find(name) is { ValueKind: JsonValueKind.String } text && text.TryGetDateTimeOffset(out var time) ? time : null;

    /// <summary>The node's clock, by which all its times are dated.</summary>
    public static DateTimeOffset Now(this JsonElement answer) => answer.Time("now") ?? TimeProvider.System.GetUtcNow();

    /// <summary>A part of the answer; null where it is not there, or null itself.</summary>
    public static JsonElement? Find(this JsonElement answer, string name) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null
            ? found
            : null;

    /// <summary>
    /// The answer as JSON, written anew: what could control a terminal is escaped, whoever has written it.
    /// </summary>
    public static string Json(this JsonElement answer, bool isIndented = true)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, isIndented ? Lines : Lines with { Indented = false }))
            answer.WriteTo(writer);
        return Escape(Encoding.UTF8.GetString(bytes.ToArray()));
    }

    /// <summary>Escapes what writers of JSON leave as it is, and what would turn round a line or end it.</summary>
    public static string Escape(string json)
    {
        var text = new StringBuilder(json.Length);
        foreach (var letter in json.EnumerateRunes())
        {
            if (letter.Value is '\n' || Limits.IsLetter(letter))
                text.Append(letter);
            else
                foreach (var half in letter.ToString())
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)half:X4}");
        }

        return text.ToString();
    }
}
