using System.Net;
using System.Text;
using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Definitions;
using Gossip.Cli.Agent.Sources;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Cli.Tests;

/// <summary>How long an operator's drain lasts.</summary>
public sealed class AgentDrainTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_drain_ends_with_what_has_ended_for_good_and_else_when_it_is_taken_back(bool ends)
    {
        _folder.Write("proc/7/stat", $"7 (service) S {string.Join(' ', Enumerable.Range(1, 18))} 70 0\n");
        var file = _folder.Write("web.pid", "7");
        var api = new ApiSource(new StateFile(_folder["services.json"], NullLogger.Instance), NullLogger.Instance);
        var source = new OneSource(new DefinitionReader("test", null).ReadOne(
            Encoding.UTF8.GetBytes($$"""{ "name": "web", "pidFile": "{{file}}" }"""), "web", [])!);
        using var checks = new CheckSource(TimeProvider.System, new ProcessTable(_folder["proc"]), "systemctl");
        var options = new AgentOptions { ReconcileInterval = TimeSpan.FromMilliseconds(50) };
        var registrar = new FakeRegistrar();
        await using var loop = new AgentLoop(options, [source], api, checks, registrar, () => IPAddress.Loopback, TimeProvider.System, NullLogger.Instance);
        loop.Start();
        await Eventually.HoldsAsync(() => registrar.Records.Count == 1, "it is registered");
        Assert.Equal((true, null), await loop.DrainAsync("web", "deploy 17", Eventually.Patience()));

        if (ends)
            Directory.Delete(_folder["proc/7"], recursive: true);
        else
            source.IsGone = true;
        await Eventually.HoldsAsync(() => registrar.Records.Count == 0, "it is gone");
        // One that is not wanted cannot be drained any more, whoever still sees it.
        await Eventually.HoldsAsync(async () => await loop.DrainAsync("web", "deploy 18", Eventually.Patience()) == (false, null), "it is not wanted");
        Assert.Equal(ends, !api.Drains.ContainsKey("web"));
        Assert.Equal((!ends, null), await loop.DrainAsync("web", null, Eventually.Patience()));
        Assert.Empty(api.Drains);
    }

    /// <summary>Wants one service, until that has ended.</summary>
    private sealed class OneSource(ServiceDefinition definition) : IRegistrationSource
    {
        public bool IsGone { get; set; }

        public IReadOnlyList<ServiceDefinition> Look() => IsGone ? [] : [definition];

        public void Watch(Action changed)
        {
        }

        public void Forget()
        {
        }

        public void HasEnded(ServiceDefinition ended) => IsGone = true;
    }
}
