using Gossip.Bootstrap;
using Gossip.Configuration;
using Gossip.Loop;
using Gossip.Protocol;
using Gossip.Snapshots;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gossip.Hosting;

/// <summary>
/// The node's life within the host's, in this order:
/// <code>
/// starting   sockets, loop, seeds; wait for the cluster's state and for dependencies     before the server starts
/// started    register the own service      after the server listens, so with its real ports
/// stopping   drain, and say goodbye        before the server stops, so that callers go elsewhere first
/// stopped    close
/// </code>
/// </summary>
internal sealed partial class GossipLifecycle(
    OptionsSource options, IHostEnvironment environment, HostServices around, SnapshotFeed feed, Func<IServiceDiscovery> discovery,
    TimeProvider time, ILoggerFactory loggers) : IHostedLifecycleService, IAsyncDisposable, IDisposable
{
    /// <summary>How long a goodbye may take: it is sent within milliseconds, or there is no node to send it to.</summary>
    private static readonly TimeSpan GoodbyeTime = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger = loggers.CreateLogger("Gossip");
    private readonly Registrations _registrations = new(loggers.CreateLogger("Gossip"), loggers.CreateLogger("Gossip.Audit"));
    private SeedPipeline? _seeds;
    private MdnsSeeds? _mdns;
    private AddressBook? _book;
    private MachineNeighbours[] _neighbours = [];
    private ConfiguredSeeds? _configured;
    private GossipNode? _node;
    private AddressFollower? _follower;

    /// <summary>The address to which the instances' endpoints have followed; a move that fails half-way is repeated from there.</summary>
    private PeerAddress? _followed;

    private ProcessExitLeave? _lastWord;
    private ServiceRegistration? _own;
    private Reload? _reload;
    private int _ended;

    /// <summary>The node.</summary>
    /// <exception cref="InvalidOperationException">The host has not started it yet, or has stopped it.</exception>
    public GossipNode Running =>
        Volatile.Read(ref _node) is { } node && Volatile.Read(ref _ended) == 0
            ? node
            : throw new InvalidOperationException(
                "The gossip node does not run: the host starts it before its hosted services, and stops it with them.");

    /// <summary>Whether the host has started the node, and has not stopped it.</summary>
    public bool IsRunning => Volatile.Read(ref _node) is not null && Volatile.Read(ref _ended) == 0;

    /// <summary>Whether the process asks callers to go elsewhere: it stops, or application code has set that state.</summary>
    public bool IsDraining => around.Requests.IsDraining || Own is { Record.State: ServiceState.Draining };

    /// <summary>For how long the node has run; null when it does not.</summary>
    public TimeSpan? Uptime => Volatile.Read(ref _node)?.Uptime;

    /// <inheritdoc cref="IServiceRegistrar.Own"/>
    public IServiceRegistration? Own => Volatile.Read(ref _own);

    /// <summary>The options of the node.</summary>
    public GossipOptions Options => options.First;

    /// <summary>The folders that this process shares with other processes of its user on this machine.</summary>
    public IReadOnlyList<MachineDirectory> MachineDirectories => MachineDirectory.Of(options.First.MachineDirectory);

    /// <summary>The server that an endpoint was mapped to, if none was registered otherwise.</summary>
    public ListeningAddresses? Server { get; set; }

    private Application Application => new(environment.ApplicationName, environment.EnvironmentName);

    private IEnumerable<ListeningAddresses> Servers => around.Listening.DefaultIfEmpty(Server).OfType<ListeningAddresses>();

    /// <inheritdoc cref="IServiceRegistrar.RegisterAsync"/>
    public ValueTask<ServiceRegistration> RegisterAsync(ServiceRecord record, CancellationToken cancellation) =>
        _registrations.OpenAsync(Running, record, cancellation);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        RequireRegistrable();
        var node = new NodeLauncher(feed, time, _logger).Launch(options.First, environment.ApplicationName);
        Volatile.Write(ref _node, node);
        node.LoadGauge = new PoolWatch(new LoadMeter(around.Requests, time), _registrations, node, _logger).Read;
        node.Meter = around.Meter;
        node.Answers = (topic, since) => Tell(node, topic, since);
        node.Start();
        _lastWord = new ProcessExitLeave(node);
        if (!node.Identity.IsLocalOnly)
            _follower = new AddressFollower(
                node.Identity, () => [.. AddressChoice.OfThisMachine()], MoveAsync, TimeProvider.System, _logger);
        if (MdnsSeeds.AreWanted(options.First.UseMdns, node.Identity, MdnsSeeds.IsInKubernetes, _logger))
            _mdns = new MdnsSeeds(() => node.Identity, options.First.Mdns, feed, time, loggers);
        if (AddressBook.PathOf(options.First, node.Identity, environment.ApplicationName) is { } path)
            _book = new AddressBook(path, node.Identity, feed, time, _logger);
        _neighbours = [.. MachineDirectories.Select(one => new MachineNeighbours(one, node.Identity, feed, time, _logger))];
        _seeds = new SeedPipeline(seed => JoinAnother(node, seed), seed => node.Identity.CanReach(seed), time, _logger);
        _seeds.Start([.. OwnSources(), .. around.Seeds]);
        var audit = loggers.CreateLogger("Gossip.Audit");
        _reload = new Reload(
            options,
            _logger,
            new KeyReload(node, () => _mdns?.AnnounceKey(), audit).ApplyAsync,
            new InstanceReload(() => Own, options.First.Service, Application, options.SaysRoles, _logger, audit).ApplyAsync);
        await PassGateAsync(new StartGate(node, discovery(), options.First, time, _logger), cancellationToken).ConfigureAwait(false);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var node = Running;
        Demand?.Invoke();
        if (around.Stopping.IsCancellationRequested)
            return;
        // By now whoever collects traces listens.
        _ = JoinSpans.AddAsync(node, feed);
        var identity = node.Identity;
        var record = OwnService.Describe(options.First.Service, identity, Application, Listening(), _logger);
        if (record is null)
        {
            // Who says so themselves need not be told what to do about it.
            if (options.First.Service.Register != false)
                OnlyLooksOn(_logger, node.Identity.Name);
            return;
        }

        if (around.FirstStates.Select(first => first.WaitsFor()).FirstOrDefault(reason => reason is not null) is { } reason)
            record = record with { State = ServiceState.Starting, Reason = reason };
        var own = await _registrations.OpenAsync(node, record, cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _own, own);
        if (node.Identity.Advertised != identity.Advertised)
            await FollowAsync(identity.Advertised, node.Identity.Advertised).ConfigureAwait(false);
        // What has changed since the start is not in the record.
        if (options.IsOutdated)
            _reload?.LookAgain();
        if (options.First.Mdns.PublishServices)
            _mdns?.Publish(own.Record, node.Identity);
        Registered(_logger, record.Service, string.Join(", ", record.Endpoints));
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_follower is not null)
            await _follower.DisposeAsync().ConfigureAwait(false);
        // In parallel, with mDNS's goodbye at the end: the drain takes longer than stopping the sources of seeds.
        var seeds = StopSeedsAsync();
        if (IsRunning)
        {
            var drain = new Drain(_node!, _registrations, around.Requests, options.First.Drain, time, _logger);
            await drain.RunAsync(cancellationToken).ConfigureAwait(false);
        }

        await seeds.ConfigureAwait(false);
        if (IsRunning)
            await _node!.LeaveAsync(GoodbyeTime).ConfigureAwait(false);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken) => await DisposeAsync().ConfigureAwait(false);

    public ValueTask DisposeAsync() => EndAsync(saysGoodbye: true);

    /// <summary>
    /// Closes the node without a drain and without a goodbye, as if the process were killed: what it has registered stays with the others
    /// until they notice. This is for an agent that comes back within that time, and whose services run on.
    /// </summary>
    public ValueTask AbandonAsync() => EndAsync(saysGoodbye: false);

    private async ValueTask EndAsync(bool saysGoodbye)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;
        if (_follower is not null)
            await _follower.DisposeAsync().ConfigureAwait(false);
        await StopSeedsAsync().ConfigureAwait(false);
        // The end of the process would say goodbye.
        _lastWord?.Dispose();
        if (_node is null)
        {
            feed.Complete();
            return;
        }

        // Disposed without a stop, as when the server failed to start. The goodbye spares the others a suspicion.
        if (saysGoodbye)
            await _node.LeaveAsync(GoodbyeTime).ConfigureAwait(false);
        await _node.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>For containers that are disposed synchronously, which refuse a type that is only IAsyncDisposable.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>
    /// A host that is asked to stop cancels the start, and its own Run throws what the start then throws: the process would end by an
    /// unhandled exception, though nothing is wrong. So the start ends normally instead, whatever else starts is told to stop, and the host
    /// stops in order.
    /// </summary>
    private async ValueTask PassGateAsync(StartGate gate, CancellationToken cancellation)
    {
        try
        {
            await gate.PassAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (around.Stopping.IsCancellationRequested)
        {
            StoppedWaiting(_logger, Running.Identity.Name);
        }
    }

    /// <summary>A process that only observes has nothing to register, so any name is valid.</summary>
    private void RequireRegistrable()
    {
        var service = options.First.Service;
        var registers = service.Register ?? (service.Endpoints.Count > 0 || Servers.Any(server => server.Read() is not null));
        if (registers && OwnService.Problem(service, Application) is { } problem)
            throw new OptionsValidationException(Microsoft.Extensions.Options.Options.DefaultName, typeof(GossipOptions), [problem]);
    }

    private string[] Listening() => [.. Servers.SelectMany(server => server.Read() ?? [])];

    /// <summary>The machine's address has changed: the node and the instances at its address are reached elsewhere.</summary>
    internal async ValueTask MoveAsync(ChosenAddress chosen)
    {
        var node = Running;
        var before = _followed ??= node.Identity.Advertised;
        var after = PeerAddress.From(chosen.Address, before.Port);
        await node.ReaddressAsync(after, chosen.Because).ConfigureAwait(false);
        await FollowAsync(before, after).ConfigureAwait(false);
        _followed = after;
        Moved(_logger, node.Identity.Name, before, after, chosen.Because);
    }

    private async ValueTask FollowAsync(PeerAddress before, PeerAddress after)
    {
        var stays = OwnService.Names(options.First.Service, Listening(), before);
        await _registrations.UpdateAsync(
            (one, record) => one == Own && stays ? record : OwnService.Follow(record, before, after)).ConfigureAwait(false);
        if (options.First.Mdns.PublishServices && Own is { } own)
            _mdns?.Publish(own.Record, Running.Identity);
    }

    private async ValueTask StopSeedsAsync()
    {
        if (_reload is not null)
            await _reload.DisposeAsync().ConfigureAwait(false);
        if (_seeds is not null)
            await _seeds.DisposeAsync().ConfigureAwait(false);
        foreach (var neighbours in _neighbours)
            await neighbours.DisposeAsync().ConfigureAwait(false);
        if (_book is not null)
            await _book.DisposeAsync().ConfigureAwait(false);
        if (_mdns is not null)
            await _mdns.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A source may find this node itself, as with a name that resolves to all nodes.</summary>
    private static void JoinAnother(GossipNode node, PeerAddress seed)
    {
        if (node.Identity.CanTry(seed))
            node.Join(seed);
    }

    private IEnumerable<ISeedSource> OwnSources()
    {
        SeedAddress[] seeds = [.. SeedAddress.Of(options.First)];
        foreach (var neighbours in _neighbours)
            yield return neighbours;
        if (_mdns is not null)
            yield return _mdns;
        if (seeds.Length > 0)
            yield return _configured = new ConfiguredSeeds(seeds, time, _logger);
        if (_book is not null)
            yield return _book;
    }
}
