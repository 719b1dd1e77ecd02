using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gossip.Benchmarks.Simulated;

/// <summary>Figures as the harness prints them: names in snake_case; one line for programs, several for people.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions OneLine = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private static readonly JsonSerializerOptions Indented = new(OneLine) { WriteIndented = true };

    public static string Of<T>(T figures, bool oneLine) => JsonSerializer.Serialize(figures, oneLine ? OneLine : Indented);
}
