using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gossip.AspNetCore.Administration;
using Gossip.AspNetCore.Events;
using Gossip.AspNetCore.Inspection;

namespace Gossip.AspNetCore.Resources;

/// <summary>
/// How the answers are written. Property names and values of enumerations are camel case; times are ISO 8601 in UTC, spans have their unit
/// in the name, and what is not known is null.
/// </summary>
[JsonSerializable(typeof(NodePage))]
[JsonSerializable(typeof(MembersPage))]
[JsonSerializable(typeof(ServicesPage))]
[JsonSerializable(typeof(InstancesPage))]
[JsonSerializable(typeof(WhyPage))]
[JsonSerializable(typeof(WhyServicePage))]
[JsonSerializable(typeof(SeriesPage))]
[JsonSerializable(typeof(DoctorPage))]
[JsonSerializable(typeof(GraphPage))]
[JsonSerializable(typeof(TimelinePage))]
[JsonSerializable(typeof(AnalyticsPage))]
[JsonSerializable(typeof(RevisionPart))]
[JsonSerializable(typeof(ResetPart))]
[JsonSerializable(typeof(DrainOrder))]
internal sealed partial class PageJson : JsonSerializerContext
{
    /// <summary>The version of the answers' schema: it grows when something is taken away or means something else.</summary>
    public const int Schema = 1;

    /// <summary>A measurement: more digits say nothing, and cost bytes.</summary>
    public static double Short(double value) => Math.Round(value, 3);

    /// <inheritdoc cref="Short(double)"/>
    public static double? Short(double? value) => value is { } known ? Short(known) : null;

    /// <summary>In many lines, for people who read it as it is.</summary>
    public static PageJson Indented { get; } = new(Writing(isIndented: true));

    /// <summary>The same in one line, as server-sent events need it.</summary>
    public static PageJson Compact { get; } = new(Writing(isIndented: false));

    /// <summary>
    /// Sentences keep their quotation marks. No browser takes an answer for a page, in which they would have to be escaped: it has the type
    /// of JSON, and is not to be sniffed.
    /// </summary>
    private static JsonSerializerOptions Writing(bool isIndented) => new(JsonSerializerDefaults.Web)
    {
        WriteIndented = isIndented,
        DictionaryKeyPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
