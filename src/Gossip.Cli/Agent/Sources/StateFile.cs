using System.Text.Json;
using Gossip.Cli.Agent.Checks;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Agent.Sources;

/// <summary>A service as it is kept.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Definition">What the API was sent, as JSON; null where only a drain is kept.</param>
/// <param name="Process">The process of its pid.</param>
/// <param name="Drain">Why it drains; null when it does not.</param>
internal sealed record KeptService(string Id, byte[]? Definition, ProcessIdentity? Process, string? Drain);

/// <summary>
/// Keeps what the API was told in a file that is always whole: it is written beside, flushed, and moved over the old one. One that cannot
/// be read is put aside, and the agent starts without it.
/// </summary>
internal sealed partial class StateFile(string path, ILogger logger)
{
    private const int Schema = 1;

    public string Path => path;

    public IReadOnlyList<KeptService> Read()
    {
        try
        {
            if (!File.Exists(path))
                return [];
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 16 });
            return [.. document.RootElement.GetProperty("services").EnumerateArray().Select(ReadOne)];
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or JsonException
            or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            PutAside(broken.Message);
            return [];
        }
    }

    /// <returns>Why it could not be written; null when it was.</returns>
    public string? Write(IEnumerable<KeptService> services)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var stream = new FileStream(path + ".draft", options))
            {
                using (var writer = new Utf8JsonWriter(stream))
                    WriteAll(writer, services);
                stream.Flush(flushToDisk: true);
            }

            File.Move(path + ".draft", path, overwrite: true);
            return null;
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            NotWritten(logger, path, cannot.Message);
            return $"{path} cannot be written, so the agent would forget it at its next start: {cannot.Message}";
        }
    }

    private static KeptService ReadOne(JsonElement one) => new(
        one.GetProperty("id").GetString() ?? "",
        one.TryGetProperty("definition", out var definition) ? System.Text.Encoding.UTF8.GetBytes(definition.GetRawText()) : null,
        one.TryGetProperty("process", out var process)
            ? new(
                process.GetProperty("pid").GetInt32(),
                process.GetProperty("start").GetUInt64(),
                process.GetProperty("boot").GetString() ?? "")
            : null,
        one.TryGetProperty("drain", out var drain) ? drain.GetString() : null);

    private static void WriteAll(Utf8JsonWriter writer, IEnumerable<KeptService> services)
    {
        writer.WriteStartObject();
        writer.WriteNumber("schema", Schema);
        writer.WriteStartArray("services");
        foreach (var one in services)
        {
            writer.WriteStartObject();
            writer.WriteString("id", one.Id);
            if (one.Definition is { } definition)
            {
                // The text may have comments in it, which are no JSON: only its values are kept.
                writer.WritePropertyName("definition");
                using var document = JsonDocument.Parse(
                    definition, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
                document.WriteTo(writer);
            }

            if (one.Process is { } process)
            {
                writer.WriteStartObject("process");
                writer.WriteNumber("pid", process.Pid);
                writer.WriteNumber("start", process.Start);
                writer.WriteString("boot", process.Boot);
                writer.WriteEndObject();
            }

            if (one.Drain is { } drain)
                writer.WriteString("drain", drain);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void PutAside(string reason)
    {
        try
        {
            File.Move(path, path + ".broken", overwrite: true);
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            reason += " " + cannot.Message;
        }

        Broken(logger, path, reason);
    }

    [LoggerMessage(146, LogLevel.Error,
        "{File} cannot be read, and was put aside, with .broken behind its name: what the API was told must be told again. {Reason}")]
    private static partial void Broken(ILogger logger, string file, string reason);

    [LoggerMessage(147, LogLevel.Error,
        "{File} cannot be written, and its services would be forgotten at the agent's next start: {Reason}")]
    private static partial void NotWritten(ILogger logger, string file, string reason);
}
