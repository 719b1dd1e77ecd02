using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gossip.AspNetCore.Tests.Access;

/// <summary>A real browser without a window, told what to do by its own protocol for developers' tools.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gossip-chromium-").FullName;
    private readonly ClientWebSocket _tools = new();
    private readonly ChildProcess _process;
    private int _asked;

    private Chromium() => _process = ChildProcess.Start(
        "sh", "-c",
        "exec chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run "
        + $"--remote-debugging-port=0 --user-data-dir={_folder} about:blank 2>&1");

    public static async Task<Chromium> StartAsync()
    {
        const string Heading = "DevTools listening on ";
        var browser = new Chromium();
        var line = await browser._process.LineAsync(line => line.StartsWith(Heading, StringComparison.Ordinal));
        using var http = new HttpClient();
        var tools = new Uri(line[Heading.Length..]);
        var pages = await http.GetFromJsonAsync<JsonArray>($"http://{tools.Authority}/json/list", Eventually.Patience());
        var page = pages!.First(one => (string?)one!["type"] == "page")!;
        await browser._tools.ConnectAsync(new Uri((string)page["webSocketDebuggerUrl"]!), Eventually.Patience());
        await browser.DoAsync("Page.enable", []);
        return browser;
    }

    /// <summary>Opens a page as the address bar does, and returns what is to be read on it.</summary>
    public async Task<string> OpenAsync(Uri page)
    {
        await DoAsync("Page.navigate", new JsonObject { ["url"] = page.ToString() });
        await HearAsync(said => (string?)said["method"] == "Page.loadEventFired");
        return await RunAsync("document.body.innerText");
    }

    /// <summary>What a script of the page that is open comes to.</summary>
    public async Task<string> RunAsync(string script)
    {
        var said = await DoAsync("Runtime.evaluate", new JsonObject { ["expression"] = script, ["awaitPromise"] = true });
        return (string?)said["result"]!["result"]!["value"] ?? said.ToJsonString();
    }

    public async ValueTask DisposeAsync()
    {
        _tools.Dispose();
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<JsonNode> DoAsync(string method, JsonObject arguments)
    {
        var id = ++_asked;
        var order = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = arguments };
        var text = JsonSerializer.SerializeToUtf8Bytes(order);
        await _tools.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, Eventually.Patience());
        return await HearAsync(said => (int?)said["id"] == id);
    }

    private async Task<JsonNode> HearAsync(Func<JsonNode, bool> isIt)
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            using var message = new MemoryStream();
            ValueWebSocketReceiveResult part;
            do
            {
                part = await _tools.ReceiveAsync(buffer.AsMemory(), Eventually.Patience());
                message.Write(buffer, 0, part.Count);
            }
            while (!part.EndOfMessage);
            if (JsonNode.Parse(message.ToArray()) is { } said && isIt(said))
                return said;
        }
    }
}
