using Gossip.Cli.Agent.Checks;

namespace Gossip.Cli.Tests.Checks;

/// <summary>What checks know over a restart of the agent.</summary>
public sealed class KeptCheckTests : IDisposable
{
    private static readonly CheckKey Key = new("queue", "ttl");

    private readonly TestFolder _folder = new();
    private readonly TestLog _log = new();
    private readonly ManualTime _time = new();

    public void Dispose()
    {
        _folder.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData(29.9, CheckStatus.Warn)]
    [InlineData(30.1, CheckStatus.Fail)]
    [InlineData(-1, CheckStatus.Fail)]
    internal async Task A_report_that_is_not_too_old_counts_for_its_time_from_the_next_start_on(double age, CheckStatus expected)
    {
        var kept = new KeptCheck(_time.GetUtcNow().AddSeconds(-age), new CheckResult(CheckStatus.Warn, "9,000 waiting"), null);
        var check = new TtlCheck(TimeSpan.FromSeconds(30), _time, kept);
        Assert.Equal(expected, (await check.RunAsync(default)).Status);
        // A service that could not report while no agent ran has as long for it as ever, and no longer.
        _time.Advance(29.9);
        Assert.Equal(expected, (await check.RunAsync(default)).Status);
        _time.Advance(0.2);
        Assert.Equal(CheckStatus.Fail, (await check.RunAsync(default)).Status);
        // By when it came it is too old for the agent after that, which goes on for nobody who is silent.
        Assert.Equal(CheckStatus.Fail, (await new TtlCheck(TimeSpan.FromSeconds(30), _time, check.Kept).RunAsync(default)).Status);
    }

    [Fact]
    public async Task Reports_are_kept_once_a_second_at_the_most_and_at_the_end()
    {
        var check = new TtlCheck(TimeSpan.FromSeconds(30), _time);
        var collected = 0;
        var keeper = Open();
        Assert.Empty(keeper.Read());
        keeper.Start(() =>
        {
            collected++;
            return check.Kept is { } kept ? [(Key, kept)] : [];
        });
        for (var i = 0; i < 1_000; i++)
        {
            check.Take(new(CheckStatus.Pass, $"{i}\nand more"));
            keeper.Note();
        }

        Assert.Equal(0, collected);
        _time.Advance(1);
        Assert.Equal(1, collected);
        Assert.Equal("999", Open().Read()[Key].Report!.Value.Output);
        var told = _time.GetUtcNow();
        check.Take(new(CheckStatus.Fail, "disk full"));
        await keeper.DisposeAsync();
        var read = Open().Read()[Key];
        Assert.Equal((CheckStatus.Fail, "disk full", told), (read.Report!.Value.Status, read.Report.Value.Output, read.At));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["checks.json"]));
    }

    [Fact]
    public async Task A_process_is_kept_with_its_start_and_the_time_of_its_file_to_the_last_digit()
    {
        var kept = new KeptCheck(new DateTimeOffset(638_000_000_001_234_567, TimeSpan.Zero), null, new ProcessIdentity(42, ulong.MaxValue, "boot"));
        var report = new KeptCheck(_time.GetUtcNow(), new CheckResult(CheckStatus.Pass, ""), null);
        var keeper = Open();
        keeper.Start(() => [(Key, kept), (new("shop", "ttl"), report)]);
        await keeper.DisposeAsync();
        Assert.Equal((2, kept), (Open().Read().Count, Open().Read()[Key]));
        // After another start of the machine reports mean nothing, and an old file is known by its process.
        Assert.Equal(kept, Assert.Single(Open("other").Read()).Value);
        Assert.Empty(_log.Warnings);
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{ "boot": "boot", "checks": [ { """)]
    [InlineData("""{ "boot": "boot", "checks": 7 }""")]
    [InlineData("""{ "boot": "boot", "checks": [ 7 ] }""")]
    [InlineData("""{ "boot": "boot", "checks": [ { "service": "a", "check": "b", "at": "yesterday" } ] }""")]
    [InlineData("""{ "boot": "boot", "checks": [ { "service": "a", "check": "b", "at": "2026-01-01T00:00:00Z", "pid": -1.5 } ] }""")]
    public void A_file_that_cannot_be_read_is_told_and_nothing_is_known(string text)
    {
        _folder.Write("checks.json", text);
        Assert.Empty(Open().Read());
        Assert.Contains(_folder["checks.json"], Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    private KeptChecks Open(string boot = "boot") => new(_folder["checks.json"], boot, _time, _log.CreateLogger("agent"));
}
