using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gossip.AspNetCore.Events;

/// <summary>A server-sent event as bytes, written once for all subscribers.</summary>
/// <param name="Sequence">The number of the node's event; 0 for one that has none.</param>
/// <param name="Bytes">What is sent.</param>
internal sealed record EventFrame(long Sequence, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Keeps a connection open that carries nothing, and shows that it is.</summary>
    public static EventFrame Heartbeat { get; } = new(0, ":\n\n"u8.ToArray());

    /// <summary>How long a client waits before it comes back.</summary>
    public static EventFrame Retry { get; } = new(0, "retry: 2000\n\n"u8.ToArray());

    /// <summary>Tells a client where it is, although nothing has happened yet: by that it comes back to what it missed.</summary>
    public static EventFrame At(string id) => new(0, Encoding.UTF8.GetBytes($"id: {id}\n\n"));

    /// <param name="name">The event's name.</param>
    /// <param name="id">Null for one that leaves the client at the event before.</param>
    /// <param name="sequence">The number.</param>
    /// <param name="content">The content; it is written as JSON, in which no line ends.</param>
    /// <param name="type">How it is written.</param>
    public static EventFrame Of<T>(string name, string? id, long sequence, T content, JsonTypeInfo<T> type)
    {
        var head = Encoding.UTF8.GetBytes(id is null ? $"event: {name}\ndata: " : $"id: {id}\nevent: {name}\ndata: ");
        return new(sequence, (byte[])[.. head, .. JsonSerializer.SerializeToUtf8Bytes(content, type), .. "\n\n"u8]);
    }
}
