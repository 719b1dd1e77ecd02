using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Gossip.Protocol;

namespace Gossip.Inspection;

/// <summary>
/// How contents travel: as JSON, since it skips what only a later version tells, and three small shapes are read and written without code
/// of their own. It is twice as long as the protocol's own form, which is paid when somebody looks. What is read is foreign: each content
/// checks its values.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.General,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    MaxDepth = 8)]
[JsonSerializable(typeof(EventsBody))]
[JsonSerializable(typeof(CallsBody))]
internal sealed partial class ContentJson : JsonSerializerContext
{
    /// <summary>Room for a head, so that this and the items fit into an answer.</summary>
    private const int HeadRoom = 1024;

    /// <summary>The items that fit into an answer, the first ones first.</summary>
    public static List<T> Fitting<T>(IEnumerable<T> items, JsonTypeInfo<T> type)
    {
        var (fitting, left) = (new List<T>(), Limits.InspectionBytes - HeadRoom);
        foreach (var item in items)
        {
            left -= JsonSerializer.SerializeToUtf8Bytes(item, type).Length + 1;
            if (left < 0)
                break;
            fitting.Add(item);
        }

        return fitting;
    }

    /// <summary>Null for bytes that are no such content.</summary>
    public static T? Read<T>(ReadOnlySpan<byte> content, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(content, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
