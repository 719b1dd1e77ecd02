using System.Net;
using Gossip.Cli.Agent.Checks;

namespace Gossip.Cli.Tests.Chaos;

/// <summary>How a service is known to its agent.</summary>
internal enum ServiceKind
{
    /// <summary>A file names its pid file, and a check by HTTP.</summary>
    PidFile,

    /// <summary>A file names a check by HTTP alone.</summary>
    Http,

    /// <summary>The API was told its process.</summary>
    Process,

    /// <summary>The API waits for reports, which it makes.</summary>
    Ttl,
}

/// <summary>A service in Node.js on a host, which its supervisor, the run, starts and ends; and what is true of it.</summary>
internal sealed class ChaosService : IAsyncDisposable
{
    private const string Script = """
        const http = require('http'), fs = require('fs');
        const [port, pidFile, socket, report] = process.argv.slice(2);
        let status = 200;
        http.createServer((request, response) => {
          response.statusCode = request.url === '/health' ? status : 200;
          response.end(String(process.pid));
        }).listen(Number(port), '0.0.0.0', () => {
          fs.writeFileSync(pidFile + '.draft', String(process.pid));
          fs.renameSync(pidFile + '.draft', pidFile);
          console.log('listens');
        });
        require('readline').createInterface({ input: process.stdin })
          .on('line', line => { status = Number(line); console.log(line); })
          .on('close', () => process.exit());
        process.on('SIGTERM', () => process.exit());
        if (report) setInterval(() => {
          const request = http.request({ socketPath: socket, path: report, method: 'PUT' }, answer => answer.resume());
          request.on('error', () => {}).end();
        }, 500);
        """;

    private readonly ChaosHost _host;
    private readonly RunClock _clock;
    private readonly ProcessTable _processes = new();
    private readonly SemaphoreSlim _looking = new(1);
    private ChildProcess? _process;
    private bool _isSick;
    private int _version = 1;

    public ChaosService(ChaosHost host, int slot, ServiceKind kind, RunClock clock)
    {
        (_host, _clock, Kind, Port) = (host, clock, kind, 8000 + slot);
        Name = $"h{host.Number}-{kind.ToString().ToLowerInvariant()}";
        // A process is looked at every second, and a check by HTTP twice; a report counts for 5 s, and is looked at every 500 ms.
        Truth = new ServiceTruth(Name, host.Number, kind switch
        {
            ServiceKind.PidFile => new(1 + 1, (1 * 2) + 1, 3),
            ServiceKind.Http => new(double.PositiveInfinity, (1 * 2) + 1, 3),
            ServiceKind.Process => new(1 + 1, double.PositiveInfinity, 1),
            _ => new(5 + 0.5 + 1, double.PositiveInfinity, 1),
        });
    }

    public ServiceKind Kind { get; }

    public string Name { get; }

    public int Port { get; }

    public ServiceTruth Truth { get; }

    public ChaosHost Host => _host;

    public int? ProcessId => _process?.Id;

    public bool IsRunning => _process is not null;

    /// <summary>Whether a file, or an order by the API, says that it is to be registered.</summary>
    public bool IsDefined { get; private set; }

    public bool IsDrained { get; private set; }

    public bool IsSick => _isSick;

    public string Version => $"{_version}.0";

    public bool IsOfFile => Kind is ServiceKind.PidFile or ServiceKind.Http;

    public string PidFile => Path.Combine(_host.Folder, $"{Name}.pid");

    private string Definition => Path.Combine(_host.Folder, "services.d", $"{Name}.json");

    private string Text => Kind switch
    {
        ServiceKind.PidFile => $$"""{ "name": "{{Name}}", "version": "{{Version}}", "endpoints": [ { "port": {{Port}} } ], "pidFile": "{{PidFile}}", "checks": [ { "type": "http", "url": "/health", "interval": "1s" } ] }""",
        ServiceKind.Http => $$"""{ "name": "{{Name}}", "version": "{{Version}}", "endpoints": [ { "port": {{Port}} } ], "checks": [ { "type": "http", "url": "/health", "interval": "1s" } ] }""",
        ServiceKind.Process => $$"""{ "name": "{{Name}}", "version": "{{Version}}", "endpoints": [ { "port": {{Port}} } ], "pid": {{ProcessId}} }""",
        _ => $$"""{ "name": "{{Name}}", "version": "{{Version}}", "endpoints": [ { "port": {{Port}} } ], "checks": [ { "type": "ttl", "ttl": "5s" } ] }""",
    };

    public async Task StartAsync()
    {
        var script = Path.Combine(_host.Folder, "service.js");
        if (!File.Exists(script))
            await File.WriteAllTextAsync(script, Script);
        string[] report = Kind == ServiceKind.Ttl ? [$"/v1/services/{Name}/checks/ttl/pass"] : [];
        var process = ChildProcess.Start("ip", ["netns", "exec", _host.Place, "node", script, $"{Port}", PidFile, _host.Socket, .. report]);
        await process.LineAsync(line => line == "listens");
        (_process, _isSick) = (process, false);
        if (!IsOfFile)
            await TellAsync();
        await LookAsync();
    }

    /// <param name="signal">KILL or TERM.</param>
    public async Task EndAsync(string signal)
    {
        var process = _process!;
        await process.SignalAsync(signal);
        _process = null;
        // An agent forgets a process that has ended; without one nobody is told.
        if (Kind == ServiceKind.Process)
            (IsDefined, IsDrained) = (false, false);
        await LookAsync();
        await process.DisposeAsync();
    }

    /// <summary>Tells the API of it, where the agent answers and the service runs; else the next agent is told.</summary>
    public async Task TellAsync()
    {
        if (_process is null || IsOfFile)
            return;
        if (await _host.SendAsync(HttpMethod.Put, $"/v1/services/{Name}", Text))
            (IsDefined, IsDrained) = (true, false);
        await LookAsync();
    }

    public async Task UntellAsync()
    {
        (IsDefined, IsDrained) = (false, false);
        await LookAsync();
        await _host.SendAsync(HttpMethod.Delete, $"/v1/services/{Name}", null);
    }

    public async Task DrainAsync(bool drains)
    {
        if (drains)
        {
            IsDrained = true;
            await LookAsync();
        }

        await _host.SendAsync(drains ? HttpMethod.Put : HttpMethod.Delete, $"/v1/services/{Name}/drain", drains ? "" : null);
        IsDrained = drains;
        await LookAsync();
    }

    /// <summary>Has the answer to its check be 500, or 200 again.</summary>
    public async Task FallSickAsync(bool isSick)
    {
        if (_process is not { } process)
            return;
        _isSick |= isSick;
        await LookAsync();
        await process.AskAsync(isSick ? "500" : "200", line => line == (isSick ? "500" : "200"));
        _isSick = isSick;
        await LookAsync();
    }

    /// <summary>Writes its definition, as another version or as it was: in place, or beside and moved.</summary>
    public async Task DefineAsync(bool isNew, bool moves)
    {
        _version += isNew ? 1 : 0;
        await File.WriteAllTextAsync(moves ? Definition + ".draft" : Definition, Text);
        if (moves)
            File.Move(Definition + ".draft", Definition, overwrite: true);
        IsDefined = true;
        await LookAsync();
    }

    /// <summary>Writes half of its definition over what is there.</summary>
    public Task WriteHalfAsync() => File.WriteAllTextAsync(Definition, Text[..(Text.Length / 2)]);

    public async Task DeleteAsync()
    {
        IsDefined = false;
        await LookAsync();
        File.Delete(Definition);
    }

    /// <summary>As some editors do: deletes the file, and writes it anew at once.</summary>
    /// <returns>How long it was not there, in seconds.</returns>
    public async Task<double> ReplaceAsync()
    {
        var began = _clock.Now;
        File.Delete(Definition);
        await File.WriteAllTextAsync(Definition, Text);
        return _clock.Now - began;
    }

    /// <summary>Looks whether it runs, and notes what is true.</summary>
    public async Task LookAsync()
    {
        await _looking.WaitAsync();
        try
        {
            // What is found to live lived when the look began.
            var at = _clock.Now;
            var down = (IsDefined ? Down.None : Down.Undefined) | (IsDrained ? Down.Drained : Down.None);
            if (IsOfFile && _isSick)
                down |= Down.Health;
            if (Kind != ServiceKind.Http && !IsInTable())
                down |= Down.Process;
            if (IsOfFile && !await _host.Room.AcceptsAsync(IPAddress.Loopback, Port))
                down |= Down.Socket;
            Truth.Note(at, down);
        }
        finally
        {
            _looking.Release();
        }
    }

    public override string ToString() => Name;

    private bool IsInTable()
    {
        var id = _process?.Id;
        if (Kind == ServiceKind.PidFile)
        {
            try
            {
                id = int.TryParse(File.ReadAllText(PidFile).Trim(), out var written) ? written : null;
            }
            catch (FileNotFoundException)
            {
                id = null;
            }
        }

        return id is { } pid && _processes.Find(pid) is not null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
            await process.DisposeAsync();
        _looking.Dispose();
    }
}
