using Gossip.Tests.Peer;

namespace Gossip.Tests.Networks;

/// <summary>A node in a process of its own on a host of a <see cref="Lan"/>.</summary>
internal sealed class LanNode : IAsyncDisposable
{
    private const string NameKey = "NodeName=";
    private const string Key = "Key=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    /// <summary>
    /// Settings for tests in which nobody may be suspected: an answer that a busy machine brings late by most of a second is no bug of ours.
    /// </summary>
    public const string Patient = "Protocol:ProbeWindow=00:00:01";

    /// <summary>Between two looks: often enough to wait for, seldom enough not to be what the machine is busy with.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    /// <summary>A dozen runtimes start on few cores: none of them shall optimize what runs for seconds.</summary>
    private static readonly Dictionary<string, string> Lightly = new()
    {
        ["DOTNET_TieredPGO"] = "0",
        ["DOTNET_gcConcurrent"] = "0",
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    private readonly ChildProcess _process;

    public LanNode(LanHost host, IReadOnlyList<string> settings)
    {
        Host = host;
        Name = settings.LastOrDefault(setting => setting.StartsWith(NameKey, StringComparison.Ordinal))?[NameKey.Length..] ?? host.Name;
        string[] own = [Key, $"NodeName={host.Name}", "UseMdns=false", "AddressBook=none", "Service:Name=" + NodeView.Service, $"Service:Endpoints:0=http://{host.Name}:80"];
        _process = ChildProcess.Start(
            Lightly, "ip", ["netns", "exec", host.Namespace, .. ChildProcess.Peer, "node", .. own.Concat(settings).Select(setting => $"Gossip:{setting}")]);
    }

    public LanHost Host { get; }

    /// <summary>The host's, where the settings give none.</summary>
    public string Name { get; }

    /// <summary>What it knows now.</summary>
    public async Task<NodeView> ViewAsync() =>
        NodeView.Parse(await _process.AskAsync("report", line => line.StartsWith(NodeView.Prefix, StringComparison.Ordinal)));

    /// <summary>Waits until something holds of what it knows.</summary>
    public async Task<NodeView> SeesAsync(Func<NodeView, bool> condition, string what)
    {
        using var timer = new PeriodicTimer(Glance);
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var view = await ViewAsync();
            if (condition(view))
                return view;
            if (TimeProvider.System.GetElapsedTime(start) > Eventually.Deadline)
                Assert.Fail($"{Name} does not see {what} within {Eventually.Deadline.TotalSeconds} s, but:\n{Describe(view)}");
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Everything that it knows, to be read by people.</summary>
    public static string Describe(NodeView view) => $"""
        live: {string.Join(' ', view.Live)}; suspect: {string.Join(' ', view.Suspects)}; services of: {string.Join(' ', view.Owners)}
        {string.Join(", ", view.Counters.Select(counter => $"{counter.Key} {counter.Value}"))}
        {string.Join('\n', view.Findings)}
        {string.Join('\n', view.Events.Select(happened => $"{happened.At:HH:mm:ss.fff} {happened.What} {happened.Name} {string.Join("; ", happened.Words)}"))}
        """;

    /// <summary>Gives an order, and waits for the answer.</summary>
    public Task<string> AskAsync(string order, string answer) =>
        _process.AskAsync(order, line => line.StartsWith(answer, StringComparison.Ordinal));

    /// <summary>Ends the process without a word.</summary>
    public Task KillAsync() => _process.SignalAsync("KILL");

    /// <summary>Stops the process, and has it go on after a while.</summary>
    public Task PauseAsync(int seconds) =>
        Lan.ShellAsync("kill -STOP $1; sleep $2; kill -CONT $1", _process.Id.ToString(), seconds.ToString());

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
