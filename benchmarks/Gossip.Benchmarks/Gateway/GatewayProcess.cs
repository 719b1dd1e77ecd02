using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Gossip.Benchmarks.Gateway;

/// <summary>A process of a run. It ends when it is disposed.</summary>
internal sealed class GatewayProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;

    private GatewayProcess(Process process) => _process = process;

    public string Address { get; private set; } = "";

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<GatewayProcess> StartAsync(params string[] settings)
    {
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
        var start = new ProcessStartInfo(host, [typeof(GatewayProcess).Assembly.Location, GatewayPart.Verb, .. settings])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        var started = new GatewayProcess(Process.Start(start)!);
        var address = await started._process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        started.Address = address ?? throw new InvalidOperationException($"The process of the role '{settings[0]}' ended at its start.");
        return started;
    }

    /// <summary>Loads an address for a while.</summary>
    public static async Task<WrkReport> LoadAsync(string address, GatewayPlan plan, CancellationToken cancellation)
    {
        var seconds = plan.Round.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        string[] arguments = ["-t1", $"-c{plan.Connections}", $"-d{seconds}s", "--latency", address];
        using var wrk = Process.Start(new ProcessStartInfo("wrk", arguments) { RedirectStandardOutput = true })!;
        var report = await wrk.StandardOutput.ReadToEndAsync(cancellation);
        return WrkReport.Parse(report);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(Patience))
            _process.Kill();
        _process.Dispose();
    }
}
