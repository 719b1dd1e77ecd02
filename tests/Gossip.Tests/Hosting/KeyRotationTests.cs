using Gossip.Tests.Http;
using Xunit.Abstractions;

namespace Gossip.Tests.Hosting;

/// <summary>The key of running processes is changed under load, by the files that it is read from.</summary>
public sealed class KeyRotationTests(ITestOutputHelper output) : IDisposable
{
    private const int Servers = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("gossip-keys-").FullName;
    private readonly string _old = TestKeys.New();
    private readonly string _new = TestKeys.New();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>After the second step a process comes that has the old key alone, as one that was down: its key is still accepted.</summary>
    [Fact]
    public async Task No_member_is_lost_and_no_call_fails_while_the_key_is_changed()
    {
        await using var cluster = new TestCluster { Key = _old };
        var caller = await cluster.StartOneAsync("caller", options => options.BindAddress = "127.0.0.1");
        for (var number = 0; number <= Servers; number++)
            Write(number, _old, _old);
        await using var servers = new WebServers(caller, Servers, Settings);
        await servers.AreThereAsync(Servers);
        await using var load = new Load(caller.Discovery, perSecond: 100);
        await load.IsServedByAsync(servers.Ports);

        await StepAsync(caller, Servers, _old, _old, _new);
        await StepAsync(caller, Servers, _new, _old, _new);
        await using var late = new WebServers(caller, 1, _ => ["--Gossip:NodeName=late", .. Settings(Servers)]);
        await servers.AreThereAsync(Servers + 1);
        await load.IsServedByAsync(servers.Ports);
        await SealsWithAsync(caller, "late", _old);
        await StepAsync(caller, Servers + 1, _new, _old, _new);
        await StepAsync(caller, Servers + 1, _new, _new);
        await load.IsServedByAsync(servers.Ports);
        await load.StopAsync();

        output.WriteLine($"{load}");
        Assert.Empty(load.Failures);
        await servers.AreThereAsync(Servers + 1);
        var report = await caller.ReportAsync();
        Assert.DoesNotContain(report.Events, happened => happened.Kind is Protocol.ClusterEventKind.MemberDied or Protocol.ClusterEventKind.MemberLeft);
        Assert.Equal(TestKeys.Fingerprint(_new), caller.Identity.KeyFingerprint);
    }

    /// <summary>Every process takes the step, one after the other, and is seen to do as it was told.</summary>
    private async Task StepAsync(TestHost caller, int count, string primary, params string[] keys)
    {
        string[] ordered = [.. keys.Prepend(primary).Distinct()];
        for (var number = 0; number < count; number++)
        {
            Write(number, primary, keys);
            if (number == count / 2)
                await caller.Node.ChangeKeysAsync([.. ordered.Select(key => (ReadOnlyMemory<byte>)Convert.FromBase64String(key))], [.. ordered.Select(TestKeys.Fingerprint)]);
        }

        if (keys.Length == 1)
            return;
        foreach (var name in caller.Discovery.GetInstances(WebServers.Service).Select(instance => instance.NodeName!))
            await SealsWithAsync(caller, name, primary);
    }

    private static Task SealsWithAsync(TestHost caller, string name, string key) => Eventually.HoldsAsync(
        async () => (await caller.ReportAsync()).Members.Single(member => member.Name == name).KeyFingerprint == TestKeys.Fingerprint(key),
        $"{name} seals with {TestKeys.Fingerprint(key)}");

    private string[] Settings(int number) =>
        [$"--Secrets={Secrets(number)}", "--Gossip:BindAddress=127.0.0.1", "--Gossip:AddressBook=none"];

    private string Secrets(int number) => Path.Combine(_folder, $"{number}");

    /// <summary>As a secret is replaced: the file is written beside, and moved over the one of before.</summary>
    private void Write(int number, string primary, params string[] keys)
    {
        Directory.CreateDirectory(Secrets(number));
        Replace("Gossip__Keys", string.Join(',', keys));
        Replace("Gossip__Key", primary);

        void Replace(string name, string text)
        {
            var draft = Path.Combine(_folder, $"draft-{number}");
            File.WriteAllText(draft, text);
            File.Move(draft, Path.Combine(Secrets(number), name), overwrite: true);
        }
    }
}
