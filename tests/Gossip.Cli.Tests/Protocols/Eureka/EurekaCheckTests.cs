using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Sources;
using Gossip.Cli.Protocols.Eureka.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Cli.Tests.Protocols.Eureka;

/// <summary>What renewals keep, what ends without them, and what of it holds over a restart of the agent.</summary>
public sealed class EurekaCheckTests : IDisposable
{
    private static readonly Dictionary<CheckKey, KeptCheck> Nothing = [];

    private readonly ManualTime _time = new();
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_a_renewal_in_time_it_ends_for_good_and_not_a_moment_later()
    {
        var check = new EurekaCheck(TimeSpan.FromSeconds(90), EurekaStatus.Up, _time);
        _time.Advance(89);
        Assert.True(check.TryRenew(out var wasAwaited));
        Assert.False(wasAwaited);
        _time.Advance(90);
        Assert.Equal(CheckStatus.Pass, (await check.RunAsync(default)).Status);
        _time.Advance(0.1);
        Assert.False(check.TryRenew(out _));
        Assert.Equal((CheckStatus.Gone, "no renewal for 90.0 s"), await check.RunAsync(default) is var gone ? (gone.Status, gone.Output) : default);
        Assert.False(check.TryRenew(out _));
        Assert.Null(check.Kept);
    }

    [Theory]
    [InlineData("UP", CheckStatus.Pass)]
    [InlineData("STARTING", CheckStatus.Starting)]
    [InlineData("DOWN", CheckStatus.Fail)]
    [InlineData("OUT_OF_SERVICE", CheckStatus.Stopping)]
    [InlineData("UNKNOWN", CheckStatus.Fail)]
    internal async Task It_says_what_its_client_says(string word, CheckStatus expected)
    {
        var check = new EurekaCheck(TimeSpan.FromSeconds(90), EurekaStatus.Up, _time);
        check.Tell(EurekaStatusText.Read(word)!.Value);
        Assert.Equal((expected, $"its status is {word}"), await check.RunAsync(default) is var result ? (result.Status, result.Output) : default);
    }

    [Theory]
    [InlineData(EurekaStatus.Up, EurekaStatus.Unknown, EurekaStatus.Up)]
    [InlineData(EurekaStatus.Up, EurekaStatus.OutOfService, EurekaStatus.OutOfService)]
    [InlineData(EurekaStatus.OutOfService, EurekaStatus.Up, EurekaStatus.Up)]
    [InlineData(EurekaStatus.Down, EurekaStatus.Up, EurekaStatus.Down)]
    [InlineData(EurekaStatus.Starting, EurekaStatus.OutOfService, EurekaStatus.Starting)]
    internal void An_instance_that_does_not_work_by_its_own_word_is_not_overridden(EurekaStatus own, EurekaStatus over, EurekaStatus expected) =>
        Assert.Equal(expected, (Instance() with { Status = own, Override = over }).Effective);

    [Theory]
    [InlineData(89.0, CheckStatus.Pass)]
    [InlineData(91.0, CheckStatus.Unknown)]
    [InlineData(-1.0, CheckStatus.Unknown)]
    [InlineData(null, CheckStatus.Unknown)]
    internal async Task Over_a_restart_a_good_renewal_counts_and_else_one_is_awaited(double? age, CheckStatus expected)
    {
        var kept = age is { } seconds
            ? new Dictionary<CheckKey, KeptCheck> { [new("SHOP:shop:1", EurekaCheck.Id)] = new(_time.GetUtcNow().AddSeconds(-seconds), new(CheckStatus.Pass, "renewed"), null) }
            : Nothing;
        var first = Open();
        Assert.Null(first.Register(Instance()));
        first.Look();
        var next = Open();
        Assert.Empty(next.Load(kept));
        var found = next.Find("SHOP", "shop:1")!;
        Assert.True(found.Instance.SaysTheSame(Instance()));
        Assert.Equal(expected, (await found.Check.RunAsync(default)).Status);
        _time.Advance(89);
        Assert.True(found.Check.TryRenew(out var wasAwaited));
        Assert.Equal(expected == CheckStatus.Unknown, wasAwaited);
        _time.Advance(90.1);
        Assert.Equal(CheckStatus.Gone, (await found.Check.RunAsync(default)).Status);
    }

    [Fact]
    public void An_override_outlives_that_its_client_registers_anew_and_a_restart()
    {
        var source = Open();
        Assert.Null(source.Register(Instance()));
        Assert.Null(source.Change("SHOP", "shop:1", one => one with { Override = EurekaStatus.OutOfService }));
        Assert.Null(source.Register(Instance() with { DirtyAt = 5 }));
        Assert.Equal(EurekaStatus.OutOfService, source.Find("SHOP", "shop:1")!.Instance.Effective);
        source.Look();
        var next = Open();
        next.Load(Nothing);
        Assert.Equal(EurekaStatus.OutOfService, next.Find("SHOP", "shop:1")!.Instance.Effective);
    }

    [Fact]
    public void A_change_of_the_status_alone_makes_no_other_definition_so_that_its_end_is_told_of_the_one_there_is()
    {
        var source = Open();
        Assert.Null(source.Register(Instance()));
        var before = source.Look().Single();
        Assert.Null(source.Change("SHOP", "shop:1", one => one with { Status = EurekaStatus.Down }));
        var after = source.Look().Single();
        Assert.Same(before, after);
        source.HasEnded(after);
        Assert.Empty(source.Look());
        Assert.Equal(404, source.Change("SHOP", "shop:1", one => one)!.Status);
    }

    [Fact]
    public void What_ended_and_registers_again_is_another_that_the_end_of_the_first_does_not_take_away()
    {
        var source = Open();
        Assert.Null(source.Register(Instance()));
        var first = source.Look().Single();
        _time.Advance(90.1);
        Assert.Null(source.Register(Instance()));
        source.HasEnded(first);
        Assert.Single(source.Look());
    }

    [Fact]
    public void So_many_instances_and_no_more_and_none_that_the_cluster_cannot_hold()
    {
        var source = Open();
        for (var i = 0; i < EurekaSource.MostInstances; i++)
            Assert.Null(source.Register(Instance() with { InstanceId = $"shop:{i}" }));
        Assert.Equal(503, source.Register(Instance() with { InstanceId = "more" })!.Status);
        // One that is there already may change.
        Assert.Null(source.Register(Instance() with { Port = 81 }));
        var tooLong = source.Register(Instance() with { InstanceId = "shop:1", Metadata = new Dictionary<string, string> { ["k"] = new('x', EurekaSource.MostText) } });
        Assert.Contains("32768", tooLong!.Text, StringComparison.Ordinal);
        var unheld = source.Register(Instance() with { InstanceId = "shop:1", Metadata = new Dictionary<string, string> { ["k"] = new('x', 20_000) } });
        Assert.Contains("Gossip cannot hold this instance", unheld!.Text, StringComparison.Ordinal);
        Assert.Equal(EurekaSource.MostInstances, source.Count);
    }

    [Fact]
    public void What_cannot_be_read_any_more_is_left_out_and_named()
    {
        _folder.Write("eureka.json", """{ "schema": 1, "services": [ { "id": "A/a", "definition": { "App": "A" } }, { "id": "B/b", "definition": [] }, { "id": "C/c" } ] }""");
        Assert.Equal(["A/a", "B/b", "C/c"], Open().Load(Nothing));
    }

    private EurekaSource Open() => new(new StateFile(_folder["eureka.json"], NullLogger.Instance), _time);

    private static EurekaInstance Instance() => new()
    {
        InstanceId = "shop:1", App = "SHOP", HostName = "127.0.0.1", IpAddr = "127.0.0.1", Port = 80, IsPortEnabled = true, VipAddress = "shop",
        Metadata = new Dictionary<string, string> { ["zone"] = "a" },
    };
}
