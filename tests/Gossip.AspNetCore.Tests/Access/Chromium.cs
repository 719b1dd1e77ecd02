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
    private readonly List<string> _errors = [];
    private readonly List<JsonNode> _traced = [];
    private readonly ChildProcess _process;
    private int _asked;

    private Chromium() => _process = ChildProcess.Start(
        "sh", "-c",
        "exec chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run "
        + $"--remote-debugging-port=0 --user-data-dir={_folder} about:blank 2>&1");

    /// <summary>What pages have written to the console as errors, and what they have thrown.</summary>
    public IReadOnlyList<string> Errors => _errors;

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
        foreach (var part in (string[])["Page", "Runtime", "Log"])
            await browser.DoAsync($"{part}.enable", []);
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

    /// <summary>The window's size, and the scheme of colours that its system asks for.</summary>
    public async Task LookAsync(int width, int height, string scheme)
    {
        await DoAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 500 });
        var feature = new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme };
        await DoAsync("Emulation.setEmulatedMedia", new JsonObject { ["features"] = new JsonArray(feature) });
    }

    /// <summary>Waits until an expression of the page that is open is true, looking at it between its other tasks.</summary>
    public async Task AwaitAsync(string condition)
    {
        try
        {
            Assert.Equal("yes", await RunAsync($"new Promise(done => {{ const look = () => {condition} ? done('yes') : setTimeout(look, 20); look(); }})"));
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"It was not seen in the page that {condition}. Errors: {string.Join("; ", _errors)}");
        }
    }

    /// <summary>Presses a key, as a user does.</summary>
    public async Task PressAsync(string key, string? text = null)
    {
        foreach (var kind in (string[])["keyDown", "keyUp"])
            await DoAsync("Input.dispatchKeyEvent", new JsonObject { ["type"] = kind, ["key"] = key, ["text"] = kind == "keyDown" ? text : null });
    }

    /// <summary>Counts of the page's own thread. Durations are seconds of its processor time, which other processes do not lengthen.</summary>
    public async Task<IReadOnlyDictionary<string, double>> MetricsAsync()
    {
        var said = await DoAsync("Performance.getMetrics", []);
        return said["result"]!["metrics"]!.AsArray().ToDictionary(one => (string)one!["name"]!, one => (double)one!["value"]!);
    }

    /// <summary>Milliseconds of processor time that each task of the page's main thread took while something was done.</summary>
    public async Task<IReadOnlyList<double>> TasksAsync(Func<Task> work)
    {
        var configuration = new JsonObject { ["includedCategories"] = new JsonArray("toplevel", "disabled-by-default-devtools.timeline") };
        await DoAsync("Tracing.start", new JsonObject { ["traceConfig"] = configuration, ["transferMode"] = "ReportEvents" });
        await work();
        _traced.Clear();
        await DoAsync("Tracing.end", []);
        await HearAsync(said => (string?)said["method"] == "Tracing.tracingComplete");
        var main = _traced.Where(one => (string?)one["name"] == "thread_name" && (string?)one["args"]?["name"] == "CrRendererMain")
            .Select(one => ((long)one["pid"]!, (long)one["tid"]!)).ToHashSet();
        return [.. from one in _traced
            where ((string?)one["name"])?.EndsWith("RunTask", StringComparison.Ordinal) == true && one["tdur"] is not null
                && main.Contains(((long)one["pid"]!, (long)one["tid"]!))
            select (double)one["tdur"]! / 1000];
    }

    /// <summary>What is to be seen, as WebP.</summary>
    public async Task<byte[]> PictureAsync(int quality)
    {
        var said = await DoAsync("Page.captureScreenshot", new JsonObject { ["format"] = "webp", ["quality"] = quality });
        return Convert.FromBase64String((string)said["result"]!["data"]!);
    }

    public async ValueTask DisposeAsync()
    {
        _tools.Dispose();
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Gives an order of the protocol, and returns its answer.</summary>
    public async Task<JsonNode> DoAsync(string method, JsonObject arguments)
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
            var said = JsonNode.Parse(message.ToArray())!;
            Note(said);
            if (isIt(said))
                return said;
        }
    }

    private void Note(JsonNode said)
    {
        var told = said["params"];
        if ((string?)said["method"] == "Tracing.dataCollected")
            _traced.AddRange(told!["value"]!.AsArray().OfType<JsonNode>());
        var error = (string?)said["method"] switch
        {
            "Runtime.exceptionThrown" => told!["exceptionDetails"]!["exception"]?["description"] ?? told["exceptionDetails"]!["text"],
            "Runtime.consoleAPICalled" when (string?)told!["type"] == "error" => told["args"],
            "Log.entryAdded" when (string?)told!["entry"]!["level"] == "error" => told["entry"]!["text"],
            _ => null,
        };
        if (error is not null)
            _errors.Add(error.ToJsonString());
    }
}
