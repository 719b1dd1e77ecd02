using System.Security.Cryptography;
using Gossip.AspNetCore.Tests;
using Gossip.Cli.Commands;
using Gossip.Configuration;
using Microsoft.AspNetCore.Builder;

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

    /// <summary>Each member as "seals with, and accepts", or "seals with" alone for one that was not asked.</summary>
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
    [InlineData("new", "Switch", "b", "new new old", "old")]
    [InlineData("new", "Switch", "b", "new new", "-")]
    [InlineData("new", "Remove", "ab", "new new old", "new new old")]
    [InlineData("new", "Remove", "a", "new new old", "new new")]
    [InlineData("new", "Remove", "a", "new new old", "new")]
    [InlineData("new", "Done", "", "new new", "new new", "new")]
    public void A_change_has_three_steps_and_each_names_those_that_it_waits_for(string? to, string step, string behind, params string[] members)
    {
        var change = new KeyChange([.. members.Index().Select(one => Member("abc"[one.Index], one.Item))], to);
        Assert.Equal(step, change.Step.ToString());
        Assert.Equal(behind, string.Concat(change.Behind.Select(one => one.Name)));
        Assert.NotEmpty(change.Next);
        Assert.All(change.Behind, one => Assert.Contains(one.Name, change.Next, StringComparison.Ordinal));

        static KeyMember Member(char name, string keys)
        {
            string[] parts = keys == "-" ? [""] : keys.Split(' ');
            return new(name.ToString(), name.ToString(), "127.0.0.1:1", parts[0], parts.Length > 1 ? parts[1..] : null);
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

    private static string Key() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static string Fingerprint(string key) => ClusterKey.Fingerprint(ClusterKey.Parse(key));

    private Task<CommandRun> RotateAsync(params string[] more) => CommandRun.OfAsync(["rotate", "--directory", _folder["run"], "--node", "first", .. more]);

    private Task<TestApp> StartAsync(string name, TestApp? seed, string key, string[] keys) => TestApp.StartAsync(
        name,
        seed,
        options =>
        {
            options.NodeName = name;
            options.BindAddress = "127.0.0.1";
            options.Key = key;
            foreach (var one in keys)
                options.Keys.Add(one);
            options.UseMdns = false;
            options.MachineDirectory = _folder["run"];
            options.AddressBook = "none";
        },
        map: app => app.MapGossip(),
        environment: "Production");
}
