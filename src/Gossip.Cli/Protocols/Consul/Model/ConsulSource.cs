using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Definitions;
using Gossip.Cli.Agent.Sources;

namespace Gossip.Cli.Protocols.Consul.Model;

/// <summary>
/// What Consul clients have told this agent, as a source of definitions, kept over its restarts. Readers take the state as it is; only the
/// agent's loop changes it.
/// </summary>
/// <param name="file">Where it is kept.</param>
/// <param name="looks">How checks are looked after.</param>
/// <param name="time">The clock of reports.</param>
/// <param name="onChange">Called, by any thread, with the name of a service of which something is another; null where that is all.</param>
internal sealed partial class ConsulSource(StateFile file, CheckLooks looks, TimeProvider time, Action<string?> onChange)
    : IRegistrationSource, IAsyncDisposable
{
    /// <summary>Services of one agent.</summary>
    public const int MostServices = FolderSource.MostDefinitions;

    /// <summary>Nodes that have no agent: somebody writes them down.</summary>
    public const int MostNodes = 1_000;

    /// <summary>Checks of the agent's node, and of one service or external node.</summary>
    public const int MostChecks = 32;

    /// <summary>Letters of a service with its checks, of a check of the node, and of an external node: each of them as JSON.</summary>
    public const int MostText = 32 * 1024;

    private readonly CheckScheduler _scheduler = new(time, new Random(), MostChecks, () => { });
    private readonly Dictionary<ConsulCheck, ScheduledCheck> _ofNode = [];
    private readonly HashSet<string> _touched = new(StringComparer.OrdinalIgnoreCase);
    private RegistryState _state = RegistryState.Empty;
    private RegistryState _shown = RegistryState.Empty;
    private IReadOnlyList<ServiceDefinition>? _definitions;
    private Action? _wanted;
    private bool _isUnderWay;

    /// <summary>
    /// The names of services that were removed, by the ids of their records: the cluster may have a record yet that is being taken back.
    /// </summary>
    public ConcurrentDictionary<string, string> Leaving { get; } = new(StringComparer.Ordinal);

    /// <summary>All that was told.</summary>
    public RegistryState State => Volatile.Read(ref _shown);

    /// <summary>What checks of the node know; those of services are looked after by the agent.</summary>
    public IEnumerable<(CheckKey Key, KeptCheck Kept)> KeptOfNode =>
        from check in State.NodeChecks
        let kept = check.Kept
        where kept is not null
        select (KeyOf(null, check), kept);

    public IReadOnlyList<ServiceDefinition> Look() => _definitions ??= [.. _state.Services.Values.Select(one => one.Definition)];

    public void Watch(Action changed) => _wanted = changed;

    /// <summary>Nothing is read anew: what clients have told is here, and its file is only for the next start.</summary>
    public void Forget()
    {
    }

    public void HasEnded(ServiceDefinition definition)
    {
        if (_state.Services.TryGetValue(definition.Id, out var known) && ReferenceEquals(known.Definition, definition))
            Remove(definition.Id);
    }

    /// <summary>
    /// Registers a service, or takes the place of that with its id. Checks that it had stay beside those that come, unless these are to
    /// replace them; one with the same id keeps its status.
    /// </summary>
    /// <returns>Why it was not; null when it was.</returns>
    public ConsulRefusal? Register(SentRegistration sent, bool replacesChecks)
    {
        var before = _state.Services.GetValueOrDefault(sent.Service.ID)?.Checks ?? [];
        var stay = replacesChecks ? [] : before.Where(old => sent.Checks.All(one => one.CheckID != old.What.CheckID));
        var checks = sent.Checks.Select(one => Make(one, before)).Concat(stay).ToImmutableArray();
        return Put(sent.Service, checks, null);
    }

    /// <summary>Removes a service of the agent's node, with its checks.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Deregister(string id) => _state.Services.TryGetValue(id, out var known) && known.Node is null && Remove(id);

    /// <summary>Registers a check of a service, or of the node.</summary>
    /// <returns>Why it was not; null when it was.</returns>
    public ConsulRefusal? RegisterCheck(CheckRegistration check)
    {
        if (check.ServiceID.Length > 0)
        {
            if (!_state.Services.TryGetValue(check.ServiceID, out var service) || service.Node is not null)
                return new(500, $"ServiceID \"{check.ServiceID}\" does not exist");
            var others = service.Checks.RemoveAll(one => one.What.CheckID == check.CheckID);
            return Put(service.Service, others.Add(Make(check, service.Checks)), null);
        }

        var before = _state.Checks.GetValueOrDefault(check.CheckID);
        if (before is { What.ServiceID.Length: > 0 })
            return new(400, $"The check '{check.CheckID}' is of the service '{before.What.ServiceID}'; give this one another ID.");
        if (before is null && _state.NodeChecks.Count() >= MostChecks)
            return new(400, $"The node has {MostChecks} checks, as many as it takes; deregister some.");
        if (TextOf(check).Length > MostText)
            return TooLong("The check");
        var made = Make(check, before is null ? [] : [before]);
        if (!ReferenceEquals(made, before))
        {
            Unschedule(before);
            Schedule(made);
            Publish(_state with { Checks = _state.Checks.SetItem(check.CheckID, made) }, null);
        }

        return Keep();
    }

    /// <summary>Removes a check of a service or of the node, if there is one.</summary>
    public ConsulRefusal? DeregisterCheck(string id)
    {
        if (!_state.Checks.TryGetValue(id, out var check))
            return null;
        if (check.What.ServiceID.Length > 0)
            return _state.Services.TryGetValue(check.What.ServiceID, out var service)
                ? Put(service.Service, service.Checks.Remove(check), null)
                : null;
        Unschedule(check);
        Publish(_state with { Checks = _state.Checks.Remove(id) }, null);
        return Keep();
    }

    /// <summary>Has all of the agent's services take nothing new, or ends that.</summary>
    public ConsulRefusal? Maintain(string? reason)
    {
        if (_state.Maintenance == reason)
            return null;
        Publish(_state with { Maintenance = reason }, null);
        return Keep();
    }

    public async ValueTask DisposeAsync()
    {
        await _scheduler.DisposeAsync().ConfigureAwait(false);
        looks.Dispose();
    }

    private ConsulCheck Make(CheckRegistration what, ImmutableArray<ConsulCheck> before)
    {
        var known = before.FirstOrDefault(old => old.What.CheckID == what.CheckID);
        if (known is not null && what.Type != CheckType.Static && TextOf(known.What) == TextOf(what))
        {
            known.Renew();
            return known;
        }

        return new ConsulCheck(
            what, what.Type == CheckType.Static ? null : known, looks.Of(what, StatusOf), time, check => ChangedStatus(check));
    }

    private void ChangedStatus(ConsulCheck check) =>
        onChange(State.Services.GetValueOrDefault(check.What.ServiceID)?.Service.Name);

    /// <summary>What all checks of a service say together; null where there is none.</summary>
    private string? StatusOf(string service) => State.Services.TryGetValue(service, out var known)
        ? CheckWords.Worst(known.Checks.Where(one => one.What.Type != CheckType.Alias).Select(one => one.State.Status))
        : null;

    private ConsulRefusal? Put(ServiceRegistration service, ImmutableArray<ConsulCheck> checks, ExternalNode? node)
    {
        var key = RegistryState.KeyOf(node?.Node, service.ID);
        var known = _state.Services.GetValueOrDefault(key);
        if (known is not null && known.Node != node?.Node)
            return new(400, $"There is another service with the id '{key}'; give one of them another.");
        if (known is null && _state.Services.Count >= MostServices)
            return new(500, string.Create(
                CultureInfo.InvariantCulture,
                $"The agent has {MostServices} services by Consul's API, as many as it takes; deregister some, or run another agent."));
        if (checks.Length > MostChecks)
            return new(400, $"The service would have {checks.Length} checks; it may have {MostChecks}.");
        if (node is null && checks.FirstOrDefault(IsOfAnother) is { } taken)
            return new(400, $"There is another check '{taken.What.CheckID}'; give this one another CheckID.");
        var text = TextOf(service) + node?.Address;
        if (text.Length + checks.Sum(check => TextOf(check.What).Length) > MostText)
            return TooLong("The service");
        if (known is not null && known.Text == text && known.Checks.SequenceEqual(checks))
            return null;
        var definition = DefinitionTemplate.Of(service, checks, node, text);
        if (DefinitionTemplate.ProblemOf(definition) is { } problem)
            return problem;
        Publish(_state.With(new(service, checks, node?.Node, definition, text)), service.Name);
        if (known is not null && known.Service.Name != service.Name)
            Touch(known.Service.Name);
        return Keep();

        bool IsOfAnother(ConsulCheck check) =>
            _state.Checks.TryGetValue(check.What.CheckID, out var other) && other.What.ServiceID != service.ID;
    }

    /// <summary>The key of a check in what the agent keeps.</summary>
    private static CheckKey KeyOf(string? service, ConsulCheck check) => new(service ?? "", check.What.CheckID);

    private static ConsulRefusal TooLong(string what) => new(400, string.Create(
        CultureInfo.InvariantCulture,
        $"{what} has more than {MostText} letters with all that it says; shorten its notes, headers and bodies."));

    private bool Remove(string key)
    {
        if (!_state.Services.TryGetValue(key, out var known))
            return false;
        Leaving[key] = known.Service.Name;
        Publish(_state.Without(key), known.Service.Name);
        Keep();
        return true;
    }

    private void Publish(RegistryState state, string? service)
    {
        _state = state;
        if (!_isUnderWay)
            Show();
        Touch(service);
    }

    /// <summary>What is done is seen from now on.</summary>
    private void Show()
    {
        Volatile.Write(ref _shown, _state);
        _definitions = null;
        _wanted?.Invoke();
    }

    private void Touch(string? service)
    {
        if (!_isUnderWay)
            onChange(service);
        else if (service is not null)
            _touched.Add(service);
    }

    private void Schedule(ConsulCheck check)
    {
        var definition = DefinitionTemplate.CheckOf(check);
        _scheduler.Add(_ofNode[check] = new ScheduledCheck(definition, check));
    }

    private void Unschedule(ConsulCheck? check)
    {
        if (check is not null && _ofNode.Remove(check, out var scheduled))
            _scheduler.Remove(scheduled);
    }

    private static string TextOf(ServiceRegistration service) =>
        JsonSerializer.Serialize(service, RegistrationJson.Default.ServiceRegistration);

    /// <summary>The status that a check begins with is not what it is.</summary>
    private static string TextOf(CheckRegistration check) =>
        JsonSerializer.Serialize(check with { Status = "" }, RegistrationJson.Default.CheckRegistration);
}
