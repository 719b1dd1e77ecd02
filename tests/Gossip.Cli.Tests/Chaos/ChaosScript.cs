using System.Globalization;
using Gossip.Tests.Networks;

namespace Gossip.Cli.Tests.Chaos;

/// <summary>
/// What happens in a run, drawn from its seed. One act comes after the other, so that a slow machine does less of it and nothing at once;
/// what is broken is mended by a later act.
/// </summary>
internal sealed class ChaosScript
{
    /// <summary>After each cut both sides have half a minute to agree, in which they are not judged: most of a run must be without.</summary>
    private const double CutPause = 60;

    /// <summary>So often somebody is drawn who is free or not.</summary>
    private const int Draws = 8;

    private readonly ChaosPlan _plan;
    private readonly Lan _lan;
    private readonly IReadOnlyList<ChaosHost> _hosts;
    private readonly RunClock _clock;
    private readonly Action<string> _say;
    private readonly Random _random;
    private readonly PriorityQueue<Func<Task>, double> _entered = new();
    private readonly HashSet<object> _busy = [];
    private readonly SortedDictionary<string, int> _events = new(StringComparer.Ordinal);
    private readonly List<(int Host, Stretch When)> _cuts = [];
    private readonly (string Name, Func<Task<string?>> Act)[] _kinds;

    public ChaosScript(ChaosPlan plan, Lan lan, IReadOnlyList<ChaosHost> hosts, RunClock clock, Action<string> say)
    {
        (_plan, _lan, _hosts, _clock, _say, _random) = (plan, lan, hosts, clock, say, new Random(plan.Seed));
        _kinds =
        [
            ("service killed", () => EndServiceAsync("KILL")),
            ("service stopped", () => EndServiceAsync("TERM")),
            ("service sick", SickenAsync),
            ("pid files swapped", SwapAsync),
            ("pid file garbled", GarbleAsync),
            ("agent killed, back within the lease", () => EndAgentAsync(Draw(0, 3), kills: true, dies: false)),
            ("agent and service killed, agent back within the lease", () => EndAgentAsync(Draw(0, 3), kills: true, dies: true)),
            ("agent killed, back after the lease", () => EndAgentAsync(_plan.Lease + Draw(2, 6), kills: true, dies: false)),
            ("agent stopped and keeps, back within the lease", () => KeepAsync(Draw(0, 3))),
            ("agent stopped, services taken back", () => EndAgentAsync(Draw(1, 4), kills: false, dies: false)),
            ("definition deleted", DeleteAsync),
            ("definition changed", ChangeAsync),
            ("definition half written", HalveAsync),
            ("definition replaced by an editor", ReplaceAsync),
            ("host cut off", CutAsync),
            ("service drained by the API", DrainAsync),
            ("service deregistered by the API", UntellAsync),
        ];
    }

    public IReadOnlyDictionary<string, int> Events => _events;

    /// <summary>When each host was cut off.</summary>
    public IReadOnlyList<(int Host, Stretch When)> Cuts => _cuts;

    private double Now => _clock.Now;

    public async Task RunAsync()
    {
        var until = _plan.Length is { } length ? Now + length.TotalSeconds : double.PositiveInfinity;
        var next = new Queue<(string Name, Func<Task<string?>> Act)>();
        var at = Now;
        while (Now < until)
        {
            if (next.Count == 0)
            {
                if (_plan.Length is null && _events.Count > 0)
                    break;
                // Each kind as often as any other, in ever another order.
                foreach (var kind in _kinds.OrderBy(_ => _random.Next()).ToArray())
                    next.Enqueue(kind);
            }

            at = Math.Max(at + (2 * _plan.Pace.TotalSeconds * _random.NextDouble()), Now);
            await MendUntilAsync(at);
            await BreakAsync(next.Dequeue());
        }

        // What mends something may break something else for a moment, and enters when that is over.
        while (_entered.TryPeek(out _, out var due))
            await MendUntilAsync(due);
        await LeaveDeadAsync();
    }

    private async Task BreakAsync((string Name, Func<Task<string?>> Act) kind)
    {
        for (var tries = 1; ; tries++)
        {
            if (await kind.Act() is { } whom)
            {
                Say($"{kind.Name}: {whom}");
                break;
            }

            if (tries % Draws != 0)
                continue;
            // Nobody is free. Where each kind happens once it waits for what is mended next; else the next kind's turn comes.
            if (_plan.Length is not null || !_entered.TryPeek(out _, out var due))
                return;
            await MendUntilAsync(due);
        }

        _events[kind.Name] = _events.GetValueOrDefault(kind.Name) + 1;
    }

    private void Say(string what) => _say(string.Create(CultureInfo.InvariantCulture, $"{Now:F2}: {what}"));

    private async Task MendUntilAsync(double at)
    {
        while (_entered.TryPeek(out var mend, out var due) && due <= at)
        {
            await WaitUntilAsync(due);
            _entered.Dequeue();
            await mend();
        }

        await WaitUntilAsync(at);
    }

    private async Task WaitUntilAsync(double at)
    {
        if (at - Now is not (> 0.001 and var rest))
            return;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(rest));
        await timer.WaitForNextTickAsync(CancellationToken.None);
    }

    /// <summary>A time; half of it where everybody waits for the run.</summary>
    private double Draw(double least, double most) => (least + ((most - least) * _random.NextDouble())) * (_plan.Length is null ? 0.5 : 1);

    private ChaosHost DrawHost() => _hosts[_random.Next(_hosts.Count)];

    /// <summary>A service of some kind that is well, and that nothing else is being done to; null when the one that was drawn is not.</summary>
    private ChaosService? DrawService(Func<ChaosService, bool> suits)
    {
        ChaosService[] suiting = [.. _hosts.SelectMany(host => host.Services).Where(suits)];
        var drawn = suiting[_random.Next(suiting.Length)];
        return _busy.Contains(drawn) || !drawn.IsRunning || !drawn.IsDefined ? null : drawn;
    }

    /// <summary>Whether the host's agent runs, and nothing is being done to it.</summary>
    private bool IsFree(ChaosHost host) => host.HasAgent && !_busy.Contains(host);

    private void Mend(double after, object what, Func<Task> act)
    {
        _busy.Add(what);
        _entered.Enqueue(
            async () =>
            {
                Say($"mends {what}");
                await act();
                _busy.Remove(what);
            },
            Now + after);
    }

    private async Task<string?> EndServiceAsync(string signal)
    {
        if (DrawService(_ => true) is not { } service)
            return null;
        await service.EndAsync(signal);
        Mend(Draw(0.5, 8), service, service.StartAsync);
        return service.Name;
    }

    private async Task<string?> SickenAsync()
    {
        if (DrawService(one => one.IsOfFile) is not { } service)
            return null;
        await service.FallSickAsync(isSick: true);
        Mend(Draw(1, 6), service, () => service.FallSickAsync(isSick: false));
        return service.Name;
    }

    /// <summary>The pid file of one names the process of another of its host, which lives, too.</summary>
    private async Task<string?> SwapAsync()
    {
        if (DrawService(one => one.Kind == ServiceKind.PidFile && one.Host.Services.Count > 1) is not { } one
            || one.Host.Services.First(other => other != one) is not { IsRunning: true } other || _busy.Contains(other))
            return null;
        await ExchangeAsync(one.PidFile, other.PidFile);
        _busy.Add(other);
        Mend(Draw(1, 5), one, async () =>
        {
            await ExchangeAsync(one.PidFile, other.PidFile);
            _busy.Remove(other);
        });
        return $"{one.Name} and {other.Name}";
    }

    private static async Task ExchangeAsync(string one, string other)
    {
        var (first, second) = (await File.ReadAllTextAsync(one), await File.ReadAllTextAsync(other));
        await WriteAsync(one, second);
        await WriteAsync(other, first);
    }

    private static async Task WriteAsync(string file, string text)
    {
        await File.WriteAllTextAsync(file + ".draft", text);
        File.Move(file + ".draft", file, overwrite: true);
    }

    private async Task<string?> GarbleAsync()
    {
        if (DrawService(one => one.Kind == ServiceKind.PidFile) is not { } service)
            return null;
        string[] garbage = ["", "none\n", "4194304", "-1"];
        await WriteAsync(service.PidFile, garbage[_random.Next(garbage.Length)]);
        await service.LookAsync();
        Mend(Draw(0.5, 4), service, async () =>
        {
            await WriteAsync(service.PidFile, $"{service.ProcessId}\n");
            await service.LookAsync();
        });
        return service.Name;
    }

    private async Task<string?> EndAgentAsync(double away, bool kills, bool dies)
    {
        var host = DrawHost();
        var victim = host.Services[_random.Next(host.Services.Count)];
        if (!IsFree(host) || (!kills && host.Keeps) || (dies && (_busy.Contains(victim) || !victim.IsRunning)))
            return null;
        await (kills ? host.KillAgentAsync() : host.StopAgentAsync());
        if (dies)
        {
            await victim.EndAsync("KILL");
            Mend(away + Draw(_plan.Lease, _plan.Lease + 8), victim, victim.StartAsync);
        }

        Mend(away, host, () => host.StartAgentAsync(ChaosPlan.Hosts, keeps: _random.Next(2) == 0));
        return dies ? $"h{host.Number} and {victim.Name}" : $"h{host.Number}";
    }

    /// <summary>An agent keeps what it has as it was told at its start.</summary>
    private async Task<string?> KeepAsync(double away)
    {
        var host = DrawHost();
        if (!IsFree(host))
            return null;
        if (!host.Keeps)
        {
            await host.KillAgentAsync();
            await host.StartAgentAsync(ChaosPlan.Hosts, keeps: true);
        }

        await host.StopAgentAsync();
        Mend(away, host, () => host.StartAgentAsync(ChaosPlan.Hosts, keeps: _random.Next(2) == 0));
        return $"h{host.Number}";
    }

    private async Task<string?> DeleteAsync()
    {
        if (DrawService(one => one.IsOfFile) is not { } service)
            return null;
        await service.DeleteAsync();
        Mend(Draw(0.5, 6), service, () => service.DefineAsync(isNew: _random.Next(2) == 0, moves: true));
        return service.Name;
    }

    private async Task<string?> ChangeAsync()
    {
        if (DrawService(one => one.IsOfFile) is not { } service)
            return null;
        await service.DefineAsync(isNew: true, moves: _random.Next(2) == 0);
        return service.Name;
    }

    private async Task<string?> HalveAsync()
    {
        // An agent that starts anew finds half a file, and does not know what it said before.
        if (DrawService(one => one.IsOfFile) is not { } service || !IsFree(service.Host))
            return null;
        await service.WriteHalfAsync();
        _busy.Add(service.Host);
        Mend(Draw(0.2, 3), service, async () =>
        {
            await service.DefineAsync(isNew: true, moves: false);
            _busy.Remove(service.Host);
        });
        return service.Name;
    }

    private async Task<string?> ReplaceAsync()
    {
        if (DrawService(one => one.IsOfFile) is not { } service)
            return null;
        // A file that is gone for longer than a second is taken for deleted, and so it is then.
        await service.ReplaceAsync();
        return service.Name;
    }

    private async Task<string?> CutAsync()
    {
        var host = DrawHost();
        if (_busy.Contains(_lan) || (_cuts.Count > 0 && Now - _cuts[^1].When.Until < CutPause))
            return null;
        var from = Now;
        await _lan.PartAsync([host.Lan], [.. _hosts.Where(other => other != host).Select(other => other.Lan)]);
        var number = _cuts.Count;
        _cuts.Add((host.Number, new(from, double.PositiveInfinity)));
        Mend(Draw(2, 15), _lan, async () =>
        {
            await _lan.HealAsync();
            _cuts[number] = (host.Number, new(from, Now));
        });
        return $"h{host.Number}";
    }

    private async Task<string?> DrainAsync()
    {
        if (DrawService(_ => true) is not { } service || !IsFree(service.Host))
            return null;
        await service.DrainAsync(drains: true);
        _busy.Add(service.Host);
        Mend(Draw(1, 5), service, async () =>
        {
            await service.DrainAsync(drains: false);
            _busy.Remove(service.Host);
        });
        return service.Name;
    }

    private async Task<string?> UntellAsync()
    {
        if (DrawService(one => !one.IsOfFile) is not { } service || !IsFree(service.Host))
            return null;
        await service.UntellAsync();
        Mend(Draw(1, 5), service, service.TellAsync);
        return service.Name;
    }

    /// <summary>Some do not run in the end, so that it shows who is found that is not there.</summary>
    private async Task LeaveDeadAsync()
    {
        foreach (var host in _hosts)
        {
            var service = host.Services[_random.Next(host.Services.Count)];
            await service.EndAsync("KILL");
        }
    }
}
