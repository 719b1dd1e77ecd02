using System.Globalization;
using Gossip.Tests.Networks;

namespace Gossip.Cli.Tests.Chaos;

/// <summary>
/// Six hosts on one bridge, on each an agent and services in Node.js, all of them real processes; and .NET processes that find those by
/// name. The run is the services' supervisor: it starts and ends them, and breaks what a <see cref="ChaosScript"/> says. What was true is
/// looked up in the process table and at the sockets, ten times a second, and compared with what was found by a <see cref="Judge"/>.
/// </summary>
internal sealed class ChaosRun : IAsyncDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private readonly ChaosPlan _plan;
    private readonly Lan _lan;
    private readonly TestFolder _folder = new();
    private readonly RunClock _clock = new();
    private readonly Stalls _stalls = new();
    private readonly List<Observer> _observers = [];
    private double _begin;

    private ChaosRun(ChaosPlan plan, Lan lan)
    {
        (_plan, _lan) = (plan, lan);
        Hosts = [.. lan.Hosts.Select(host => new ChaosHost(host, _folder.Path, plan.Lease, _clock))];
        foreach (var host in Hosts)
        {
            for (var slot = 0; slot < plan.Services; slot++)
                host.Services.Add(new ChaosService(host, slot, (ServiceKind)((host.Number + slot) % 4), _clock));
        }
    }

    public IReadOnlyList<ChaosHost> Hosts { get; }

    public IEnumerable<ChaosService> Services => Hosts.SelectMany(host => host.Services);

    private double Now => _clock.Now;

    /// <summary>Runs it to its end.</summary>
    /// <param name="plan">What is to happen.</param>
    /// <param name="say">Told what happens.</param>
    public static async Task<ChaosResult> RunAsync(ChaosPlan plan, Action<string> say)
    {
        await using var run = new ChaosRun(plan, await Lan.StartAsync(ChaosPlan.Hosts));
        return await run.RunAsync(say);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var observer in _observers)
            observer.Dispose();
        foreach (var host in Hosts)
            await host.DisposeAsync();
        // What the agents said is no part of the judgement, and helps to understand it.
        if (Environment.GetEnvironmentVariable("GOSSIP_CHAOS_LOGS") is { Length: > 0 } logs)
        {
            foreach (var host in Hosts)
                File.Copy(Path.Combine(host.Folder, "agent.log"), Path.Combine(Directory.CreateDirectory(logs).FullName, $"{host}.log"), overwrite: true);
        }

        await _lan.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<ChaosResult> RunAsync(Action<string> say)
    {
        await StartAsync();
        say(string.Create(CultureInfo.InvariantCulture, $"{Now:F1}: all run, at {DateTimeOffset.UtcNow:HH:mm:ss.fff}"));
        using var ending = new CancellationTokenSource();
        var looking = Task.WhenAll(LookAsync(ending.Token), new StallWatch(_clock, _stalls).RunAsync(Processes, ending.Token));
        await AgreeAsync();
        _begin = Now;
        var script = new ChaosScript(_plan, _lan, Hosts, _clock, say);
        await script.RunAsync();
        say(string.Create(CultureInfo.InvariantCulture, $"{Now:F1}: all is healed"));
        var healedAt = Now;
        await AgreeAsync();
        var agreedAfter = Now - healedAt;
        await CallAsync();
        await ending.CancelAsync();
        await looking;
        return Judge(script, agreedAfter);
    }

    private async Task StartAsync()
    {
        await Task.WhenAll(Services.Select(service => service.StartAsync()));
        foreach (var service in Services.Where(service => service.IsOfFile))
            await service.DefineAsync(isNew: false, moves: true);
        await Task.WhenAll(Hosts.Select(host => host.StartAgentAsync(ChaosPlan.Hosts, keeps: false)));
        _observers.AddRange(Enumerable.Range(0, _plan.Observers).Select(i => new Observer(Hosts[i * 2], ChaosPlan.Hosts)));
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(LookInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                foreach (var service in Services)
                    await service.LookAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private IEnumerable<(string Name, int? Id)> Processes() =>
    [
        (Stall.Run, Environment.ProcessId),
        .. Hosts.Select(host => (Stall.Agent(host.Number), host.AgentId)),
        .. Services.Select(service => (service.Name, service.ProcessId)),
        .. _observers.Select(observer => (observer.Name, (int?)observer.Id)),
    ];

    /// <summary>Waits until each observer finds exactly what runs, once, at its place, in its version and by an agent that lives.</summary>
    private async Task AgreeAsync()
    {
        foreach (var observer in _observers)
        {
            try
            {
                await Eventually.HoldsAsync(() => Disagreement(observer) is null, "");
            }
            catch (Xunit.Sdk.XunitException)
            {
                var told = await Task.WhenAll(Hosts.Select(host => host.DescribeAsync()));
                Assert.Fail($"{Disagreement(observer)}\n{string.Join('\n', told)}");
            }
        }
    }

    private string? Disagreement(Observer observer)
    {
        if (observer.Last is not { } view)
            return $"{observer.Name} has found nothing yet";
        foreach (var service in Services)
        {
            var found = view.Services.GetValueOrDefault(service.Name);
            var down = service.Truth.Now;
            string[] expected = [$"Ready http://{service.Host.Lan.Address}:{service.Port}/ {service.Version}"];
            var isRight = down switch
            {
                Down.None => found is { IsCallable: true } && found.Instances.SequenceEqual(expected),
                // What may come back is shown, and not called; of what has ended nothing is left.
                _ when down.HasFlag(Down.Undefined) || (down.HasFlag(Down.Process) && service.Kind != ServiceKind.Ttl) => found is null || found.Instances.Count == 0,
                _ => found is not { IsCallable: true },
            };
            if (!isRight)
                return $"{observer.Name} finds {service.Name} [{string.Join(", ", found?.Instances ?? [])}], which is down for: {down}";
        }

        return null;
    }

    /// <summary>Calls what is found from where it is found, and is answered by the process that runs.</summary>
    private async Task CallAsync()
    {
        foreach (var observer in _observers)
        {
            foreach (var service in Services.Where(service => service.Truth.Now == Down.None))
            {
                var answer = await Hosts[observer.Host - 1].Room.GetAsync(System.Net.IPAddress.Parse(service.Host.Lan.Address), service.Port);
                Assert.Equal($"{service.ProcessId}", answer);
            }
        }
    }

    private ChaosResult Judge(ChaosScript script, double agreedAfter)
    {
        var end = Now;
        var judge = new Judge(_plan.Lease, _stalls, _begin, end);
        var outages = Hosts.SelectMany(host => host.OutagesUntil(end)).ToList();
        foreach (var observer in _observers)
        {
            var sight = observer.SightOf(_clock);
            foreach (var service in Services)
                judge.Compare(service.Truth, sight, outages, script.Cuts);
        }

        return new ChaosResult(_plan.Seed, end, script.Events, judge, _stalls, agreedAfter, outages);
    }
}

/// <summary>What a run showed.</summary>
internal sealed record ChaosResult(
    int Seed, double Seconds, IReadOnlyDictionary<string, int> Events, Judge Judge, Stalls Stalls, double AgreedAfter, IReadOnlyList<Outage> Outages)
{
    /// <summary>All of it, to be read by people.</summary>
    public override string ToString()
    {
        var text = new System.Text.StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"seed {Seed}, {Seconds:F0} s, {Events.Values.Sum()} events: {string.Join(", ", Events.Select(one => $"{one.Key} {one.Value}"))}");
        text.AppendLine(CultureInfo.InvariantCulture, $"judged {Percent(Judge.LivingSeconds)} of what lived and {Percent(Judge.DownSeconds)} of what was down: {Judge.Gaps.Count} gaps, {Judge.Overdue.Count} overdue, {Judge.Excused.Count} excused by processes that stood still ({Stalls.Count} times, {Stalls.Longest:F2} s at the longest)");
        foreach (var (what, times) in Judge.UntilGone)
            text.AppendLine(CultureInfo.InvariantCulture, $"until gone, {what}: {times.Count} times, median {Median(times):F2} s, worst {times.Max():F2} s");
        text.AppendLine(CultureInfo.InvariantCulture, $"until found: {Judge.UntilFound.Count} times, median {Median(Judge.UntilFound):F2} s, worst {Judge.UntilFound.DefaultIfEmpty().Max():F2} s");
        text.AppendLine(CultureInfo.InvariantCulture, $"agents away: {Outages.Count} times, {Outages.Select(one => one.Gone.Length).DefaultIfEmpty().Min():F2} to {Outages.Select(one => one.Gone.Length).DefaultIfEmpty().Max():F2} s; in the end all agreed after {AgreedAfter:F2} s");
        foreach (var wrong in Judge.Gaps.Concat(Judge.Overdue).Take(40))
            text.AppendLine(wrong);
        foreach (var excused in Judge.Excused)
            text.AppendLine(CultureInfo.InvariantCulture, $"excused: {excused}");
        return text.ToString();
    }

    private static string Percent((double Judged, double All) seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * seconds.Judged / Math.Max(seconds.All, 1):F0} % ({seconds.Judged:F0} s)");

    private static double Median(IReadOnlyList<double> all) => all.Count == 0 ? 0 : all.Order().ElementAt(all.Count / 2);
}
