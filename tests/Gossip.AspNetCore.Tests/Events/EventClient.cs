namespace Gossip.AspNetCore.Tests.Events;

/// <summary>Reads server-sent events as they come.</summary>
internal sealed class EventClient : IDisposable
{
    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _reader;

    private EventClient(HttpResponseMessage answer, Stream stream)
    {
        _answer = answer;
        _reader = new StreamReader(stream);
    }

    public static async Task<EventClient> OpenAsync(HttpClient http, string resource = "/gossip/events", string? last = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, resource);
        if (last is not null)
            request.Headers.Add("Last-Event-ID", last);
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Eventually.Patience());
        answer.EnsureSuccessStatusCode();
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        return new EventClient(answer, await answer.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event of a name; null at the end.</summary>
    public async Task<(string? Id, string Text)?> NextAsync(string name)
    {
        while (true)
        {
            var (id, kind, text) = ((string?)null, "", "");
            string? line;
            while ((line = await _reader.ReadLineAsync(Eventually.Patience())) is { Length: > 0 })
            {
                id = Value(line, "id: ") ?? id;
                kind = Value(line, "event: ") ?? kind;
                text = Value(line, "data: ") ?? text;
            }

            if (line is null)
                return null;
            if (kind == name)
                return (id, text);
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _answer.Dispose();
    }

    private static string? Value(string line, string name) => line.StartsWith(name, StringComparison.Ordinal) ? line[name.Length..] : null;
}
