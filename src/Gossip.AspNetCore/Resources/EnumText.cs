using System.Text.Json;

namespace Gossip.AspNetCore.Resources;

/// <summary>The values of enumerations, as the answers spell them.</summary>
internal static class EnumText
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public static string? Of(Evidence evidence) => evidence == Evidence.None ? null : Of<Evidence>(evidence);
}
