using System.Net;
using System.Threading.Channels;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Definitions;
using Gossip.Cli.Agent.Sources;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Agent;

/// <summary>
/// The one loop of an agent: it asks the sources, follows with the checks, reconciles, shows what there is, and waits for a signal or for
/// its timer. Whoever wants a change of what the loop owns has it made by the loop.
/// </summary>
internal sealed partial class AgentLoop : IAsyncDisposable
{
    /// <summary>Orders that wait at a time: more callers than that wait themselves.</summary>
    private const int MostOrders = 256;

    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly IReadOnlyList<IRegistrationSource> _sources;
    private readonly ApiSource _api;
    private readonly CheckSource _checks;
    private readonly CheckScheduler _scheduler;
    private readonly ServiceTable _table;
    private readonly Reconciler _reconciler;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<Action> _orders = Channel.CreateBounded<Action>(MostOrders);
    private readonly Channel<bool> _signal =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly List<Action> _done = [];
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly ITimer _timer;
    private IReadOnlyDictionary<string, ShownService> _shown = new Dictionary<string, ShownService>();
    private Task _running = Task.CompletedTask;
    private long _passes;

    public AgentLoop(
        AgentOptions options, IReadOnlyList<IRegistrationSource> sources, ApiSource api, CheckSource checks, IServiceRegistrar registrar,
        Func<IPAddress> address, TimeProvider time, ILogger logger)
    {
        (_time, _interval, _sources, _api, _checks, _logger) = (time, options.ReconcileInterval, sources, api, checks, logger);
        _scheduler = new CheckScheduler(time, new Random(), options.MaxConcurrentChecks, Signal);
        _table = new ServiceTable(checks, _scheduler, logger);
        _reconciler = new Reconciler(registrar, address, RecordTemplate.LeaseOf(options), time, logger);
        _timer = time.CreateTimer(_ => Signal(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        foreach (var source in sources)
            source.Watch(Signal);
    }

    /// <summary>What there is, as of the last pass.</summary>
    public IReadOnlyDictionary<string, ShownService> Shown => Volatile.Read(ref _shown);

    /// <summary>How many passes were made: one that stands still does not count on.</summary>
    public long Passes => Interlocked.Read(ref _passes);

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Has the loop look at once.</summary>
    public void Signal() => _signal.Writer.TryWrite(true);

    /// <summary>Called, from any thread, when checks may know what is to be kept; null for nobody.</summary>
    public Action? Learned { get; set; }

    /// <summary>
    /// Called by the loop, after the pass that showed it first, with a service that an operator drains or drains no more.
    /// </summary>
    public event Action<ServiceDefinition>? DrainChanged;

    /// <summary>Runs a check at once, which was told something.</summary>
    public void RunNow(ScheduledCheck check)
    {
        _scheduler.RunNow(check);
        Learned?.Invoke();
    }

    /// <summary>Has all sources read anew, and waits for the pass that follows.</summary>
    /// <exception cref="OperationCanceledException">The loop has ended.</exception>
    public async ValueTask ReloadAsync() => await AskAsync(
        _ =>
        {
            foreach (var source in _sources)
                source.Forget();
            return true;
        },
        CancellationToken.None).ConfigureAwait(false);

    /// <summary>
    /// Has the loop do something to the services of the API, and waits until the pass is made that follows from it: what
    /// <see cref="Shown"/> shows then has it.
    /// </summary>
    /// <exception cref="OperationCanceledException">The loop has ended, or the caller does not wait any more.</exception>
    public async ValueTask<T> AskAsync<T>(Func<ApiSource, T> act, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stopping.Token);
        await _orders.Writer.WriteAsync(
            () =>
            {
                try
                {
                    var result = act(_api);
                    _done.Add(() => done.SetResult(result));
                }
                catch (Exception error)
                {
                    done.SetException(error);
                }
            },
            either.Token).ConfigureAwait(false);
        Signal();
        return await done.Task.WaitAsync(either.Token).ConfigureAwait(false);
    }

    /// <summary>Drains a service, whichever source wants it, or takes back a drain, of a service that is wanted or not.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="reason">Why; null to take it back.</param>
    /// <param name="cancellation">The caller does not wait any more.</param>
    /// <returns>Whether there is one of that id, and why nothing was done; null when it was.</returns>
    /// <exception cref="OperationCanceledException">The loop has ended, or the caller does not wait any more.</exception>
    public ValueTask<(bool IsThere, string? Problem)> DrainAsync(string id, string? reason, CancellationToken cancellation) => AskAsync(
        api => _table.All.ContainsKey(id) || (reason is null && api.Drains.ContainsKey(id)) ? (true, api.Drain(id, reason)) : (false, null),
        cancellation);

    /// <summary>Ends the loop and all checks; what is registered stays as it is.</summary>
    public async ValueTask StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await _scheduler.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Takes back all that is registered, after the loop has ended.</summary>
    public ValueTask RetireAllAsync(bool someoneListens, CancellationToken cancellation) =>
        _reconciler.RetireAllAsync(someoneListens, cancellation);

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var wait = _interval;
            try
            {
                wait = await PassAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                Failed(_logger, error);
            }

            foreach (var tell in _done)
                tell();
            _done.Clear();

            _timer.Change(wait, Timeout.InfiniteTimeSpan);
            try
            {
                await _signal.Reader.ReadAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <returns>How long nothing is to be done, if nobody signals.</returns>
    private async ValueTask<TimeSpan> PassAsync()
    {
        while (_orders.Reader.TryRead(out var order))
            order();
        // Of one that has ended for good the drain has, too: under the same id comes another one. One whose file has gone may come back.
        _api.ForgetDrains([.. _table.Follow(_sources.SelectMany(source => source.Look())).Where(_ended.Contains)]);
        _ended.Clear();
        _checks.ForgetKept();
        var wanted = _table.All.Values.Select(one => new WantedService(
            one.Definition, ServiceHealth.Of(one.Checks), _api.Drains.GetValueOrDefault(one.Definition.Id) ?? _api.DrainsAll)).ToList();
        var result = await _reconciler.ReconcileAsync(wanted, _stopping.Token).ConfigureAwait(false);
        foreach (var ended in result.Ended)
            End(ended);
        var before = _shown;
        Volatile.Write(ref _shown, Show(wanted));
        TellDrains(before);
        Interlocked.Increment(ref _passes);
        Learned?.Invoke();
        // A timer counts whole milliseconds, and one that rings too early finds that nothing is due.
        var next = result.Next is { } due && due < _interval ? due : _interval;
        return TimeSpan.FromMilliseconds(Math.Ceiling(next.TotalMilliseconds));
    }

    private void TellDrains(IReadOnlyDictionary<string, ShownService> before)
    {
        if (DrainChanged is not { } changed)
            return;
        foreach (var (id, shown) in _shown)
        {
            if (before.GetValueOrDefault(id)?.Drain != shown.Drain)
                changed(shown.Definition);
        }
    }

    private void End(ServiceDefinition definition)
    {
        _ended.Add(definition.Id);
        foreach (var source in _sources)
            source.HasEnded(definition);
    }

    /// <summary>What is wanted, and what nobody wants any more and still drains.</summary>
    private Dictionary<string, ShownService> Show(List<WantedService> wanted)
    {
        var shown = wanted.ToDictionary(
            one => one.Definition.Id,
            one => new ShownService(
                one.Definition,
                _table.All[one.Definition.Id].Checks,
                one.Health,
                _reconciler.RecordOf(one.Definition.Id),
                _reconciler.ProblemOf(one.Definition.Id),
                _api.Drains.GetValueOrDefault(one.Definition.Id)),
            StringComparer.Ordinal);
        foreach (var (id, before) in _shown)
        {
            if (_reconciler.RecordOf(id) is { } record)
                shown.TryAdd(id, before with { Checks = [], Record = record });
        }

        return shown;
    }

    [LoggerMessage(154, LogLevel.Error, "A pass of the agent failed; the next one comes. This is a bug: please report it")]
    private static partial void Failed(ILogger logger, Exception error);
}

/// <summary>A service, as the API shows it.</summary>
internal sealed record ShownService(
    ServiceDefinition Definition, IReadOnlyList<ScheduledCheck> Checks, ServiceHealth Health, ServiceRecord? Record, string? Problem,
    string? Drain);
