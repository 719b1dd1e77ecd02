using System.Runtime;
using System.Text.Json;
using Gossip.Hosting;
using Gossip.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.Benchmarks.Endurance;

/// <summary>
/// What each process of a run is: a service with a node, hosted as people host one. It prints its member's id when it has started, and then
/// answers each line of input with one of output. It ends with its input, or by a signal.
/// </summary>
internal sealed class EnduringService(IServiceProvider services)
{
    /// <summary>The first argument of such a process.</summary>
    public const string Verb = "enduring-service";

    /// <summary>The orders: change the own record; register, drain or take back a further one; tell how it goes, after a full collection or as it is.</summary>
    public const string Change = "change", Register = "register", Drain = "drain", Withdraw = "withdraw", Report = "report", Collect = "collect";

    /// <summary>What an order is answered with that asks nothing.</summary>
    public const string Done = "done";

    private const int MostFurther = 8;

    private readonly GossipLifecycle _lifecycle = services.GetRequiredService<GossipLifecycle>();
    private readonly IServiceDiscovery _discovery = services.GetRequiredService<IServiceDiscovery>();
    private readonly IServiceRegistrar _registrar = services.GetRequiredService<IServiceRegistrar>();
    private readonly IHostApplicationLifetime _host = services.GetRequiredService<IHostApplicationLifetime>();
    private readonly Pulse _pulse = new(services.GetRequiredService<GossipLifecycle>().Running);
    private readonly Queue<IServiceRegistration> _further = new();
    private DateTimeOffset _toldUntil;
    private int _writes;

    public static async Task<int> RunAsync(string[] settings)
    {
        var builder = Host.CreateApplicationBuilder(settings);
        builder.Logging.ClearProviders();
        builder.AddGossipNode();
        using var host = builder.Build();
        await host.StartAsync();
        var service = new EnduringService(host.Services);
        Console.WriteLine(service._lifecycle.Running.Identity.Id);
        service._pulse.Start();
        new Thread(service.Obey) { IsBackground = true, Name = "orders" }.Start();
        await host.WaitForShutdownAsync();
        return 0;
    }

    /// <summary>Reading the console blocks its thread, so that it is none of the pool's, which would take one more for it.</summary>
    private void Obey()
    {
        while (Console.In.ReadLine() is { } order)
            Console.WriteLine(ObeyAsync(order).GetAwaiter().GetResult());
        _host.StopApplication();
    }

    private async Task<string> ObeyAsync(string order)
    {
        switch (order)
        {
            case Change:
                await _registrar.Own!.UpdateAsync(record => record with { Metadata = NextRevision() });
                break;
            case Register when _further.Count < MostFurther:
                _further.Enqueue(await _registrar.RegisterAsync(NextRecord()));
                break;
            case Drain when _further.TryPeek(out var oldest):
                await oldest.DrainAsync("as ordered");
                break;
            case Register or Withdraw when _further.TryDequeue(out var oldest):
                await oldest.DisposeAsync();
                break;
            case Report or Collect:
                return JsonSerializer.Serialize(await ReportAsync(order == Collect));
        }

        CallEach();
        return Done;
    }

    /// <summary>Balances a call of each service that there is: what is kept for names and instances comes and goes with them.</summary>
    private void CallEach()
    {
        foreach (var name in _discovery.Current.Services)
        {
            using var call = _discovery.TryPick(name)?.Begin();
            call?.Complete(CallOutcome.Answered);
        }
    }

    private async Task<ServiceReport> ReportAsync(bool collects)
    {
        var heap = GC.GetTotalMemory(forceFullCollection: false);
        if (collects)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        var report = await _lifecycle.ReportAsync(CancellationToken.None);
        // What happens while this asks is for the next report.
        var until = report.StartedAt + report.Uptime;
        var deaths = new List<ToldDeath>();
        foreach (var name in report.Members.Select(member => member.Name).Distinct())
        {
            deaths.AddRange(
                from verdict in await _lifecycle.WhyAsync(name, CancellationToken.None)
                where verdict.Kind == ClusterEventKind.MemberDied && verdict.At > _toldUntil && verdict.At <= until
                select new ToldDeath(verdict.Id.ToString(), verdict.At, string.Join("; ", verdict.Testimonies)));
        }

        _toldUntil = until;
        return new ServiceReport(
            heap,
            GC.GetTotalMemory(forceFullCollection: false),
            GC.GetGCMemoryInfo().TotalCommittedBytes,
            JitInfo.GetCompiledMethodCount(),
            [.. report.Members.Where(member => member.State <= MemberState.Suspect).Select(member => member.Name).Order(StringComparer.Ordinal)],
            deaths,
            _pulse.Take());
    }

    /// <summary>An instance of a service that there was none of before.</summary>
    private ServiceRecord NextRecord()
    {
        var name = $"{_lifecycle.Running.Identity.Name}-{++_writes}";
        return new ServiceRecord
        {
            InstanceId = name,
            Service = name,
            Endpoints = [new ServiceEndpoint("http", "http", "127.0.0.1", 8080)],
            Metadata = NextRevision(),
        };
    }

    private Dictionary<string, string> NextRevision() => new() { ["revision"] = $"{++_writes}" };
}

/// <summary>How a service says that it is.</summary>
/// <param name="HeapBytes">Objects of the heap, garbage included.</param>
/// <param name="CollectedBytes">The same once more, after the collection if one was ordered.</param>
/// <param name="CommittedBytes">What the collector holds of the system, as of its last collection.</param>
/// <param name="Methods">How many methods were compiled so far, again at a higher tier included.</param>
/// <param name="Live">The names of the members that it holds alive or suspect, itself included, sorted.</param>
/// <param name="Deaths">Whom it has held dead since its last report.</param>
/// <param name="Standstills">When it stood still since then.</param>
internal sealed record ServiceReport(
    long HeapBytes,
    long CollectedBytes,
    long CommittedBytes,
    long Methods,
    IReadOnlyList<string> Live,
    IReadOnlyList<ToldDeath> Deaths,
    IReadOnlyList<Standstill> Standstills);

/// <summary>A process held a member dead.</summary>
/// <param name="Member">The member's id.</param>
/// <param name="At">When, by the clock of the machine.</param>
/// <param name="Because">What was said against it, and by whom.</param>
internal sealed record ToldDeath(string Member, DateTimeOffset At, string Because);
