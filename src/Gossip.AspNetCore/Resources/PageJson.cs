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
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    WriteIndented = true,
    DictionaryKeyPolicy = JsonKnownNamingPolicy.CamelCase)]
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

    /// <summary>The same in one line, as server-sent events need it.</summary>
    public static PageJson Compact { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        DictionaryKeyPolicy = JsonNamingPolicy.CamelCase,
    });
}
