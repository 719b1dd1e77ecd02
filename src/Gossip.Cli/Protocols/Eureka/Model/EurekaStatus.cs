using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

namespace Gossip.Cli.Protocols.Eureka.Model;

/// <summary>Whether an instance wants traffic, as Eureka says it; in the order of its words, which is that of its hash.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EurekaStatus>))]
internal enum EurekaStatus
{
    /// <summary>It does not work.</summary>
    Down,

    /// <summary>It was taken out of traffic on purpose.</summary>
    OutOfService,

    /// <summary>It is not ready yet.</summary>
    Starting,

    /// <summary>Nobody knows; of an override: there is none.</summary>
    Unknown,

    /// <summary>It takes traffic.</summary>
    Up,
}

/// <summary>The words of Eureka's states.</summary>
internal static class EurekaStatusText
{
    private static readonly string[] Words = ["DOWN", "OUT_OF_SERVICE", "STARTING", "UNKNOWN", "UP"];

    /// <summary>How many states there are.</summary>
    public static int Count => Words.Length;

    /// <summary>All of the words, for people.</summary>
    public static string All => string.Join(", ", Words);

    public static string Of(EurekaStatus status) => Words[(int)status];

    /// <summary>The state of a word, in any case; null where it is none.</summary>
    public static EurekaStatus? Read(string? word) =>
        Array.FindIndex(Words, one => one.Equals(word?.Trim(), StringComparison.OrdinalIgnoreCase)) is >= 0 and var at
            ? (EurekaStatus)at
            : null;

    /// <summary>What an instance is to callers of Eureka.</summary>
    public static EurekaStatus Of(ServiceState state, bool isOutOfReach) => state switch
    {
        _ when isOutOfReach => EurekaStatus.Down,
        ServiceState.Ready or ServiceState.Degraded => EurekaStatus.Up,
        ServiceState.Starting => EurekaStatus.Starting,
        ServiceState.Draining => EurekaStatus.OutOfService,
        _ => EurekaStatus.Down,
    };

    /// <summary>Eureka's hash of a list, <c>DOWN_1_UP_2_</c>: how many instances are in each state.</summary>
    /// <param name="counts">How many are, by state.</param>
    public static string HashOf(IReadOnlyList<int> counts)
    {
        var hash = new StringBuilder();
        for (var i = 0; i < Words.Length; i++)
        {
            if (counts[i] > 0)
                hash.Append(CultureInfo.InvariantCulture, $"{Words[i]}_{counts[i]}_");
        }

        return hash.ToString();
    }
}
