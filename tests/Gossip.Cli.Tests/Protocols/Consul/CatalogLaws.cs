using System.Text.Json;
using Gossip.Cli.Agent.Sources;
using Gossip.Cli.Protocols.Consul.Catalogs;
using Gossip.Cli.Protocols.Consul.Model;
using Gossip.Cli.Protocols.Consul.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Cli.Tests.Protocols.Consul;

/// <summary>Whatever happens in the cluster, an index grows when what it is the index of is another, and only then, and never falls.</summary>
public sealed class CatalogLaws : IDisposable
{
    private static readonly string[] Services = ["web", "shop", "jobs"];
    private static readonly string[] Nodes = ["n1", "n2"];

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Law(usual: 60, nightly: 1_000)]
    internal async Task An_index_grows_with_what_it_is_of_and_with_nothing_else(Script script)
    {
        var discovery = new FakeCluster(Nodes);
        await using var source = new ConsulSource(new StateFile(_folder["consul.json"], NullLogger.Instance), new CheckLooks(), TimeProvider.System, _ => { });
        await using var catalog = new Catalog(discovery, source, _ => null, new Waiters(10), TimeProvider.System, NullLogger.Instance);
        var all = new SortedDictionary<string, ServiceRecord>();
        var objects = new Dictionary<string, ServiceInstance>();
        var before = Shapes(catalog.View);
        foreach (var step in script.Steps)
        {
            var (service, node, id) = (Services[step % 3], Nodes[step / 3 % 2], $"i{step / 6 % 3}");
            var (key, draw) = ($"{node}/{service}-{id}", step / 18);
            var record = all.GetValueOrDefault(key) ?? new ServiceRecord { InstanceId = $"{service}-{id}", Service = service };
            switch (draw % 5)
            {
                case 0:
                    all.Remove(key);
                    break;
                case 1:
                    all[key] = record with { State = (ServiceState)(draw / 5 % 5) };
                    break;
                case 2:
                    all[key] = record with { Tags = [$"t{draw / 5 % 2}"] };
                    break;
                case 3:
                    all[key] = record with { Reason = $"r{draw / 5 % 3}" };
                    break;
                default:
                    all[key] = record with { Endpoints = [new("http", "http", "10.0.0.1", 80 + (draw / 5 % 2))] };
                    break;
            }

            if (!all.TryGetValue(key, out var next))
                objects.Remove(key);
            else if (!ReferenceEquals(next, record) || !objects.ContainsKey(key))
                objects[key] = ServiceInstance.Create(next, node);
            discovery.Publish(objects.Values);
            await catalog.CatchUpAsync(Eventually.Patience());
            var after = Shapes(catalog.View);
            Compare(before, after);
            before = after;
        }
    }

    [Fact]
    public void What_is_forgotten_of_services_that_have_gone_has_an_index_that_does_not_fall()
    {
        var view = View(Enumerable.Range(0, 11).ToDictionary(i => $"s{i}", i => new ServiceIndexes(100 + i, 100 + i, i == 10)));
        var next = new CatalogChanges(view, view, 200).Apply(mostExtinct: 8);
        Assert.Equal(["s10", "s5", "s6", "s7", "s8", "s9"], next.Indexes.Keys.Order(StringComparer.Ordinal));
        Assert.All(view.Indexes.Keys, name => Assert.True(next.IndexOf(name, ofHealth: true) >= view.IndexOf(name, ofHealth: true), name));
    }

    private static CatalogView View(Dictionary<string, ServiceIndexes> indexes) => new()
    {
        Snapshot = ServiceSnapshot.Create([]), State = RegistryState.Empty, Own = new("", "", "", null, null, null, true, []), OwnId = "", Leaving = [],
        Clients = System.Collections.Immutable.ImmutableDictionary<string, System.Collections.Immutable.ImmutableArray<ClientRow>>.Empty,
        Indexes = System.Collections.Immutable.ImmutableDictionary.CreateRange(StringComparer.OrdinalIgnoreCase, indexes),
        NodeIndexes = System.Collections.Immutable.ImmutableDictionary<string, long>.Empty, Floor = 50, ServicesIndex = 1, NodesIndex = 1, StateIndex = 1,
    };

    private static void Compare(IReadOnlyDictionary<string, Shape> before, IReadOnlyDictionary<string, Shape> after)
    {
        foreach (var (name, now) in after)
        {
            var then = before[name];
            Assert.True(now.Index >= then.Index, $"{name} falls");
            Assert.True(now.Index > then.Index == (now.Text != then.Text), $"{name}: {then.Index} {then.Text} → {now.Index} {now.Text}");
        }
    }

    /// <summary>What is shown under each index.</summary>
    private static Dictionary<string, Shape> Shapes(CatalogView view)
    {
        var shapes = new Dictionary<string, Shape>();
        foreach (var service in Services)
        {
            var rows = view.RowsOf(service).OrderBy(row => row.Node.Name + row.Service.ID, StringComparer.Ordinal).ToList();
            var listed = string.Join('\n', rows.Select(row => row.Node.Name + JsonSerializer.Serialize(row.ToService(0), ConsulJson.Default.NodeServiceBody)));
            var health = listed + string.Join('\n', rows.Select(row => row.Status));
            shapes[$"service/{service}"] = new(view.IndexOf(service, ofHealth: false), listed);
            shapes[$"health/{service}"] = new(view.IndexOf(service, ofHealth: true), health);
        }

        shapes["services"] = new(view.ServicesIndex, string.Join('\n', Services.Select(service => shapes[$"service/{service}"].Text)));
        shapes["state"] = new(view.StateIndex, string.Join('\n', Services.Select(service => shapes[$"health/{service}"].Text)));
        shapes["nodes"] = new(view.NodesIndex, "n1 n2 self");
        return shapes;
    }

    private readonly record struct Shape(long Index, string Text);
}
