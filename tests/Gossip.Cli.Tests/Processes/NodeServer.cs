namespace Gossip.Cli.Tests.Processes;

/// <summary>A service in Node.js, which knows nothing of Gossip: an HTTP server that writes its process id into a file.</summary>
internal sealed class NodeServer : IAsyncDisposable
{
    private const string Script = """
        const http = require('http'), fs = require('fs');
        const server = http.createServer((request, response) => response.end(request.url === '/health' ? 'ok' : 'from node ' + process.pid));
        server.listen(Number(process.argv[3] || 0), '127.0.0.1', () => {
          fs.writeFileSync(process.argv[2] + '.draft', String(process.pid));
          fs.renameSync(process.argv[2] + '.draft', process.argv[2]);
          console.log(server.address().port);
        });
        """;

    private readonly ChildProcess _process;

    private NodeServer(ChildProcess process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public int Id => _process.Id;

    public static async Task<NodeServer> StartAsync(TestFolder folder, string name, int port = 0)
    {
        var script = folder.Write($"{name}.js", Script);
        var process = ChildProcess.Start("node", script, folder[$"{name}.pid"], port.ToString());
        return new NodeServer(process, int.Parse(await process.LineAsync(_ => true)));
    }

    /// <summary>Describes it for the agent, as docs/AGENT.md has it.</summary>
    public void Define(TestFolder folder, string name) => folder.Write($"services.d/{name}.json", $$"""
        {
          "name": "{{name}}",
          "version": "1.2.0",
          "endpoints": [ { "port": {{Port}} } ],
          "pidFile": "{{folder[$"{name}.pid"]}}",
          "checks": [ { "type": "http", "url": "/health", "interval": "1s" } ]
        }
        """);

    public Task KillAsync() => _process.SignalAsync("KILL");

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
