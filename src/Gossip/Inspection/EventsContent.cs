using System.Globalization;
using System.Text.Json;
using Gossip.Diagnostics;
using Gossip.Protocol;

namespace Gossip.Inspection;

/// <summary>What a node saw, on its way to another.</summary>
internal static class EventsContent
{
    /// <summary>Testimonies of one event that are read: a node has fewer.</summary>
    private const int Testimonies = 16;

    private const long LatestMilliseconds = 253_402_300_799_999;

    /// <summary>The newest of them that fit.</summary>
    public static byte[] Write(JournalReading reading)
    {
        var events = ContentJson.Fitting(reading.Events.Reverse().Select(Body), ContentJson.Default.EventBody);
        var cut = reading.Events.Count - events.Count;
        events.Reverse();
        var gone = cut == 0 ? reading.Gone : Math.Max(reading.Gone, reading.Events[cut - 1].Sequence);
        var body = new EventsBody { Last = reading.Last, Gone = gone, Events = events };
        return JsonSerializer.SerializeToUtf8Bytes(body, ContentJson.Default.EventsBody);
    }

    /// <summary>Null for bytes that are no such content; events that break the rules, or are of a later version, are left out.</summary>
    public static JournalReading? Read(ReadOnlySpan<byte> content) =>
        ContentJson.Read(content, ContentJson.Default.EventsBody) is { } body
            ? new JournalReading(
                [.. (body.Events ?? []).Select(Read).OfType<NodeEvent>().OrderBy(one => one.Sequence)], body.Last, Math.Max(body.Gone, 0))
            : null;

    private static EventBody Body(NodeEvent happened) => new()
    {
        Sequence = happened.Sequence,
        At = happened.At.ToUnixTimeMilliseconds(),
        Kind = happened.Kind.ToString(),
        Id = happened.Id.ToString(),
        Incarnation = happened.Incarnation.Value,
        Name = happened.Name,
        Address = happened.Address.ToString(),
        Version = happened.RecordsVersion,
        What = happened.What is "" ? null : happened.What,
        Words = happened.Testimonies.Count == 0 ? null : [.. happened.Testimonies.Select(Body)],
    };

    private static TestimonyBody Body(NamedTestimony word) => new()
    {
        Accuser = word.Accuser,
        Id = word.AccuserId.ToString(),
        Evidence = word.Evidence.ToString(),
        LocalHealth = word.LocalHealth,
        RoundTrip = (long)(word.RoundTrip?.TotalMicroseconds ?? 0),
    };

    private static NodeEvent? Read(EventBody? body)
    {
        if (body is null || body.Sequence < 1 || body.At is < 0 or > LatestMilliseconds || !TryId(body.Id, out var id)
            || body.Incarnation is 0 or >= (ulong)Limits.Incarnation || !IsName(body.Name)
            || !Enum.TryParse<ClusterEventKind>(body.Kind, out var kind) || !Enum.IsDefined(kind)
            || !PeerAddress.TryParse(body.Address, out var address))
            return null;
        var member = MemberProfile.Of(id, new Incarnation(body.Incarnation), address, body.Name!, "");
        NamedTestimony[] words = [.. (body.Words ?? []).Take(Testimonies).Select(Read).OfType<NamedTestimony>()];
        return new NodeEvent(DateTimeOffset.FromUnixTimeMilliseconds(body.At).UtcDateTime, kind, member, words)
        {
            Sequence = body.Sequence, RecordsVersion = body.Version,
            What = body.What is { } what && Limits.IsName(what, RecordNews.MostBytes) ? what : "",
        };
    }

    private static NamedTestimony? Read(TestimonyBody? body) =>
        body is not null && IsName(body.Accuser) && TryId(body.Id, out var accuser)
        && Enum.TryParse<Evidence>(body.Evidence, out var evidence) && Enum.IsDefined(evidence)
            ? new NamedTestimony(
                body.Accuser!, evidence, Math.Clamp(body.LocalHealth, 0, byte.MaxValue),
                body.RoundTrip <= 0 ? null : TimeSpan.FromMicroseconds(Math.Min(body.RoundTrip, uint.MaxValue)))
            {
                AccuserId = accuser,
            }
            : null;

    private static bool IsName(string? text) => text is not null && Limits.IsName(text, Limits.NameBytes);

    /// <summary>Reads what <see cref="MemberId.ToString"/> writes.</summary>
    internal static bool TryId(string? text, out MemberId id)
    {
        var isRead = ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value);
        id = new MemberId(value);
        return isRead && !id.IsNone;
    }
}

internal sealed record EventsBody
{
    public long Last { get; init; }

    /// <summary>The number of the newest that is missing; 0 where none is.</summary>
    public long Gone { get; init; }

    public IReadOnlyList<EventBody>? Events { get; init; }
}

internal sealed record EventBody
{
    public long Sequence { get; init; }

    /// <summary>Milliseconds since 1970, by the clock of who saw it.</summary>
    public long At { get; init; }

    public string? Kind { get; init; }

    public string? Id { get; init; }

    public ulong Incarnation { get; init; }

    public string? Name { get; init; }

    public string? Address { get; init; }

    public ulong Version { get; init; }

    public string? What { get; init; }

    public IReadOnlyList<TestimonyBody>? Words { get; init; }
}

internal sealed record TestimonyBody
{
    public string? Accuser { get; init; }

    public string? Id { get; init; }

    public string? Evidence { get; init; }

    public int LocalHealth { get; init; }

    /// <summary>Microseconds; 0 where there is none.</summary>
    public long RoundTrip { get; init; }
}
