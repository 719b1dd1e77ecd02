using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Gossip.Benchmarks.Endurance;

/// <summary>One name in the cluster, and the processes that bear it one after the other.</summary>
internal sealed class EnduringProcess(string name, string cluster, Lives lives) : IDisposable
{
    /// <summary>A key, since ciphers hold memory of their own. It seals nothing but what these processes tell each other.</summary>
    private const string Key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private Process? _process;
    private string _member = "";

    public string Name { get; } = name;

    public int Id => _process!.Id;

    /// <summary>Whether there is a process that was not told to end.</summary>
    public bool IsUp { get; private set; }

    /// <summary>Whether it is stopped, and answers nothing.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Starts a process, when the one before has ended, and waits until its service is registered.</summary>
    public async Task StartAsync()
    {
        if (_process is not null)
            await _process.WaitForExitAsync().WaitAsync(Patience);
        _process?.Dispose();
        string[] settings =
        [
            $"Cluster={cluster}", $"NodeName={Name}", $"Key={Key}", "BindAddress=127.0.0.1", "UseMdns=false", "AddressBook=none",
            "Service:Name=enduring", "Service:Endpoints:0=http://127.0.0.1:80",
        ];
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
        string[] program = [typeof(EnduringProcess).Assembly.Location, EnduringService.Verb];
        var start = new ProcessStartInfo(host, [.. program, .. settings.Select(setting => $"Gossip:{setting}")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            // A host watches its folder for changed settings, with all that is below.
            WorkingDirectory = AppContext.BaseDirectory,
        };
        _process = Process.Start(start)!;
        _member = await LineAsync();
        lives.Begin(_member, Name);
        IsUp = true;
    }

    /// <summary>Gives an order, and waits for the answer.</summary>
    public async Task<string> AskAsync(string order)
    {
        await _process!.StandardInput.WriteLineAsync(order);
        await _process.StandardInput.FlushAsync();
        return await LineAsync();
    }

    /// <summary>What it says of itself, and has told of others.</summary>
    public async Task<ServiceReport> ReportAsync(bool collects = false)
    {
        var answer = await AskAsync(collects ? EnduringService.Collect : EnduringService.Report);
        var report = JsonSerializer.Deserialize<ServiceReport>(answer)!;
        foreach (var standstill in report.Standstills)
            lives.Note(_member, standstill);
        return report;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        End();
        _process!.Kill();
    }

    /// <summary>SIGTERM: it drains, says goodbye and ends.</summary>
    public Task LeaveAsync()
    {
        End();
        return SignalAsync("TERM");
    }

    /// <summary>SIGSTOP.</summary>
    public Task StopAsync()
    {
        IsStopped = true;
        lives.Stop(_member);
        return SignalAsync("STOP");
    }

    /// <summary>SIGCONT.</summary>
    public async Task GoOnAsync()
    {
        await SignalAsync("CONT");
        lives.GoOn(_member);
        IsStopped = false;
    }

    /// <summary>Nothing of it outlives the run.</summary>
    public void Dispose()
    {
        if (_process is null)
            return;
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void End()
    {
        IsUp = false;
        lives.End(_member);
    }

    private async Task<string> LineAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            return await _process!.StandardOutput.ReadLineAsync(patience.Token)
                ?? throw new InvalidOperationException($"{Name} has ended by itself, though nobody told it to.");
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Name} (process {Id}) gave no answer within {Patience.TotalMinutes} minutes.");
        }
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{Id}"]);
        await kill.WaitForExitAsync();
    }
}
