using System.Text.Json;
using System.Text.Json.Serialization;
using Gossip.Cli.Agent.Definitions;
using Gossip.Cli.Agent.Sources;

namespace Gossip.Cli.Protocols.CloudMap.Model;

/// <summary>
/// What clients have told this agent, as a source of definitions, kept over its restarts. Readers take the state as it is; only the agent's
/// loop changes it.
/// </summary>
/// <param name="file">Where it is kept.</param>
internal sealed class CloudMapSource(StateFile file) : IRegistrationSource
{
    /// <summary>Instances of one agent.</summary>
    public const int MostInstances = FolderSource.MostDefinitions;

    /// <summary>Services that clients of one agent have created, or registered instances of.</summary>
    public const int MostServices = 1_000;

    private const string OfService = "service/";
    private const string OfInstance = "instance/";

    private CloudMapState _state = CloudMapState.Empty;
    private IReadOnlyList<ServiceDefinition>? _definitions;
    private Action? _wanted;

    /// <summary>All that was told.</summary>
    public CloudMapState State => Volatile.Read(ref _state);

    /// <summary>Takes over what was kept.</summary>
    /// <returns>What could not be read any more, by its id in the file.</returns>
    public IReadOnlyList<string> Load()
    {
        var unread = new List<string>();
        // Services come before their instances.
        foreach (var kept in file.Read().OrderBy(kept => kept.Id.StartsWith(OfService, StringComparison.Ordinal) ? 0 : 1))
        {
            if (kept.Definition is not { } text || !TryLoad(kept.Id, text))
                unread.Add(kept.Id);
        }

        return unread;
    }

    public IReadOnlyList<ServiceDefinition> Look() => _definitions ??=
        [.. _state.Services.Values.SelectMany(service => service.Instances.Values.Select(instance => instance.Definition))];

    public void Watch(Action changed) => _wanted = changed;

    /// <summary>Nothing is read anew: what clients have told is here, and its file is only for the next start.</summary>
    public void Forget()
    {
    }

    /// <summary>No check of a client's instance finds an end.</summary>
    public void HasEnded(ServiceDefinition definition)
    {
    }

    /// <summary>Creates a service, or takes the place of what was said of it.</summary>
    /// <returns>Why it was not; null when it was.</returns>
    public CloudMapRefusal? Create(CreatedService service) => NoRoomFor(service.Name) ?? Publish(_state.With(service));

    /// <summary>Forgets a service that has no instance here.</summary>
    public CloudMapRefusal? Delete(string service) => Publish(_state with { Services = _state.Services.Remove(service) });

    /// <summary>Registers an instance, or takes the place of that with its id; its service is created with it.</summary>
    /// <param name="what">The instance.</param>
    /// <param name="at">The moment.</param>
    /// <returns>Why it was not; null when it was.</returns>
    public CloudMapRefusal? Register(InstanceRegistration what, DateTimeOffset at)
    {
        if (NoRoomFor(what.Service) is { } refusal)
            return refusal;
        var known = _state.Find(what.Service, what.InstanceId);
        if (known is null && _state.Count >= MostInstances)
            return CloudMapRefusal.LimitExceeded(
                $"The agent has {MostInstances} instances by Cloud Map's API, as many as it takes; deregister some, or run another agent.");
        var definition = CloudMapDefinitions.Of(what);
        if (known is not null && known.Definition.Text == definition.Text)
            return null;
        if (CloudMapDefinitions.ProblemOf(definition) is { } problem)
            return problem;
        var state = _state.Services.ContainsKey(what.Service)
            ? _state
            : _state.With(new CreatedService { Name = what.Service, At = at });
        return Publish(state.With(new RegisteredInstance(what, definition)));
    }

    /// <summary>Removes an instance; its service stays, as a name.</summary>
    public CloudMapRefusal? Deregister(string service, string instance) =>
        _state.Find(service, instance) is { } known ? Publish(_state.Without(known)) : null;

    /// <summary>Takes over what a client says of its instance.</summary>
    public CloudMapRefusal? Report(string service, string instance, bool isHealthy) =>
        _state.Find(service, instance) is { } known && known.What.IsHealthy != isHealthy
            ? Register(known.What with { IsHealthy = isHealthy }, default)
            : null;

    private CloudMapRefusal? NoRoomFor(string service) =>
        _state.Services.Count >= MostServices && !_state.Services.ContainsKey(service)
            ? CloudMapRefusal.LimitExceeded(
                $"The agent has {MostServices} services by Cloud Map's API, as many as it takes; delete some by DeleteService.")
            : null;

    private bool TryLoad(string id, byte[] text)
    {
        try
        {
            if (id.StartsWith(OfService, StringComparison.Ordinal))
                return JsonSerializer.Deserialize(text, CloudMapKept.Default.CreatedService) is { } service && TryLoad(service);
            return id.StartsWith(OfInstance, StringComparison.Ordinal)
                && JsonSerializer.Deserialize(text, CloudMapKept.Default.InstanceRegistration) is { } what && TryLoad(what);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private bool TryLoad(CreatedService service)
    {
        if (!CloudMapNames.IsServiceName(service.Name))
            return false;
        _state = _state.With(service);
        return true;
    }

    private bool TryLoad(InstanceRegistration what)
    {
        if (!_state.Services.ContainsKey(what.Service) || !CloudMapNames.IsInstanceId(what.InstanceId))
            return false;
        var definition = CloudMapDefinitions.Of(what);
        if (CloudMapDefinitions.ProblemOf(definition) is not null)
            return false;
        _state = _state.With(new RegisteredInstance(what, definition));
        return true;
    }

    private CloudMapRefusal? Publish(CloudMapState state)
    {
        Volatile.Write(ref _state, state);
        _definitions = null;
        _wanted?.Invoke();
        var kept = state.Services.Values.Select(service => new KeptService(
                OfService + service.Created.Name,
                JsonSerializer.SerializeToUtf8Bytes(service.Created, CloudMapKept.Default.CreatedService),
                null,
                null))
            .Concat(state.Services.Values.SelectMany(service => service.Instances.Values).Select(instance => new KeptService(
                OfInstance + instance.What.RecordId,
                JsonSerializer.SerializeToUtf8Bytes(instance.What, CloudMapKept.Default.InstanceRegistration),
                null,
                null)));
        return file.Write(kept) is { } problem ? new("InternalFailure", problem, 500) : null;
    }
}

/// <summary>How what clients have told is kept.</summary>
[JsonSerializable(typeof(CreatedService))]
[JsonSerializable(typeof(InstanceRegistration))]
[JsonSourceGenerationOptions(IgnoreReadOnlyProperties = true, RespectNullableAnnotations = true)]
internal sealed partial class CloudMapKept : JsonSerializerContext;
