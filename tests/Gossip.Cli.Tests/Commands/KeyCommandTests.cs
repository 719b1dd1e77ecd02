using System.Security.Cryptography;
using Gossip.AspNetCore.Tests;
using Gossip.Cli.Commands;
using Gossip.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.Cli.Tests.Commands;

/// <summary>Keys are drawn, and exchanged step by step.</summary>
public sealed class KeyCommandTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_key_is_one_that_a_node_takes_and_each_is_another()
    {
        var one = (await CommandRun.OfAsync("keygen")).Ends(0);
        var key = ClusterKey.Parse(one.Output.Trim());
        Assert.NotNull(key);
        Assert.Contains(ClusterKey.Fingerprint(key), one.Error, StringComparison.Ordinal);
        Assert.NotEqual(one.Output, (await CommandRun.OfAsync("keygen")).Output);
    }

    [Fact]
    public async Task A_file_with_a_key_is_for_the_user_alone_and_takes_the_place_of_none()
    {
        var told = (await CommandRun.OfAsync("keygen", "--out", _folder["key"])).Ends(0);
        var text = await File.ReadAllTextAsync(_folder["key"]);
        Assert.NotNull(ClusterKey.Parse(text.Trim()));
        Assert.DoesNotContain(text.Trim(), told.Output + told.Error, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["key"]));
        (await CommandRun.OfAsync("keygen", "--out", _folder["key"])).Complains(1, "Give a file that is not there yet.");
        Assert.Equal(text, await File.ReadAllTextAsync(_folder["key"]));
        (await CommandRun.OfAsync("keygen", "--out", _folder["none/key"])).Complains(1, "--out cannot be written");
    }

    /// <summary>Each member as "seals with, and accepts", or "seals with" alone for one that was not asked, with a plus where it was confirmed.</summary>
    [Theory]
    [InlineData("new", "NoKey", "", "-", "-")]
    [InlineData(null, "NoKey", "", "-")]
    [InlineData(null, "Rest", "", "old old", "-", "old")]
    [InlineData("new", "Add", "ab", "old old", "old old")]
    [InlineData("new", "Add", "b", "old old new", "old old")]
    [InlineData("new", "Add", "b", "new new old", "old old")]
    [InlineData(null, "Unsaid", "", "old old new", "old old")]
    [InlineData("new", "Switch", "ab", "old old new", "old old new")]
    [InlineData("new", "Switch", "b", "new new old", "old old new")]
    [InlineData("new", "Add", "", "new new old", "old")]
    [InlineData("new", "Add", "", "old old new", "new")]
    [InlineData("new", "Add", "", "new new", "-")]
    [InlineData("new", "Add", "a", "old old", "+old")]
    [InlineData("new", "Switch", "b", "new new old", "+old")]
    [InlineData("new", "Switch", "b", "new new", "+old")]
    [InlineData("new", "Switch", "", "new new old", "+-")]
    [InlineData("new", "Remove", "ab", "new new old", "new new old")]
    [InlineData("new", "Remove", "a", "new new old", "new new")]
    [InlineData("new", "Remove", "a", "new new old", "+new")]
    [InlineData("new", "Done", "", "new new", "new new", "+new")]
    [InlineData("new", "Done", "", "new new", "+-")]
    [InlineData("new", "Add", "", "new new", "new new", "new")]
    public void A_change_has_three_steps_and_each_names_those_that_it_waits_for(string? to, string step, string behind, params string[] members)
    {
        var change = new KeyChange([.. members.Index().Select(one => Member("abc"[one.Index], one.Item))], to);
        Assert.Equal(step, change.Step.ToString());
        Assert.Equal(behind, string.Concat(change.Behind.Select(one => one.Name)));
        Assert.NotEmpty(change.Next);
        Assert.All(change.Behind, one => Assert.Contains(one.Name, change.Next, StringComparison.Ordinal));
        Assert.All(change.NotAsked, one => Assert.True(change.Step == KeyChangeStep.NoKey || change.Warning!.Contains(one.Name, StringComparison.Ordinal)));

        static KeyMember Member(char name, string keys)
        {
            string[] parts = keys is "-" or "+-" ? [""] : keys.TrimStart('+').Split(' ');
            return new(name.ToString(), name.ToString(), "127.0.0.1:1", parts[0], parts.Length > 1 ? parts[1..] : null, keys[0] == '+');
        }
    }

    [Fact]
    public async Task The_nodes_of_this_machine_are_asked_which_keys_they_open()
    {
        var (old, young) = (Key(), Key());
        await using var first = await StartAsync("first", null, young, [old, young]);
        await using var second = await StartAsync("second", first, old, [old, young]);
        await first.SeesAsync("second", one => one.State == ServiceState.Ready);
        await second.SeesAsync("first", one => one.State == ServiceState.Ready);

        var told = await RotateAsync("--to", _folder.Write("new", young));
        Assert.StartsWith("Step 2 of 3, switch", told.Ends(1).Output, StringComparison.Ordinal);
        Assert.Contains("Make it Gossip:Key on second,", told.Output, StringComparison.Ordinal);
        Assert.Equal(Fingerprint(old), told.Row("second")["SEALS WITH"]);
        Assert.Equal($"{Fingerprint(old)}, {Fingerprint(young)}", told.Row("second")["OPENS"]);
        Assert.DoesNotContain(old, told.Output + told.Error, StringComparison.Ordinal);

        var json = (await RotateAsync("--to", Fingerprint(young), "--json")).Ends(1).Json;
        Assert.Equal(("switch", "second"), (json.GetProperty("step").GetString(), json.GetProperty("behind")[0].GetString()));
        Assert.Equal("unsaid", (await RotateAsync("--json")).Ends(0).Json.GetProperty("step").GetString());
        (await RotateAsync("--to", _folder.Write("bad", "no key"))).Complains(2, "has no key in it");
    }

    [Fact]
    public async Task On_two_machines_the_change_goes_through_its_steps_as_the_operator_says_what_was_asked_elsewhere()
    {
        var (old, young) = (Key(), Key());
        await using var west = await StartAsync("west", null, old, [old], "west");
        await using var east = await StartAsync("east", west, old, [old], "east");
        await west.SeesAsync("east", one => one.State == ServiceState.Ready);
        await east.SeesAsync("west", one => one.State == ServiceState.Ready);
        Task<CommandRun> RunAsync(string where, params string[] more) =>
            CommandRun.OfAsync(["rotate", "--directory", _folder[where], "--node", where, "--to", Fingerprint(young), "--json", .. more]);
        async Task IsAtAsync(string step, string behind, int exitCode, string where, params string[] more)
        {
            await Eventually.HoldsAsync(async () =>
            {
                var run = await RunAsync(where, more);
                var told = $"{run.Json.GetProperty("step").GetString()} {string.Join(",", run.Json.GetProperty("behind").EnumerateArray().Order(ByText))} {run.ExitCode}";
                return told == $"{step} {behind} {exitCode}";
            }, $"{step} {behind} {exitCode} at {where}");
        }

        await IsAtAsync("add", "west", 1, "west");
        await ChangeAsync(west, old, old, young);
        await IsAtAsync("add", "", 1, "west");
        var json = (await RunAsync("west")).Json;
        Assert.Equal("east", json.GetProperty("notAsked")[0].GetString());
        Assert.Contains("--confirmed east", json.GetProperty("warning").GetString(), StringComparison.Ordinal);
        Assert.Contains("Go no further before east does.", json.GetProperty("next").GetString(), StringComparison.Ordinal);
        (await RunAsync("west", "--confirmed", "nobody")).Complains(2, "--confirmed has 'nobody', and no live member is called that");

        await ChangeAsync(east, old, old, young);
        await IsAtAsync("switch", "east,west", 1, "west", "--confirmed", "east");
        await ChangeAsync(west, young, old, young);
        await IsAtAsync("switch", "east", 1, "west", "--confirmed", "east");
        await ChangeAsync(east, young, old, young);
        await IsAtAsync("remove", "west", 1, "west", "--confirmed", "east");
        await IsAtAsync("add", "", 1, "west");

        await ChangeAsync(west, young, young);
        await IsAtAsync("add", "", 1, "west");
        await IsAtAsync("remove", "east", 1, "east", "--confirmed", "west");
        await ChangeAsync(east, young, young);
        await IsAtAsync("done", "", 0, "east", "--confirmed", "west");
        await IsAtAsync("done", "", 0, "west", "--confirmed", "east");
        var sealing = (await RunAsync("west", "--confirmed", "east")).Json.GetProperty("members").EnumerateArray().Select(one => one.GetProperty("sealsWith").GetString());
        Assert.Equal([Fingerprint(young), Fingerprint(young)], sealing);
    }

    private static Comparer<System.Text.Json.JsonElement> ByText => Comparer<System.Text.Json.JsonElement>.Create((a, b) => string.CompareOrdinal(a.GetString(), b.GetString()));

    private static async Task ChangeAsync(TestApp app, string key, params string[] keys)
    {
        var configuration = (IConfigurationRoot)app.App.Configuration;
        (configuration["Gossip:Key"], configuration["Gossip:Keys"]) = (key, string.Join(',', keys));
        configuration.Reload();
        var node = app.App.Services.GetRequiredService<Gossip.Hosting.GossipLifecycle>().Started!;
        await Eventually.HoldsAsync(
            () => node.Identity.KeyFingerprint == Fingerprint(key) && node.Identity.KeyFingerprints.Count == keys.Length, "the keys are taken over");
    }

    private static string Key() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static string Fingerprint(string key) => ClusterKey.Fingerprint(ClusterKey.Parse(key));

    private Task<CommandRun> RotateAsync(params string[] more) => CommandRun.OfAsync(["rotate", "--directory", _folder["run"], "--node", "first", .. more]);

    private Task<TestApp> StartAsync(string name, TestApp? seed, string key, string[] keys, string folder = "run") => TestApp.StartAsync(
        name,
        seed,
        options =>
        {
            options.NodeName = name;
            options.BindAddress = "127.0.0.1";
            options.UseMdns = false;
            options.MachineDirectory = _folder[folder];
            options.AddressBook = "none";
        },
        builder => builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?> { ["Gossip:Key"] = key, ["Gossip:Keys"] = string.Join(',', keys) }),
        map: app => app.MapGossip(),
        environment: "Production");
}
