using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gossip.Cli.Protocols.CloudMap.Model;

namespace Gossip.Cli.Protocols.CloudMap.Serving;

/// <summary>The answer to an operation.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Body">Its body.</param>
/// <param name="ErrorType">The name of the error; null for none.</param>
internal sealed record CloudMapAnswer(int Status, byte[] Body, string? ErrorType)
{
    public static CloudMapAnswer Nothing { get; } = Of(new NothingBody(), json => json.NothingBody);

    public static CloudMapAnswer Of<T>(T body, Func<CloudMapJson, JsonTypeInfo<T>> type) =>
        new(200, JsonSerializer.SerializeToUtf8Bytes(body, type(CloudMapJson.Compact)), null);

    public static CloudMapAnswer Of(CloudMapRefusal refusal)
    {
        var arn = refusal.ServiceId is { } id && CloudMapNames.ServiceOf(id) is { } name ? CloudMapNames.ServiceArnOf(name) : null;
        var body = new RefusalBody(refusal.Type, refusal.Message, refusal.ServiceId, arn);
        return new(refusal.Status, JsonSerializer.SerializeToUtf8Bytes(body, CloudMapJson.Compact.RefusalBody), refusal.Type);
    }
}
