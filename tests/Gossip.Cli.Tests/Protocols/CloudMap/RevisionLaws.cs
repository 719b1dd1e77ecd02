using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Sources;
using Gossip.Cli.Protocols.CloudMap.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Cli.Tests.Protocols.CloudMap;

/// <summary>Whatever happens in the cluster, a revision never falls, and two readers of one revision have read the same.</summary>
public sealed class RevisionLaws : IDisposable
{
    private static readonly string[] Services = ["web", "shop", "jobs"];
    private static readonly string[] Nodes = ["n1", "n2"];

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Law(usual: 100, nightly: 2_000)]
    internal void A_revision_grows_with_what_is_read_and_with_nothing_else(Script script)
    {
        var cluster = new FakeCluster(Nodes);
        var source = new CloudMapSource(new StateFile(Path.Combine(_folder.Path, "none", "cloudmap.json"), NullLogger.Instance));
        var catalog = new CloudMapCatalog(cluster, source, () => new Dictionary<string, ShownService>(), TimeProvider.System);
        var objects = new Dictionary<string, ServiceInstance>();
        var before = new Dictionary<string, (long Revision, string Text)>();
        foreach (var step in script.Steps)
        {
            Take(step, source, objects);
            cluster.Publish(objects.Values);
            // A reader does not come after each change, and finds what they come to.
            foreach (var service in Services.Where(_ => step % 7 != 0))
            {
                if (catalog.Find(service) is not { } found)
                {
                    Assert.False(before.ContainsKey(service), "what was read once is known");
                    continue;
                }

                var text = string.Join('\n', found.Rows.Select(row => $"{row.Node} {row.Id} {row.Health} {string.Join(' ', row.Attributes)}").Order(StringComparer.Ordinal));
                Assert.Equal(string.Join('\n', Expected(service, source, objects.Values).Order(StringComparer.Ordinal)), text);
                if (before.TryGetValue(service, out var then))
                    Assert.True(then.Text == text ? then.Revision == found.Revision : then.Revision < found.Revision, $"{then} → {found.Revision} {text}");
                before[service] = (found.Revision, text);
            }
        }
    }

    /// <summary>What there is, whatever was read before.</summary>
    private static IEnumerable<string> Expected(string service, CloudMapSource source, IEnumerable<ServiceInstance> others) =>
        others.Where(one => one.Service == service).Select(one => $"{one.NodeName} {one.NodeName}/{one.InstanceId} {CloudMapHealth.Of(one.State)} ")
            .Concat((source.State.Services.GetValueOrDefault(service)?.Instances.Values ?? [])
                .Select(one => $" {one.What.InstanceId} {(one.What.IsHealthy ? "UNKNOWN" : "UNHEALTHY")} {string.Join(' ', one.What.Attributes)}"));

    [Fact]
    public async Task Readers_at_the_same_time_as_a_writer_see_revisions_that_never_fall_and_mean_one_list()
    {
        var cluster = new FakeCluster(Nodes);
        var source = new CloudMapSource(new StateFile(_folder["cloudmap.json"], NullLogger.Instance));
        var catalog = new CloudMapCatalog(cluster, source, () => new Dictionary<string, ShownService>(), TimeProvider.System);
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<long, int>();
        cluster.Publish([Instance(0)]);
        var done = false;
        var reading = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            var (last, weight) = (0L, -1);
            while (!Volatile.Read(ref done))
            {
                var found = catalog.Find("web")!;
                var now = int.Parse(Assert.Single(found.Rows).Attributes["n"]);
                Assert.True(found.Revision >= last && now >= weight, $"{last} {weight} → {found.Revision} {now}");
                Assert.Equal(now, seen.GetOrAdd(found.Revision, now));
                (last, weight) = (found.Revision, now);
            }
        })).ToArray();
        for (var i = 1; i <= 3_000; i++)
            cluster.Publish([Instance(i)]);
        Volatile.Write(ref done, true);
        await Task.WhenAll(reading);
        Assert.Equal("3000", Assert.Single(catalog.Find("web")!.Rows).Attributes["n"]);

        static ServiceInstance Instance(int n) => ServiceInstance.Create(
            new ServiceRecord { InstanceId = "i", Service = "web", Metadata = new Dictionary<string, string> { ["n"] = $"{n}" } }, "n1");
    }

    private static void Take(int step, CloudMapSource source, Dictionary<string, ServiceInstance> objects)
    {
        var (service, node, id, draw) = (Services[step % 3], Nodes[step / 3 % 2], $"i{step / 6 % 3}", step / 18);
        var key = $"{node}/{service}/{id}";
        switch (draw % 6)
        {
            case 0:
                objects.Remove(key);
                break;
            case 1:
                source.Register(new InstanceRegistration { Service = service, InstanceId = id, Attributes = new Dictionary<string, string> { ["a"] = $"{draw / 6 % 2}" } }, default);
                break;
            case 2:
                source.Deregister(service, id);
                break;
            case 3:
                source.Report(service, id, draw / 6 % 2 == 0);
                break;
            default:
                objects[key] = ServiceInstance.Create(
                    new ServiceRecord { InstanceId = id, Service = service, State = (ServiceState)(draw / 6 % 5), Reason = $"r{draw / 30 % 3}" }, node);
                break;
        }
    }
}
