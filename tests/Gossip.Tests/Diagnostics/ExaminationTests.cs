using System.Net;
using Gossip.Bootstrap;
using Gossip.Diagnostics;
using Gossip.Hosting;
using Gossip.Protocol;
using Gossip.Snapshots;
using Gossip.Statistics;
using Gossip.Transport;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.Tests.Diagnostics;

/// <summary>What the doctor concludes from what it is shown.</summary>
public sealed class ExaminationTests : IOutbox, IDisposable
{
    private static readonly IPEndPoint Seed = IPEndPoint.Parse("10.0.0.9:7390");

    private readonly NodeClock _clock = new(TimeProvider.System);
    private readonly Node _node;
    private readonly SnapshotBuilder _builder;

    public ExaminationTests()
    {
        _node = new Node(Options(1), new Randomness(1), _clock.Now);
        _builder = new SnapshotBuilder(_node, _clock, new BalancingClock(TimeProvider.System));
    }

    [Fact]
    public void A_node_in_company_with_nothing_wrong_is_well()
    {
        var diagnosis = Examine(Report(others: 2)).Diagnose();
        Assert.True(diagnosis.IsWell, string.Join("; ", diagnosis.Findings));
        Assert.Empty(diagnosis.Findings);
    }

    [Theory]
    [InlineData("Machine", true, "Gossip:Key")]
    [InlineData("Machine", true, "Services of this machine find each other only at ports 7390 to 7393.")]
    [InlineData("Machine", false, "UDP 5353")]
    [InlineData("Container", false, "tasks.<service>")]
    [InlineData("Kubernetes", false, "headless service")]
    public void A_lone_node_is_told_what_helps_where_it_runs(string surroundings, bool localOnly, string remedy)
    {
        var report = Report(others: 0);
        if (localOnly)
            report = report with { Identity = report.Identity with { Local = PeerAddress.From(IPAddress.Loopback, 7390) } };
        var finding = Assert.Single((Examine(report) with { RuntimeEnvironment = Enum.Parse<RuntimeEnvironment>(surroundings) }).Diagnose().Findings);
        Assert.Equal("alone", finding.Code);
        Assert.Contains(remedy, finding.Remedy);
    }

    [Fact]
    public void A_lone_node_that_has_a_key_and_is_bound_to_loopback_is_not_told_to_get_a_key()
    {
        var report = Report(others: 0);
        report = report with
        {
            Identity = report.Identity with { Local = PeerAddress.From(IPAddress.Loopback, 7390), KeyFingerprints = ["abcd1234"] },
        };
        var remedy = Assert.Single(Examine(report).Diagnose().Findings).Remedy!;
        Assert.DoesNotContain("Gossip:Key", remedy, StringComparison.Ordinal);
        Assert.Contains("leave Gossip:BindAddress out", remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_lone_node_names_the_folders_in_which_it_looks_and_why_one_is_not_used(bool localOnly)
    {
        var report = Report(others: 0);
        if (localOnly)
            report = report with { Identity = report.Identity with { Local = PeerAddress.From(IPAddress.Loopback, 7390) } };
        var examination = Examine(report) with
        {
            MachineDirectories = [new("/run/user/7/gossip", null), new("/tmp/gossip-7", "others may use it too (its mode is 750; it must be 700)")],
        };
        var remedy = Assert.Single(examination.Diagnose().Findings).Remedy!;
        Assert.EndsWith(
            "The machine directory /tmp/gossip-7 is not used: others may use it too (its mode is 750; it must be 700). "
            + "Make it a folder of this user alone (mode 700), in which this process can list and write files; it is tried again by itself.", remedy);
        Assert.DoesNotContain("gossip is not used", remedy);
        if (!localOnly)
            return;
        Assert.Contains("by the machine directory, for this one /run/user/7/gossip and /tmp/gossip-7, all others only at ports 7390 to 7393.", remedy);
        Assert.Contains("PrivateTmp", remedy);
        Assert.Contains("give both the same TMPDIR or XDG_RUNTIME_DIR.", remedy);
    }

    [Fact]
    public async Task A_running_node_names_the_folder_in_which_it_looks_and_why_it_is_not_used()
    {
        var file = Path.GetTempFileName();
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a", options => options.MachineDirectory = file);
        var doctor = host.Services.GetRequiredService<IGossipDoctor>();
        await Eventually.HoldsAsync(
            async () => (await doctor.ExamineAsync()).Findings.Any(finding => finding.Code == "alone" && finding.Remedy!.Contains($"{file} is not used: ")),
            "the doctor says that the folder is a file");
        File.Delete(file);
    }

    [Fact]
    public void What_is_one_is_not_told_as_many_and_a_node_that_is_unwell_is_told_what_to_look_for()
    {
        var report = Report(others: 2);
        report = report with
        {
            StalledAt = DateTimeOffset.UnixEpoch,
            FailedAt = DateTimeOffset.UnixEpoch,
            LoopFailures = 1,
            LocalHealth = 1,
            Counters = report.Counters with { Stalls = 1 },
        };
        var findings = Examine(report).Diagnose().Findings;
        Assert.Contains(", 1 time since", findings.Single(finding => finding.Code == "stalled").What);
        Assert.StartsWith("1 turn of", findings.Single(finding => finding.Code == "loop-failed").What);
        Assert.Contains("limit of the processor", findings.Single(finding => finding.Code == "unwell").Remedy);
        report = report with { Counters = report.Counters with { Stalls = 2 } };
        Assert.Contains(", 2 times since", Examine(report).Diagnose().Findings.Single(finding => finding.Code == "stalled").What);
    }

    [Fact]
    public void A_seed_that_does_not_resolve_and_one_where_nobody_is_are_named()
    {
        var member = IPEndPoint.Parse("10.0.0.2:7390");
        var names = new Dictionary<string, IReadOnlyList<IPEndPoint>> { ["nowhere:7390"] = [], ["tasks.orders:7390"] = [member, Seed] };
        var findings = (Examine(Report(others: 1)) with { SeedNames = names }).Diagnose().Findings;
        Assert.Contains(findings, finding => finding.Code == "seed-unresolved" && finding.What.Contains("nowhere:7390"));
        var silent = Assert.Single(findings, finding => finding.Code == "seed-silent");
        Assert.Contains("10.0.0.9:7390", silent.What);
        Assert.DoesNotContain("10.0.0.2", silent.What);
    }

    [Fact]
    public void Strangers_other_looks_blocked_paths_and_failing_sources_are_told_with_what_to_do()
    {
        var report = Report(others: 1);
        report = report with
        {
            FailedAt = DateTimeOffset.UnixEpoch,
            UnreadablePackets = [new(PeerAddress.From(Seed), DropReason.UnknownKey, 3, DateTimeOffset.UnixEpoch)],
            ObservedAddresses = [new(PeerAddress.From(Seed), 4)],
            IndirectlyReached = [report.Members.Single(member => !member.IsSelf)],
            LoopFailures = 1,
        };
        var sources = new[] { new SourceReport("mine", DateTimeOffset.UnixEpoch, null, [Seed, Seed], 2, "no luck", DateTimeOffset.UnixEpoch) };
        var diagnosis = (Examine(report) with { Sources = sources }).Diagnose();
        Assert.False(diagnosis.IsWell);
        Assert.Equal(
            ["loop-failed", "address-mismatch", "source-failed", "strangers", "udp-blocked", "unusable-seeds"],
            diagnosis.Findings.Take(1).Concat(diagnosis.Findings.Skip(1).OrderBy(finding => finding.Code, StringComparer.Ordinal)).Select(finding => finding.Code));
        Assert.Contains("10.0.0.9:7390 to 4 peers", diagnosis.Findings.Single(finding => finding.Code == "address-mismatch").What);
        Assert.Contains("node-2 at 10.0.0.2:7390", diagnosis.Findings.Single(finding => finding.Code == "udp-blocked").What);
    }

    /// <summary>It was given another key: to the others it is dead, and a stranger is where it was.</summary>
    [Fact]
    public void A_stranger_where_a_dead_member_was_is_a_warning_that_names_it()
    {
        var report = Report(others: 2);
        var lost = report.Members[^1];
        var stranger = new UnreadablePacketReport(lost.Profile.Address, DropReason.UnknownKey, 3, DateTimeOffset.UnixEpoch);
        Assert.Equal(FindingSeverity.Note, Assert.Single(Examine(report with { UnreadablePackets = [stranger] }).Diagnose().Findings).Severity);

        var dead = report with { UnreadablePackets = [stranger], Members = [.. report.Members.SkipLast(1), MemberSnapshot.Create(lost.Name, lost.Address, MemberState.Dead)] };
        var finding = Examine(dead).Diagnose().Findings.Single(finding => finding.Code == "strangers");
        Assert.Equal(FindingSeverity.Warning, finding.Severity);
        Assert.Contains($"{lost.Profile.Address}, where {lost.Name} was", finding.What, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interface_on_which_a_node_does_not_hear_itself_is_told_after_a_while()
    {
        var deaf = new MdnsVerdict("eth0", IsUsed: true, "up, with multicast");
        var report = Report(others: 1);
        Assert.Empty((Examine(report) with { Interfaces = [deaf] }).Diagnose().Findings);
        report = report with { Uptime = TimeSpan.FromMinutes(1) };
        var finding = Assert.Single((Examine(report) with { Interfaces = [deaf, deaf with { IsUsed = false }, deaf with { HearsItself = true }] }).Diagnose().Findings);
        Assert.Equal("multicast-unheard", finding.Code);
        Assert.Equal("no-multicast", Assert.Single((Examine(report) with { Interfaces = [] }).Diagnose().Findings).Code);
    }

    [Fact]
    public void What_is_long_over_is_told_no_more_and_what_was_of_late_is_told_with_its_time()
    {
        var report = Report(others: 2) with
        {
            LoopFailures = 1,
            FailedAt = DateTimeOffset.UnixEpoch,
            StalledAt = DateTimeOffset.UnixEpoch,
            UnreadablePackets = [new(PeerAddress.From(Seed), DropReason.UnknownKey, 3, DateTimeOffset.UnixEpoch)],
            Uptime = TimeSpan.FromMinutes(9),
        };
        var findings = Examine(report).Diagnose().Findings;
        Assert.Equal(["loop-failed", "strangers", "stalled"], findings.Select(finding => finding.Code));
        Assert.All(findings, finding => Assert.Contains("1970-01-01 00:00:00Z", finding.What));

        var later = Examine(report with { Uptime = TimeSpan.FromMinutes(11) }).Diagnose();
        Assert.True(later.IsWell);
        Assert.Equal("loop-failed", Assert.Single(later.Findings).Code);
    }

    [Fact]
    public void Hosts_of_two_families_are_no_trouble_to_a_node_of_one()
    {
        IPEndPoint[] found = [IPEndPoint.Parse("10.0.0.2:7390"), IPEndPoint.Parse("[fd00::2]:7390")];
        var report = Report(others: 1);
        var examination = Examine(report) with
        {
            Sources = [new SourceReport("mDNS", null, null, found, 1, null, null)],
            SeedNames = new Dictionary<string, IReadOnlyList<IPEndPoint>>
            {
                ["orders:7390"] = found,
                ["localhost:7390"] = [new(IPAddress.Loopback, 7390)],
            },
        };
        var diagnosis = examination.Diagnose();
        Assert.True(diagnosis.IsWell, string.Join("; ", diagnosis.Findings));
        Assert.Contains("cannot send to 1", Assert.Single(diagnosis.Findings).What);

        var both = report.Identity with { Local = PeerAddress.From(IPAddress.IPv6Any, 7390) };
        Assert.Empty((examination with { Report = report with { Identity = both }, Sources = [] }).Diagnose().Findings);
        Assert.False((examination with { Sources = [new SourceReport("mDNS", null, null, found[1..], 1, null, null)] }).Diagnose().IsWell);
    }

    public void Dispose() => _node.Dispose();

    void IOutbox.Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
    {
    }

    void IOutbox.Publish(in ClusterEvent happened)
    {
    }

    private static Examination Examine(NodeReport report) =>
        new(report, [], new Dictionary<string, IReadOnlyList<IPEndPoint>>(), null, [], RuntimeEnvironment.Machine);

    internal static NodeOptions Options(int number) => new()
    {
        SecureRandom = System.Security.Cryptography.RandomNumberGenerator.Fill,
        Id = new MemberId((ulong)number),
        Incarnation = new Incarnation(1),
        Name = $"node-{number}",
        Address = PeerAddress.From(IPAddress.Parse($"10.0.0.{number}"), 7390),
    };

    private NodeReport Report(int others)
    {
        for (var number = 2; number < 2 + others; number++)
        {
            using var other = new Node(Options(number), new Randomness((ulong)number), _clock.Now);
            var sender = new Sender(_node, other.Options.Address, _clock);
            other.Join(_clock.Now, _node.Options.Address, sender);
        }

        var identity = new NodeIdentity(_node.Options.Id, "node-1", "default", PeerAddress.From(IPAddress.Any, 7390), _node.Options.Address, "a test");
        return new NodeReport
        {
            Options = _node.Options,
            Identity = identity,
            StartedAt = DateTimeOffset.UnixEpoch,
            Uptime = TimeSpan.Zero,
            IsSynchronized = true,
            HasLeft = false,
            LocalHealth = 0,
            Members = [.. _node.Members.Select(_builder.Show)],
            Snapshot = _builder.Build(),
            IndirectlyReached = [],
            UnreadablePackets = [],
            ObservedAddresses = [],
            Counters = NodeFigures.Of(_node.Counters),
            Transport = new TransportCounters().Read(),
            LoopFailures = 0,
            Shell = new ShellFigures(0, 0, 0),
            Events = [],
        };
    }

    /// <summary>Carries what a node sends to another, and nothing back.</summary>
    private sealed class Sender(Node to, PeerAddress from, NodeClock clock) : IOutbox
    {
        public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery) => to.Receive(clock.Now, from, packet, delivery, this);

        public void Publish(in ClusterEvent happened)
        {
        }
    }
}
