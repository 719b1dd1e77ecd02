using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Sources;

namespace Gossip.Cli.Protocols.Consul.Model;

/// <content>What the catalog is told without an agent, and how all is kept.</content>
internal sealed partial class ConsulSource
{
    private const string OfService = "service/";
    private const string OfCheck = "check/";
    private const string OfNode = "node/";
    private const string OfMaintenance = "maintenance";

    /// <summary>Takes over what was kept.</summary>
    /// <param name="known">What the checks of the agent before this one knew.</param>
    /// <returns>What could not be read any more, by its id in the file.</returns>
    public IReadOnlyList<string> Load(IReadOnlyDictionary<CheckKey, KeptCheck> known)
    {
        var unread = new List<string>();
        // Nodes come before their services.
        foreach (var kept in file.Read().OrderBy(kept => kept.Id.StartsWith(OfNode, StringComparison.Ordinal) ? 0 : 1))
        {
            if (kept.Id == OfMaintenance)
                _state = _state with { Maintenance = kept.Drain };
            else if (kept.Definition is not { } text || !TryLoad(kept.Id, text))
                unread.Add(kept.Id);
        }

        foreach (var (service, check) in _state.NodeChecks.Select(check => ((string?)null, check))
            .Concat(_state.Services.SelectMany(one => one.Value.Checks.Select(check => ((string?)one.Key, check)))))
            check.Resume(known.GetValueOrDefault(KeyOf(service, check)));
        Volatile.Write(ref _shown, _state);
        return unread;
    }

    /// <summary>
    /// Enters a node, with a service on it and checks: it takes the place of what was known of the node. All of it is entered, or nothing.
    /// </summary>
    /// <returns>Why it was not; null when it was.</returns>
    public ConsulRefusal? Enter(CatalogEntry entry) => AtOnce(() => EnterAll(entry));

    /// <summary>Removes a service, a check or a whole node, where there is one.</summary>
    public ConsulRefusal? Leave(CatalogRemoval removal) => AtOnce(() => LeaveAll(removal));

    /// <summary>What takes several steps is seen and kept when all are done; and where one is refused, none was.</summary>
    private ConsulRefusal? AtOnce(Func<ConsulRefusal?> act)
    {
        _isUnderWay = true;
        ConsulRefusal? refusal;
        try
        {
            refusal = act();
        }
        finally
        {
            _isUnderWay = false;
        }

        string[] touched = [.. _touched];
        _touched.Clear();
        if (refusal is not null)
        {
            _state = _shown;
            return refusal;
        }

        if (ReferenceEquals(_state, _shown))
            return null;
        Show();
        onChange(null);
        foreach (var service in touched)
            onChange(service);
        return Keep();
    }

    private ConsulRefusal? EnterAll(CatalogEntry entry)
    {
        var known = _state.Nodes.GetValueOrDefault(entry.Node.Node);
        if (known is null && _state.Nodes.Count >= MostNodes)
            return new(500, $"The agent has {MostNodes} nodes by Consul's API, as many as it takes; deregister some.");
        var ofNode = entry.Checks.Where(check => check.ServiceID.Length == 0).ToList();
        var stay = (known?.Checks ?? []).Where(old => ofNode.All(one => one.CheckID != old.CheckID));
        // Names are one in any case, and so the keys of services on it stay the same.
        var node = entry.Node with { Node = known?.Node ?? entry.Node.Node, Checks = [.. ofNode, .. stay] };
        if (node.Checks.Count > MostChecks)
            return new(400, $"The node would have {node.Checks.Count} checks; it may have {MostChecks}.");
        if (JsonSerializer.Serialize(node, RegistrationJson.Default.ExternalNode).Length > MostText)
            return TooLong("The node");
        Publish(_state with { Nodes = _state.Nodes.SetItem(node.Node, node) }, null);
        if (entry.Service is { } service && PutOn(node, service, entry.Checks) is { } refused)
            return refused;
        foreach (var id in entry.Checks.Select(check => check.ServiceID).Distinct().Where(id => id.Length > 0 && id != entry.Service?.ID))
        {
            if (ServiceOn(node.Node, id) is not { } other)
                return new(500, $"Unknown service ID '{id}' for the check on the node '{node.Node}'");
            if (PutOn(node, other.Service, entry.Checks) is { } problem)
                return problem;
        }

        foreach (var moved in ServicesOn(node.Node).Where(_ => known?.Address != node.Address).ToArray())
            Put(moved.Service, moved.Checks, node);
        return null;
    }

    private ConsulRefusal? LeaveAll(CatalogRemoval removal)
    {
        if (!_state.Nodes.TryGetValue(removal.Node, out var node))
            return null;
        if (removal.ServiceID.Length > 0)
        {
            Remove(RegistryState.KeyOf(node.Node, removal.ServiceID));
            return null;
        }

        if (removal.CheckID.Length > 0)
        {
            foreach (var service in ServicesOn(node.Node).ToArray())
                Put(service.Service, service.Checks.RemoveAll(check => check.What.CheckID == removal.CheckID), node);
            var left = node with { Checks = [.. node.Checks.Where(check => check.CheckID != removal.CheckID)] };
            Publish(_state with { Nodes = _state.Nodes.SetItem(node.Node, left) }, null);
            return null;
        }

        foreach (var service in ServicesOn(node.Node).ToArray())
            Remove(RegistryState.KeyOf(node.Node, service.Service.ID));
        Publish(_state with { Nodes = _state.Nodes.Remove(node.Node) }, null);
        return null;
    }

    private ConsulRefusal? PutOn(ExternalNode node, ServiceRegistration service, IReadOnlyList<CheckRegistration> checks)
    {
        var before = ServiceOn(node.Node, service.ID)?.Checks ?? [];
        var sent = checks.Where(check => check.ServiceID == service.ID).ToList();
        var stay = before.Where(old => sent.All(one => one.CheckID != old.What.CheckID));
        return Put(service, [.. sent.Select(one => Make(one, before)), .. stay], node);
    }

    private RegisteredService? ServiceOn(string node, string id) =>
        _state.Services.TryGetValue(RegistryState.KeyOf(node, id), out var known) && known.Node == node ? known : null;

    private IEnumerable<RegisteredService> ServicesOn(string node) =>
        _state.Services.Values.Where(service => string.Equals(service.Node, node, StringComparison.OrdinalIgnoreCase));

    private bool TryLoad(string id, byte[] text)
    {
        try
        {
            if (id.StartsWith(OfNode, StringComparison.Ordinal)
                && JsonSerializer.Deserialize(text, RegistrationJson.Default.ExternalNode) is { } node)
                _state = _state with { Nodes = _state.Nodes.SetItem(node.Node, node) };
            else if (id.StartsWith(OfCheck, StringComparison.Ordinal)
                && JsonSerializer.Deserialize(text, RegistrationJson.Default.CheckRegistration) is { } check)
                LoadCheck(check);
            else if (id.StartsWith(OfService, StringComparison.Ordinal)
                && JsonSerializer.Deserialize(text, RegistrationJson.Default.KeptRegistration) is { } service)
                return TryLoad(service);
            else
                return false;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void LoadCheck(CheckRegistration check)
    {
        var made = Make(Unseen(check), []);
        Schedule(made);
        _state = _state with { Checks = _state.Checks.SetItem(check.CheckID, made) };
    }

    private bool TryLoad(KeptRegistration kept)
    {
        var node = kept.Node is { } name ? _state.Nodes.GetValueOrDefault(name) : null;
        if (kept.Node is not null && node is null)
            return false;
        var checks = kept.Checks.Select(check => Make(Unseen(check), [])).ToImmutableArray();
        var text = TextOf(kept.Service) + node?.Address;
        var definition = DefinitionTemplate.Of(kept.Service, checks, node, text);
        if (DefinitionTemplate.ProblemOf(definition) is not null)
            return false;
        _state = _state.With(new(kept.Service, checks, node?.Node, definition, text));
        return true;
    }

    /// <summary>What a client said of its service when it began is not said of it now.</summary>
    private static CheckRegistration Unseen(CheckRegistration check) =>
        check.Type == CheckType.Static ? check : check with { Status = "" };

    private ConsulRefusal? Keep()
    {
        if (_isUnderWay)
            return null;
        var kept = _state.Services.Select(one => new KeptService(
                OfService + one.Key,
                JsonSerializer.SerializeToUtf8Bytes(
                    new KeptRegistration(one.Value.Service, [.. one.Value.Checks.Select(check => check.What)], one.Value.Node),
                    RegistrationJson.Default.KeptRegistration),
                null,
                null))
            .Concat(_state.NodeChecks.Select(check => new KeptService(
                OfCheck + check.What.CheckID,
                JsonSerializer.SerializeToUtf8Bytes(check.What, RegistrationJson.Default.CheckRegistration),
                null,
                null)))
            .Concat(_state.Nodes.Values.Select(node => new KeptService(
                OfNode + node.Node, JsonSerializer.SerializeToUtf8Bytes(node, RegistrationJson.Default.ExternalNode), null, null)))
            .Concat(_state.Maintenance is { } reason ? [new KeptService(OfMaintenance, null, null, reason)] : []);
        return file.Write(kept) is { } problem ? new(500, problem) : null;
    }
}

/// <summary>How what clients have told is kept.</summary>
[JsonSerializable(typeof(KeptRegistration))]
[JsonSerializable(typeof(ExternalNode))]
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
internal sealed partial class RegistrationJson : JsonSerializerContext;
