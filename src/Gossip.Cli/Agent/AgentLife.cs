using System.Net;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Serving;
using Gossip.Cli.Agent.Sources;
using Gossip.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Agent;

/// <summary>Takes the agent's lock before anything of it starts, the node included, and gives it back at the very end.</summary>
internal sealed class AgentGate(AgentOptions options) : IHostedLifecycleService, IDisposable
{
    private AgentLock? _lock;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _lock = AgentLock.Take(AgentPlaces.StateFolder(options), options.Name);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _lock?.Dispose();
}

/// <summary>
/// The agent's life within the host's, around that of the node: it begins when the node runs, and ends before the node does.
/// <code>
/// started    what was kept is read; the loop, the API and the beats for a supervisor begin
/// stopping   those end; then either all that is registered drains and is taken back, or the node closes as if the process were killed
/// </code>
/// </summary>
internal sealed partial class AgentLife(
    AgentOptions options, IReadOnlyList<IAgentProtocol> protocols, GossipLifecycle lifecycle, IServiceRegistrar registrar,
    IServiceDiscovery discovery, TimeProvider time, ILoggerFactory loggers, IServiceProvider services)
    : IHostedLifecycleService, IAsyncDisposable
{
    private readonly ILogger _logger = loggers.CreateLogger("Gossip.Agent");
    private CheckSource? _checks;
    private KeptChecks? _kept;
    private FolderSource? _folder;
    private AgentLoop? _loop;
    private AgentServer? _server;
    private AgentNotifier? _notifier;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var processes = new ProcessTable();
        var api = new ApiSource(new StateFile(Path.Combine(AgentPlaces.StateFolder(options), "services.json"), _logger), _logger);
        api.Load();
        _kept = new KeptChecks(Path.Combine(AgentPlaces.StateFolder(options), "checks.json"), processes.Boot(), time, _logger);
        var kept = _kept.Read();
        _checks = new CheckSource(time, processes, options.Systemctl, kept);
        IRegistrationSource[] sources = [api];
        if (options.ServicesFolder != "none")
            sources = [_folder = new FolderSource(options.ServicesFolder, time, _logger), api];
        sources = [.. sources, .. protocols.Select(protocol => protocol.Open(api, kept)).OfType<IRegistrationSource>()];
        _loop = new AgentLoop(options, sources, api, _checks, registrar, Address, time, _logger);
        _kept.Start(() => KeptOf(_loop).Concat(protocols.SelectMany(protocol => protocol.Kept)));
        _loop.Learned = _kept.Note;
        var routes = new AgentRoutes(_loop, options, processes, () => lifecycle.Running.Identity);
        _server = await AgentServer.StartAsync(
            [routes.Map, new ClusterRoutes(lifecycle, services).Map], options, loggers, cancellationToken).ConfigureAwait(false);
        _loop.Start();
        foreach (var protocol in protocols)
            await protocol.StartAsync(_loop, cancellationToken).ConfigureAwait(false);
        _notifier = new AgentNotifier(_loop, time);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_loop is null)
            return;
        _notifier?.Dispose();
        foreach (var protocol in protocols)
            await protocol.StopAsync().ConfigureAwait(false);
        if (_server is not null)
            await _server.DisposeAsync().ConfigureAwait(false);
        _server = null;
        await _loop.StopAsync().ConfigureAwait(false);
        await KeepAsync().ConfigureAwait(false);
        if (options.KeepOnStop)
        {
            Keeps(_logger, options.Name);
            await lifecycle.AbandonAsync().ConfigureAwait(false);
            return;
        }

        var othersListen = discovery.Current.Members.Any(member => !member.IsSelf && member.State <= MemberState.Suspect);
        await _loop.RetireAllAsync(othersListen, cancellationToken).ConfigureAwait(false);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _notifier?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync().ConfigureAwait(false);
        foreach (var protocol in protocols)
            await protocol.StopAsync().ConfigureAwait(false);
        if (_loop is not null)
            await _loop.DisposeAsync().ConfigureAwait(false);
        await KeepAsync().ConfigureAwait(false);
        foreach (var protocol in protocols)
            await protocol.DisposeAsync().ConfigureAwait(false);
        _folder?.Dispose();
        _checks?.Dispose();
        _loop = null;
    }

    private ValueTask KeepAsync() => _kept?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static IEnumerable<(CheckKey, KeptCheck)> KeptOf(AgentLoop loop) =>
        from shown in loop.Shown.Values
        from check in shown.Checks
        let kept = (check.Check as IKeptCheck)?.Kept
        where kept is not null
        select (new CheckKey(shown.Definition.Id, check.Definition.Id), kept);

    private IPAddress Address() => lifecycle.Running.Identity.Advertised.ToIPAddress();

    [LoggerMessage(156, LogLevel.Information,
        "The agent '{Name}' stops and says no goodbye (Agent:KeepOnStop): its services go on to be called until the others notice")]
    private static partial void Keeps(ILogger logger, string name);
}
