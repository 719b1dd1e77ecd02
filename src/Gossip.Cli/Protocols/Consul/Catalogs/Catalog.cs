using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Gossip.Cli.Agent;
using Gossip.Cli.Protocols.Consul.Model;
using Gossip.Cli.Protocols.Consul.Serving;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Gossip.Cli.Protocols.Consul.Catalogs;

/// <summary>
/// Follows the cluster and this agent's clients, and gives each change an index: one loop makes the next view of what has changed, and
/// wakes whom it concerns. Indexes begin at the milliseconds of the clock, so that those of the next start of the agent are greater.
/// </summary>
internal sealed partial class Catalog : IAsyncDisposable
{
    /// <summary>Services that have gone and whose index is remembered; that of those which are forgotten does not fall either.</summary>
    public const int MostExtinct = 10_000;

    private readonly IServiceDiscovery _discovery;
    private readonly ConsulSource _source;
    private readonly Func<string, ShownService?> _shown;
    private readonly Waiters _waiters;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _asked = [];
    private readonly ConcurrentDictionary<string, bool> _touched = new(StringComparer.OrdinalIgnoreCase);
    private readonly Channel<bool> _signal =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly IDisposable _watch;
    private readonly Task _running;
    private CatalogView _view;
    private long _index;

    /// <param name="discovery">The cluster.</param>
    /// <param name="source">What clients of this agent have told it.</param>
    /// <param name="shown">What the agent shows of one of its services; null for none.</param>
    /// <param name="waiters">Who is woken.</param>
    /// <param name="time">The clock at which the indexes begin.</param>
    /// <param name="logger">Told of what fails.</param>
    public Catalog(
        IServiceDiscovery discovery, ConsulSource source, Func<string, ShownService?> shown, Waiters waiters, TimeProvider time,
        ILogger logger)
    {
        (_discovery, _source, _shown, _waiters, _logger) = (discovery, source, shown, waiters, logger);
        _index = time.GetUtcNow().ToUnixTimeMilliseconds();
        _view = Begin(discovery.Current, _index);
        foreach (var name in source.State.Names.Keys)
            _touched[name] = true;
        Refresh();
        _watch = ChangeToken.OnChange(discovery.GetChangeToken, Signal);
        _running = Task.Run(RunAsync);
    }

    /// <summary>What there is.</summary>
    public CatalogView View => Volatile.Read(ref _view);

    /// <summary>Something is another of a client's service; null where it is of the agent's node, or of an external one.</summary>
    public void Touch(string? service)
    {
        if (service is not null)
            _touched[service] = true;
        Signal();
    }

    /// <summary>Waits until what was touched before is in the view.</summary>
    public async ValueTask CatchUpAsync(CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Enqueue(done);
        Signal();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stopping.Token);
        await done.Task.WaitAsync(either.Token).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _watch.Dispose();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void Signal() => _signal.Writer.TryWrite(true);

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var asked = new List<TaskCompletionSource>();
            try
            {
                await _signal.Reader.ReadAsync(_stopping.Token).ConfigureAwait(false);
                while (_asked.TryDequeue(out var one))
                    asked.Add(one);
                Refresh();
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                Failed(_logger, error);
            }

            foreach (var one in asked)
                one.TrySetResult();
        }
    }

    private void Refresh()
    {
        // Whoever changes something says so afterwards: what is heard of by now is in the state that is read then.
        var heard = TakeTouched();
        try
        {
            Refresh(heard.ToHashSet(StringComparer.OrdinalIgnoreCase));
        }
        catch
        {
            foreach (var name in heard)
                _touched[name] = true;
            throw;
        }
    }

    private void Refresh(HashSet<string> heard)
    {
        var before = _view;
        // What there is comes before what leaves, as the other way round when it is removed, so that nothing is in neither.
        var state = _source.State;
        var (leaving, snapshot) = (_source.Leaving.ToArray(), _discovery.Current);
        var dirty = AllTouched(heard, before, snapshot, state);
        var own = OwnNode(snapshot, state, before);
        var clients = before.Clients;
        foreach (var name in dirty)
        {
            var rows = RowsOf(name, own, state, clients.GetValueOrDefault(name, []));
            clients = rows.IsEmpty ? clients.Remove(name) : clients.SetItem(name, rows);
        }

        var next = new CatalogView
        {
            Snapshot = snapshot, State = state, Own = own, OwnId = OwnId(snapshot), Clients = clients, Indexes = before.Indexes,
            Leaving = StillLeaving(leaving, snapshot), NodeIndexes = before.NodeIndexes, Floor = before.Floor,
            ServicesIndex = before.ServicesIndex, NodesIndex = before.NodesIndex, StateIndex = before.StateIndex,
        };
        var changes = new CatalogChanges(before, next, _index + 1);
        foreach (var name in dirty)
            changes.Compare(name);
        changes.CompareNodes();
        if (changes.Keys.Count > 0)
            _index++;
        Volatile.Write(ref _view, changes.Apply(MostExtinct));
        foreach (var key in changes.Keys)
            _waiters.Wake(key);
    }

    private List<string> TakeTouched() => [.. _touched.Keys.Where(name => _touched.TryRemove(name, out _))];

    /// <summary>The services of which something may be another: what was heard of, and what the cluster has other records of.</summary>
    private static HashSet<string> AllTouched(HashSet<string> dirty, CatalogView before, ServiceSnapshot snapshot, RegistryState state)
    {
        if (!ReferenceEquals(before.Snapshot, snapshot))
        {
            foreach (var name in before.Snapshot.Services.Concat(snapshot.Services))
            {
                if (!ReferenceEquals(before.Snapshot.GetAllInstances(name), snapshot.GetAllInstances(name)))
                    dirty.Add(name);
            }
        }

        if (!ReferenceEquals(before.State.Nodes, state.Nodes))
            dirty.UnionWith(state.Services.Values.Where(IsOnAnother).Select(service => service.Service.Name));
        return dirty;

        bool IsOnAnother(RegisteredService service) => service.Node is { } node
            && !ReferenceEquals(before.State.Nodes.GetValueOrDefault(node), state.Nodes.GetValueOrDefault(node));
    }

    private ImmutableArray<ClientRow> RowsOf(string name, CatalogNode own, RegistryState state, ImmutableArray<ClientRow> before)
    {
        if (!state.Names.TryGetValue(name, out var ids))
            return [];
        var old = before.ToDictionary(row => RegistryState.KeyOf(row.Service.Node, row.Service.Service.ID), StringComparer.Ordinal);
        return [.. ids.Select(id => RowOf(id, own, state, old.GetValueOrDefault(id)))];
    }

    private ClientRow RowOf(string id, CatalogNode own, RegistryState state, ClientRow? old)
    {
        var service = state.Services[id];
        var node = service.Node ?? own.Name;
        var checks = service.Checks.Select(check => BodyOf(check, node, service.Service)).ToImmutableArray();
        if (service.Node is null && _shown(id)?.Drain is { } reason)
            checks = checks.Add(MaintenanceOf(service.Service, node, reason));
        // Where no state is another, what the checks said before stays.
        var external = service.Node is null ? null : state.Nodes.GetValueOrDefault(service.Node);
        return old is not null && old.Service.Text == service.Text && ReferenceEquals(old.Node, external)
            && old.Checks.Select(CatalogDifference.StateOf).SequenceEqual(checks.Select(CatalogDifference.StateOf))
                ? old
                : new(service, external, checks);
    }

    /// <summary>A check of a client's service, as it is now.</summary>
    public static CheckBody BodyOf(ConsulCheck check, string node, ServiceRegistration? service)
    {
        var state = check.State;
        return new(
            node, check.What.CheckID, check.What.Name, state.Status, check.What.Notes, state.Output, service?.ID ?? "", service?.Name ?? "",
            service?.Tags ?? [], CheckWords.Of(check.What.Type), EmptyBody.Instance, 0, 0);
    }

    /// <summary>The check by which a service is taken out.</summary>
    public static CheckBody MaintenanceOf(ServiceRegistration service, string node, string reason) => new(
        node, CheckWords.ServiceMaintenance + service.ID, "Service Maintenance Mode", CheckWords.Critical, reason, "", service.ID,
        service.Name, service.Tags, CheckWords.Maintenance, EmptyBody.Instance, 0, 0);

    /// <summary>Checks of the agent's node, as they are now.</summary>
    public static IEnumerable<CheckBody> ChecksOfNode(RegistryState state, string node) => state.NodeChecks
        .Select(check => BodyOf(check, node, null))
        .Concat(state.Maintenance is { } reason
            ? [new(node, CheckWords.NodeMaintenance, "Node Maintenance Mode", CheckWords.Critical, reason, "", "", "", [],
                CheckWords.Maintenance, EmptyBody.Instance, 0, 0)]
            : Array.Empty<CheckBody>());

    private static CatalogNode OwnNode(ServiceSnapshot snapshot, RegistryState state, CatalogView before)
    {
        if (snapshot.Members.FirstOrDefault(member => member.IsSelf) is not { } self)
            return before.Own;
        var own = CatalogNode.Of(self, [.. ChecksOfNode(state, self.Name)]);
        var isSame = own.Checks.Select(CatalogDifference.StateOf).SequenceEqual(before.Own.Checks.Select(CatalogDifference.StateOf));
        return isSame && CatalogChanges.TextOf(own) == CatalogChanges.TextOf(before.Own) ? before.Own : own;
    }

    /// <summary>Records that are being taken back, as long as the cluster has them and nobody else has registered their ids.</summary>
    private ImmutableHashSet<string> StillLeaving(KeyValuePair<string, string>[] leaving, ServiceSnapshot snapshot)
    {
        var own = OwnId(snapshot);
        var still = ImmutableHashSet<string>.Empty;
        foreach (var pair in leaving)
        {
            var isOfOthers = _shown(pair.Key) is { Definition.Origin: not DefinitionTemplate.Origin };
            if (!isOfOthers && snapshot.GetAllInstances(pair.Value).Any(one => one.NodeId == own && one.InstanceId == pair.Key))
                still = still.Add(pair.Key);
            else
                _source.Leaving.TryRemove(pair);
        }

        return still;
    }

    private static string OwnId(ServiceSnapshot snapshot) => snapshot.Members.FirstOrDefault(member => member.IsSelf)?.Id ?? "";

    private static CatalogView Begin(ServiceSnapshot snapshot, long index) => new()
    {
        Snapshot = ServiceSnapshot.Create([], []),
        State = RegistryState.Empty,
        Leaving = [],
        Own = new("", "", "", null, null, null, true, []),
        OwnId = OwnId(snapshot),
        Clients = ImmutableDictionary.Create<string, ImmutableArray<ClientRow>>(StringComparer.OrdinalIgnoreCase),
        Indexes = ImmutableDictionary.Create<string, ServiceIndexes>(StringComparer.OrdinalIgnoreCase),
        NodeIndexes = ImmutableDictionary.Create<string, long>(StringComparer.OrdinalIgnoreCase),
        Floor = index, ServicesIndex = index, NodesIndex = index, StateIndex = index,
    };

    [LoggerMessage(180, LogLevel.Error,
        "The catalog for Consul's readers was not renewed; the next change renews it. This is a bug: please report it")]
    private static partial void Failed(ILogger logger, Exception error);
}
