using System.Diagnostics;
using Gossip;

namespace Quickstart;

/// <summary>
/// What happens, step by step. A step is told when it is observed, and a <see cref="TimeoutException"/> tells what was seen instead when
/// its time is over. Nothing here sleeps and hopes.
/// </summary>
internal sealed class Story(Observer observer, Customer customer, Journal journal, string logs) : IDisposable
{
    private const int Victim = 2;

    private readonly List<ServiceProcess> _processes = [];
    private readonly CancellationTokenSource _failed = new();
    private string? _victim;

    public IEnumerable<ServiceProcess> Failed => _processes.Where(process => process.HasFailed);

    /// <summary>The diagnostic endpoint of orders.</summary>
    public string? Endpoint { get; private set; }

    /// <summary>Whether the state of that member is a step of the story, and told as one.</summary>
    public bool Tells(MemberSnapshot member) => member.Id == _victim && member.State is MemberState.Suspect or MemberState.Dead;

    /// <summary>Starts everybody, until all have found each other.</summary>
    public async Task OpenAsync()
    {
        journal.Tell(observer.Settings.Count == 0
            ? $"a node that only looks on listens at {observer.Address}, the well-known port: no address is configured anywhere"
            : $"port {GossipOptions.DefaultPort} is another process's: this run is a cluster of its own, and is told its seed, {observer.Address}");
        Start("orders", "orders-1");
        for (var number = 1; number <= 3; number++)
            Start("payments", $"payments-{number}");
        await SeeAsync("all services are ready", 60, AllAreReady);
        journal.Tell("one instance of orders and three of payments are ready, in processes of their own");
        Endpoint = $"{observer.Services.Current.GetInstances("orders").First(_processes[0].Owns).Uri}gossip";
        journal.Tell($"what orders knows of the cluster: {Endpoint}");
    }

    /// <summary>Waits until orders have been paid by every instance of payments.</summary>
    public async Task TradeAsync()
    {
        await SeeCallsAsync("every instance of payments answers", 30, () => Payments.All(process => customer.PaidBy(process.Id) > 0));
        journal.Tell($"orders calls payments by name: all three instances answer ({customer.Ok} calls ok, {customer.Failed} failed)");
    }

    /// <summary>Kills an instance of payments, and starts it again when it is gone.</summary>
    public async Task CrashAsync()
    {
        using var victim = _processes.Last(process => process.Node == $"payments-{Victim}");
        var (ok, failed) = (customer.Ok, customer.Failed);
        var clock = Stopwatch.StartNew();
        _victim = victim.Member;
        victim.Kill();
        _processes.Remove(victim);
        journal.Tell($"{victim.Node} (process {victim.Id}) is killed");

        var suspected = await SeeAsync($"{victim.Node} is suspected", 20, snapshot => Find(snapshot, victim.Member)?.State == MemberState.Suspect);
        journal.Tell($"{victim.Node} is suspected after {clock.Elapsed.TotalSeconds:0.00} s: {Evidence(suspected, victim)}");
        var dead = await SeeAsync($"{victim.Node} is held dead, and gone", 20, snapshot =>
            Find(snapshot, victim.Member)?.State == MemberState.Dead && snapshot.GetAllInstances("payments").All(one => one.NodeId != victim.Member));
        journal.Tell($"{victim.Node} is held dead after {clock.Elapsed.TotalSeconds:0.00} s ({Evidence(dead, victim)}), and gone from payments");
        // One order is under way at a time, so the kill can break off one and no more.
        await SeeCallsAsync("calls went on", 30, () => customer.Ok >= ok + 10 && customer.Failed <= failed + 1);
        journal.Tell($"calls went on meanwhile: {customer.Ok - ok} ok, {(customer.Failed > failed ? "1 failed, which was under way in it" : "0 failed")}");

        var successor = Start("payments", victim.Node);
        await SeeAsync($"{successor.Node} is back", 60, AllAreReady);
        await SeeCallsAsync($"{successor.Node} answers", 30, () => customer.PaidBy(successor.Id) > 0);
        journal.Tell($"{successor.Node} (now process {successor.Id}) is back, and answers calls");
    }

    /// <summary>Has everybody leave and end.</summary>
    public async Task CloseAsync()
    {
        var members = _processes.Except(Failed).Select(process => process.Member).OfType<string>().ToArray();
        _processes.ForEach(process => process.AskToStop());
        if (members.Length > 0)
        {
            await SeeAsync("all have left", 20, snapshot => members.All(member => Find(snapshot, member)?.State == MemberState.Left), closing: true);
            journal.Tell($"all {members.Length} services said goodbye and left");
        }

        var codes = await Task.WhenAll(_processes.Select(process => process.ExitAsync())).WaitAsync(TimeSpan.FromSeconds(10));
        if (members.Length == codes.Length && codes.Any(code => code != 0))
            throw new TimeoutException($"NOT OBSERVED: all end well. Seen instead: exit codes {string.Join(", ", codes)}");
        journal.Tell("no process is left");
    }

    public void Dispose()
    {
        _processes.ForEach(process => process.Dispose());
        _failed.Dispose();
    }

    private IEnumerable<ServiceProcess> Payments => _processes.Where(process => process.Node != "orders-1");

    private ServiceProcess Start(string service, string node)
    {
        var process = ServiceProcess.Start(service, node, observer.Settings, logs);
        _processes.Add(process);
        _ = MissAsync(process);
        return process;
    }

    /// <summary>A process that ends by itself ends the wait for what will not happen.</summary>
    private async Task MissAsync(ServiceProcess process)
    {
        await process.ExitAsync();
        if (process.HasFailed)
            await _failed.CancelAsync();
    }

    /// <summary>Whether each process has an instance that wants traffic. Other processes may take part in the cluster: those do not count.</summary>
    private bool AllAreReady(ServiceSnapshot snapshot)
    {
        var instances = snapshot.Services.SelectMany(snapshot.GetInstances).ToArray();
        foreach (var process in _processes)
            process.Member = instances.FirstOrDefault(process.Owns)?.NodeId;
        return _processes.All(process => process.Member is not null);
    }

    private async Task<ServiceSnapshot> SeeAsync(string step, int seconds, Func<ServiceSnapshot, bool> condition, bool closing = false)
    {
        var stopping = closing ? CancellationToken.None : observer.Stopping;
        var clock = Stopwatch.StartNew();
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stopping, closing ? CancellationToken.None : _failed.Token);
        late.CancelAfter(TimeSpan.FromSeconds(seconds));
        try
        {
            await foreach (var snapshot in observer.Services.WatchAsync(late.Token))
            {
                if (condition(snapshot))
                    return snapshot;
            }
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
        }

        throw NotSeen(step, clock.Elapsed);
    }

    private async Task SeeCallsAsync(string step, int seconds, Func<bool> condition)
    {
        for (var clock = Stopwatch.StartNew(); !condition(); await Task.Delay(20, observer.Stopping))
        {
            if (clock.Elapsed.TotalSeconds > seconds || _failed.IsCancellationRequested)
                throw NotSeen(step, clock.Elapsed);
        }
    }

    private TimeoutException NotSeen(string step, TimeSpan waited)
    {
        var now = observer.Services.Current;
        var members = now.Members.Select(member => $"{member.Name} {Words.Of(member)}");
        var services = now.Services.Select(name => $"{now.GetInstances(name).Count} of {name}");
        return new TimeoutException($"""
            NOT OBSERVED: {step}. Seen instead, after {waited.TotalSeconds:0.0} s:
              members   {string.Join(", ", members)}
              instances {string.Join(", ", services)}
              calls     {customer.Ok} ok, {customer.Failed} failed
            On a machine that has much else to do the steps take longer than the tour waits: try again when it is quiet.
            """);
    }

    private static MemberSnapshot? Find(ServiceSnapshot snapshot, string? id) => snapshot.Members.FirstOrDefault(member => member.Id == id);

    private static string Evidence(ServiceSnapshot snapshot, ServiceProcess process) => Words.Of(Find(snapshot, process.Member)!.Evidence);
}
