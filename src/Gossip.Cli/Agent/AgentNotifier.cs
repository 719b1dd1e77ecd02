using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting.Systemd;

namespace Gossip.Cli.Agent;

/// <summary>
/// What the package for systemd lacks of sd_notify(3): a beat for the watchdog, as long as the agent's loop makes its passes, and the two
/// messages of a reload. Where no supervisor listens it does nothing.
/// </summary>
internal sealed class AgentNotifier : IDisposable
{
    private readonly AgentLoop _loop;
    private readonly SystemdNotifier _supervisor = new();
    private readonly ITimer? _beat;
    private readonly PosixSignalRegistration? _hangup;
    private long _passes;
    private int _isReloading;

    public AgentNotifier(AgentLoop loop, TimeProvider time)
    {
        _loop = loop;
        // Without a supervisor the signal means what it always means, such as that the terminal is gone.
        if (_supervisor.IsEnabled && !OperatingSystem.IsWindows())
            _hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                Reload();
            });
        // A third of the time, so that one beat may be late.
        if (_supervisor.IsEnabled && WatchdogTime() is { } patience)
            _beat = time.CreateTimer(_ => Beat(), null, TimeSpan.Zero, patience / 3);
    }

    public void Dispose()
    {
        _beat?.Dispose();
        _hangup?.Dispose();
    }

    /// <summary>The loop has made a pass since the last beat, or it stands still and the supervisor is to notice.</summary>
    private void Beat()
    {
        var passes = _loop.Passes;
        if (passes != _passes)
            _supervisor.Notify(new("WATCHDOG=1"));
        _passes = passes;
        _loop.Signal();
    }

    /// <summary>All sources read anew: the state is ready again when the loop has made a pass.</summary>
    private void Reload()
    {
        if (Interlocked.Exchange(ref _isReloading, 1) != 0)
            return;
        _ = ReloadAsync();
    }

    private async Task ReloadAsync()
    {
        try
        {
            var micros = (long)(Stopwatch.GetTimestamp() * (1_000_000.0 / Stopwatch.Frequency));
            _supervisor.Notify(new(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={micros}")));
            await _loop.ReloadAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        finally
        {
            Volatile.Write(ref _isReloading, 0);
        }

        _supervisor.Notify(Microsoft.Extensions.Hosting.Systemd.ServiceState.Ready);
    }

    /// <summary>How long systemd waits for a beat; null when it does not wait for those of this process.</summary>
    private static TimeSpan? WatchdogTime() =>
        long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var micros)
            && micros > 0
            && (Environment.GetEnvironmentVariable("WATCHDOG_PID") is not { Length: > 0 } pid
                || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
                ? TimeSpan.FromMicroseconds(micros)
                : null;
}
