using System.Net;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Gossip.Snapshots;

namespace Gossip.Tests.Diagnostics;

public sealed class RecordNewsTests : IOutbox, IDisposable
{
    private readonly NodeClock _clock = new(TimeProvider.System);
    private readonly Node _node;
    private readonly List<string> _news = [];
    private readonly List<RecordChange> _changes = [];

    public RecordNewsTests()
    {
        _node = new Node(
            new NodeOptions { SecureRandom = System.Security.Cryptography.RandomNumberGenerator.Fill, Id = new MemberId(1), Incarnation = new Incarnation(1), Name = "n", Zone = "z", Address = PeerAddress.From(IPAddress.Loopback, 1) },
            new Randomness(1),
            _clock.Now);
    }

    [Fact]
    public void An_event_says_what_is_new_about_the_services_of_its_member()
    {
        Register(new() { InstanceId = "p1", Service = "payments" });
        Register(new() { InstanceId = "p1", Service = "payments", Weight = 50 });
        Register(new() { InstanceId = "p1", Service = "payments", Weight = 50, Version = "2" });
        Register(new() { InstanceId = "p1", Service = "payments", Weight = 50, Version = "2", State = ServiceState.Draining, Reason = "update to 3" });
        Register(new() { InstanceId = "orders", Service = "orders", State = ServiceState.Starting });
        _node.Deregister(_clock.Now, "p1", this);
        Assert.Equal(
            [
                "p1 of payments is ready", "p1 of payments has the weight 50", "p1 of payments changed", "p1 of payments is draining (update to 3)",
                "orders is starting", "p1 is taken back",
            ],
            _news);
    }

    [Fact]
    public void Of_many_at_once_three_are_named_the_newest_first_and_a_line_has_room_for_all_of_it()
    {
        for (var i = 0; i < 9; i++)
            Register(new() { InstanceId = $"i{i}", Service = "payments" });
        Assert.Equal("i8 of payments is ready; i7 of payments is ready; i6 of payments is ready; and 6 more", RecordNews.Of(_changes));
        Assert.Equal("", RecordNews.Of([]));

        foreach (var start in new[] { "", "x" })
        {
            var reason = start + string.Concat(Enumerable.Repeat("\U0001F525", 60));
            _changes.Clear();
            Register(new() { InstanceId = $"{start}long", Service = "payments", State = ServiceState.Degraded, Reason = reason });
            Register(new() { InstanceId = $"{start}too", Service = "payments", State = ServiceState.Degraded, Reason = reason });
            var words = RecordNews.Of(_changes);
            Assert.InRange(words.Length, 200, 240);
            Assert.EndsWith("…", words, StringComparison.Ordinal);
            Assert.True(Limits.IsName(words, RecordNews.MostBytes));
        }
    }

    [Fact]
    public void What_was_let_go_for_its_successor_is_told_once_with_what_it_was()
    {
        Register(new() { InstanceId = "p1", Service = "payments" });
        Register(new() { InstanceId = "p1", Service = "payments", State = ServiceState.Draining });
        var (ready, draining) = (_changes[0].Now, _changes[1].Now);
        Assert.Equal("p1 of payments is draining", RecordNews.Of([new("p1", ready, null), new("p1", null, draining)]));
        Assert.Equal("p1 is taken back", RecordNews.Of([new("p1", ready, null)]));
    }

    [Fact]
    public void The_services_of_a_member_that_left_are_gone_with_it()
    {
        Register(new() { InstanceId = "p1", Service = "payments" });
        _node.Leave(_clock.Now, this);
        Assert.Equal("its services are gone with it", RecordNews.OfAll(_node.FindMember(new MemberId(1))!));
    }

    void IOutbox.Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
    {
    }

    void IOutbox.Publish(in ClusterEvent happened)
    {
        if (happened.Kind == ClusterEventKind.ServicesChanged && happened.Member.IsLive)
        {
            _news.Add(RecordNews.Of(happened.Changes));
            _changes.AddRange(happened.Changes);
        }
    }

    public void Dispose() => _node.Dispose();

    private void Register(ServiceRecord record) => _node.Register(_clock.Now, record, this);
}
