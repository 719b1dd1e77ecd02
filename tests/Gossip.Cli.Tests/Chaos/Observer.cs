using System.Collections.Concurrent;
using System.Diagnostics;
using Gossip.Tests.Peer;

namespace Gossip.Cli.Tests.Chaos;

/// <summary>A .NET process on a host, which finds services by name. All that it found is kept, each with its time.</summary>
internal sealed class Observer : IDisposable
{
    /// <summary>Where it was built: what it needs is not beside a test of what runs in ASP.NET.</summary>
    private static readonly string Program =
        Path.Combine(AppContext.BaseDirectory.Replace("Gossip.Cli.Tests", "Gossip.Tests.Peer", StringComparison.Ordinal), "Gossip.Tests.Peer.dll");

    private readonly ConcurrentQueue<ServicesView> _views = new();
    private readonly Process _process;

    public Observer(ChaosHost host, int hosts)
    {
        Host = host.Number;
        var start = new ProcessStartInfo(
            "ip",
            ["netns", "exec", host.Place, ChildProcess.Peer[0], Program, "watch", .. ChaosHost.NodeSettings(hosts, ChaosHost.AgentPort + 1), $"Gossip:NodeName={Name}"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        foreach (var (name, value) in host.Variables)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.BeginOutputReadLine();
    }

    public string Name => $"observer-h{Host}";

    public int Host { get; }

    public int Id => _process.Id;

    /// <summary>What it finds now.</summary>
    public ServicesView? Last { get; private set; }

    /// <summary>When each service could be called.</summary>
    public Sight SightOf(RunClock clock)
    {
        var sight = new Sight(Name, Host);
        foreach (var view in _views)
            sight.Note(clock.At(view.At), view.Services.Where(one => one.Value.IsCallable).Select(one => one.Key));
        return sight;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line?.StartsWith(ServicesView.Prefix, StringComparison.Ordinal) != true)
            return;
        Last = ServicesView.Parse(line);
        _views.Enqueue(Last);
    }
}
