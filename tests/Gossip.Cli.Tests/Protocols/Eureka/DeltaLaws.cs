using System.Collections.Immutable;
using System.Net;
using Gossip.Cli.Protocols.Eureka.Catalogs;
using Gossip.Cli.Protocols.Eureka.Model;
using Gossip.Cli.Protocols.Eureka.Serving;

namespace Gossip.Cli.Tests.Protocols.Eureka;

/// <summary>Whatever happens, and however seldom a client asks, by changes it ends with the list that there is.</summary>
public sealed class DeltaLaws
{
    private static readonly string[] Services = ["web", "shop", "jobs"];

    [Law(usual: 200, nightly: 5_000)]
    internal void A_client_that_follows_changes_and_fetches_all_where_the_hash_differs_always_has_the_whole_list(Script script)
    {
        var time = new ManualTime();
        var members = new[] { "n1", "n2" }.Select(name => MemberSnapshot.Create(name, new(IPAddress.Parse("10.0.0.1"), 7946))).ToArray();
        var none = ImmutableDictionary<string, ImmutableSortedDictionary<string, RegisteredInstance>>.Empty;
        // Few changes are kept, so that some are lost.
        var view = EurekaView.Begin(mostChanges: 6).Next(ServiceSnapshot.Create([], members), none, time);
        var all = new SortedDictionary<string, ServiceInstance>(StringComparer.Ordinal);
        var clients = new[] { new Client(), new Client(), new Client() };
        foreach (var step in script.Steps)
        {
            var (kind, key, draw) = (step % 8, $"{Services[step / 8 % 3]}-{step / 24 % 3}", step / 72);
            if (kind == 0)
            {
                time.Advance(TimeSpan.FromSeconds(20 * (draw % 12)));
                continue;
            }

            if (kind < 4)
            {
                clients[kind - 1].Ask(view, time);
                clients[kind - 1].Has(view);
                continue;
            }

            if (draw % 4 == 0)
                all.Remove(key);
            else
                all[key] = ServiceInstance.Create(
                    new()
                    {
                        Service = key.Split('-')[0], InstanceId = key, State = (ServiceState)(draw / 4 % 5),
                        Metadata = new Dictionary<string, string> { ["k"] = $"{draw / 20 % 3}" },
                    },
                    draw % 4 == 1 ? "n1" : "n2");
            view = view.Next(ServiceSnapshot.Create(all.Values, members), none, time);
        }

        foreach (var client in clients)
        {
            client.Ask(view, time);
            client.Has(view);
        }
    }

    [Fact]
    public void What_came_and_changed_and_what_went_and_came_again_is_told_so_that_all_who_read_it_have_it()
    {
        var time = new ManualTime();
        var none = ImmutableDictionary<string, ImmutableSortedDictionary<string, RegisteredInstance>>.Empty;
        var view = EurekaView.Begin();
        View("web-1:a", "web-2:a");
        Assert.Equal(["ADDED n:web-1", "ADDED n:web-2"], Told());
        View("web-1:a", "web-2:a");
        Assert.Equal(1, view.Version);
        View("web-1:b", "web-2:a");
        Assert.Equal(["ADDED n:web-2", "MODIFIED n:web-1"], Told());
        View("web-1:b");
        Assert.Equal(["DELETED n:web-2", "MODIFIED n:web-1"], Told());
        View("web-1:b", "web-2:c");
        Assert.Equal(["MODIFIED n:web-1", "MODIFIED n:web-2"], Told());
        time.Advance(EurekaChangeLog.Retention + TimeSpan.FromSeconds(1));
        View("web-1:b", "web-2:c", "web-3:a");
        Assert.Equal(["ADDED n:web-3"], Told());
        Assert.Null(view.Since(null, time));
        Assert.Null(view.Since(3, time));
        Assert.NotNull(view.Since(4, time));
        // Who has it is told again for as long as a client may not have read it; who has not, whenever he comes.
        time.Advance(EurekaChangeLog.Retention + TimeSpan.FromSeconds(1));
        Assert.Empty(Told());
        Assert.Single(view.Since(4, time)!);

        void View(params string[] instances) => view = view.Next(
            ServiceSnapshot.Create(instances.Select(one => ServiceInstance.Create(
                new() { Service = "web", InstanceId = one.Split(':')[0], Metadata = new Dictionary<string, string> { ["k"] = one.Split(':')[1] } }, "n"))),
            none,
            time);

        IEnumerable<string> Told() => view.Since(view.Version, time)!.Select(change => $"{change.Action} {change.Row.Instance.InstanceId}").Order();
    }

    [Theory]
    [InlineData("0,0,0,0,0", "")]
    [InlineData("1,0,0,0,2", "DOWN_1_UP_2_")]
    [InlineData("1,2,3,4,5", "DOWN_1_OUT_OF_SERVICE_2_STARTING_3_UNKNOWN_4_UP_5_")]
    public void The_hash_has_each_state_that_there_is_in_the_order_of_its_words(string counts, string expected) =>
        Assert.Equal(expected, EurekaStatusText.HashOf([.. counts.Split(',').Select(int.Parse)]));

    /// <summary>A client as those of Java and of Steeltoe are, with a connection that lasts.</summary>
    private sealed class Client
    {
        private readonly SortedDictionary<string, EurekaInstance> _all = new(StringComparer.Ordinal);
        private long? _fetched;

        public void Ask(EurekaView view, TimeProvider time)
        {
            // What the connection is given where the log does not cover it is a hash that nobody has.
            var (changes, hash) = view.Since(_fetched, time) is { } told ? (told, view.Hash) : ([], EurekaReads.HashOfNone);
            foreach (var change in changes)
            {
                if (change.Action == EurekaChange.Deleted)
                    _all.Remove(KeyOf(change.Row.Instance));
                else
                    _all[KeyOf(change.Row.Instance)] = change.Row.Instance;
            }

            _fetched = view.Version;
            var own = new int[EurekaStatusText.Count];
            foreach (var one in _all.Values)
                own[(int)one.Effective]++;
            if (EurekaStatusText.HashOf(own) == hash)
                return;
            _all.Clear();
            foreach (var row in view.Applications.Values.SelectMany(app => app.Rows.Values))
                _all[KeyOf(row.Instance)] = row.Instance;
        }

        public void Has(EurekaView view)
        {
            var expected = view.Applications.Values.SelectMany(app => app.Rows.Values).Select(row => row.Instance).OrderBy(KeyOf, StringComparer.Ordinal).ToList();
            Assert.Equal(expected.Select(KeyOf), _all.Keys);
            Assert.All(expected, one => Assert.True(one.SaysTheSame(_all[KeyOf(one)]), KeyOf(one)));
        }

        private static string KeyOf(EurekaInstance one) => $"{one.App} {one.InstanceId}";
    }
}
