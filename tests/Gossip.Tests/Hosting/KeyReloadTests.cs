using System.Text.Json;
using Gossip.Configuration;
using Gossip.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gossip.Tests.Hosting;

/// <summary>The key of a running cluster is changed in its configuration.</summary>
public sealed class KeyReloadTests
{
    private readonly string _old = TestKeys.New();
    private readonly string _new = TestKeys.New();

    [Fact]
    public async Task Keys_are_added_made_primary_and_removed_while_the_processes_run_and_no_member_is_lost()
    {
        await using var cluster = new TestCluster();
        await using var one = Build(cluster, "one", new() { ["Gossip:Key"] = _old });
        await using var other = Build(cluster, "other", new() { ["Gossip:Keys:0"] = _old });
        await one.StartAsync();
        await other.StartAsync();
        await one.SeesLiveAsync("one", "other");
        await other.SeesLiveAsync("one", "other");

        await ChangeAsync(one, (_old, _new), _old);
        await ChangeAsync(other, (_old, _new), _old);
        await ChangeAsync(one, (_old, _new), _new);
        await Eventually.HoldsAsync(
            async () => (await FindingAsync(one)).Contains($"1 member still seals with another: other ({TestKeys.Fingerprint(_old)})", StringComparison.Ordinal),
            "the doctor of one names the other");
        await ChangeAsync(other, (_old, _new), _new);
        await Eventually.HoldsAsync(
            async () => (await DiagnoseAsync(one)).Any(finding => finding.Remedy?.StartsWith("All members seal with this key", StringComparison.Ordinal) == true),
            "the doctor of one says that the old key may go");
        await ChangeAsync(one, (_new, null), _new);
        await ChangeAsync(other, (_new, null), _new);
        await one.SeesLiveAsync("one", "other");
        Assert.DoesNotContain(await DiagnoseAsync(one), finding => finding.Code == "key-change");

        foreach (var host in new[] { one, other })
        {
            var report = await host.ReportAsync();
            Assert.All(report.Events, happened => Assert.DoesNotContain("Died", $"{happened.Kind}", StringComparison.Ordinal));
            var told = host.Log.Entries.Where(entry => entry.Text.StartsWith("The keys of cluster '", StringComparison.Ordinal)).ToList();
            Assert.Equal(3, told.Count);
            AssertSecret(host, [.. host.Log.Entries.Select(entry => entry.Text)]);
        }
    }

    [Fact]
    public async Task A_key_that_is_set_or_removed_while_the_process_runs_waits_for_its_next_start_and_a_mistake_changes_nothing()
    {
        await using var cluster = new TestCluster();
        await using var open = Build(cluster, "open", []);
        await using var keyed = Build(cluster, "keyed", new() { ["Gossip:Key"] = _old });
        await open.StartAsync();
        await keyed.StartAsync();

        Set(open, ("Gossip:Key", _old));
        Set(keyed, ("Gossip:Key", ""));
        await Eventually.HoldsAsync(() => open.Log.Warnings.Any(text => text.Contains("was set, where there was none", StringComparison.Ordinal)), "it is told");
        await Eventually.HoldsAsync(() => keyed.Log.Warnings.Any(text => text.Contains("was removed while the process runs", StringComparison.Ordinal)), "it is told");
        Set(keyed, ("Gossip:Key", _old[1..]));
        await Eventually.HoldsAsync(() => keyed.Log.Entries.Any(entry => entry.Level == LogLevel.Error), "the mistake is told");

        Assert.Null(open.Identity.KeyFingerprint);
        Assert.Equal(TestKeys.Fingerprint(_old), keyed.Identity.KeyFingerprint);
        AssertSecret(keyed, [.. keyed.Log.Entries.Select(entry => entry.Text)]);
    }

    [Theory]
    [InlineData("Keys:0", "c2hvcnQ=", "Gossip:Keys:0 has 8 characters and holds 5 bytes; it must be the base64 of 32 bytes.")]
    [InlineData("Keys:blue", "c2VjcmV0", "Gossip:Keys:(not shown) is (not shown), and Gossip:Keys is a list, whose items have no names; write (not shown) in a list.")]
    [InlineData("Keys:c2VjcmV0", "true", "Gossip:Keys:(not shown) is (not shown), and Gossip:Keys is a list, whose items have no names; write (not shown) in a list.")]
    [InlineData("Keys:1:x", "c2VjcmV0", "Gossip:Keys:1 is 'a section with keys of its own'; it must be a text.")]
    [InlineData("Keys", "c2VjcmV0,,c2VjcmV1", "Gossip:Keys is (not shown), and between its commas one part is empty;")]
    public async Task A_mistake_in_the_keys_is_told_without_them(string key, string value, string message)
    {
        await using var host = TestHost.Build(configuration: [new("Gossip:" + key, value)]);
        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.StartsWith(message, error.Failures.First(), StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("c2hvcnQ=", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_primary_key_is_the_one_of_its_own_setting_or_the_first_and_each_counts_once()
    {
        Assert.Equal([TestKeys.Fingerprint(_old), TestKeys.Fingerprint(_new)], Ring(null, _old, _new));
        Assert.Equal([TestKeys.Fingerprint(_new), TestKeys.Fingerprint(_old)], Ring(_new, _old, _new));
        Assert.Equal([TestKeys.Fingerprint(_new)], Ring(_new));
        Assert.Empty(Ring(null));
        var failures = new OptionsValidator().Validate("", new GossipOptions { Keys = [.. Enumerable.Range(0, 9).Select(_ => TestKeys.New())] }).Failures!;
        Assert.StartsWith("Gossip:Keys has 9 keys; it must have at most 8.", Assert.Single(failures), StringComparison.Ordinal);

        static IEnumerable<string> Ring(string? key, params string[] keys) =>
            ClusterKey.Fingerprints(ClusterKey.RingOf(new GossipOptions { Key = key, Keys = [.. keys] }));
    }

    private static TestHost Build(TestCluster cluster, string name, Dictionary<string, string?> configuration) => TestHost.Build(
        options =>
        {
            var key = options.Key;
            cluster.Configure(options, name);
            (options.Key, options.BindAddress) = (key, "127.0.0.1");
        },
        configuration);

    private static async Task ChangeAsync(TestHost host, (string? First, string? Second) keys, string primary)
    {
        Set(host, ("Gossip:Key", primary), ("Gossip:Keys", $"{keys.First},{keys.Second}"));
        var count = keys.Second is null ? 1 : 2;
        await Eventually.HoldsAsync(
            () => host.Identity is { } node && node.KeyFingerprint == TestKeys.Fingerprint(primary) && node.KeyFingerprints.Count == count, "the keys are taken over");
    }

    private static void Set(TestHost host, params (string Key, string? Value)[] settings)
    {
        var configuration = (IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>();
        foreach (var (key, value) in settings)
            configuration[key] = value ?? "";
        configuration.Reload();
    }

    private static async Task<IReadOnlyList<GossipFinding>> DiagnoseAsync(TestHost host) =>
        (await host.Services.GetRequiredService<IGossipDoctor>().ExamineAsync(Eventually.Patience())).Findings;

    private static async Task<string> FindingAsync(TestHost host) =>
        (await DiagnoseAsync(host)).SingleOrDefault(finding => finding.Code == "key-change")?.What ?? "";

    /// <summary>No key in the log, nor in a dump of the options.</summary>
    private void AssertSecret(TestHost host, string[] told)
    {
        var options = host.Services.GetRequiredService<GossipLifecycle>().Options;
        string[] all = [.. told, JsonSerializer.Serialize(options)];
        Assert.All(all, text => Assert.All(new[] { _old, _new, _old[1..] }, key => Assert.DoesNotContain(key, text, StringComparison.Ordinal)));
    }
}
