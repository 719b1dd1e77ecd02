using Gossip.Cli.Agent.Definitions;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Agent.Sources;

/// <summary>
/// What the agent's API was told, kept over its restarts. What comes out of the file is only a wish, as all of a source: nothing is
/// registered before its checks have found it alive, and each definition of the API has one. A process that is another one now, or another
/// start of the machine, has ended, and its definition with it.
/// </summary>
/// <param name="file">Where it is kept.</param>
/// <param name="logger">Told of what cannot be read or written.</param>
internal sealed partial class ApiSource(StateFile file, ILogger logger) : IRegistrationSource
{
    public const string Origin = "the agent's API";

    private const string NoCommands = "programs may only be named by files in Agent:ServicesFolder, which nobody else can write";

    /// <summary>Without a process or unit whose end is seen, failing for so long is the end.</summary>
    private static readonly TimeSpan FailsFor = TimeSpan.FromMinutes(10);

    private readonly SortedDictionary<string, ServiceDefinition> _all = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _drains = new(StringComparer.Ordinal);
    private Action? _changed;

    /// <summary>The services that an operator drains, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Drains => _drains;

    /// <summary>Why all services of the agent drain, whichever source they are from; null when they do not. It is not kept.</summary>
    public string? DrainsAll { get; set; }

    /// <summary>Reads a definition that the API was sent.</summary>
    public static ServiceDefinition? Read(ReadOnlyMemory<byte> body, string id, List<string> problems)
    {
        if (new DefinitionReader(Origin, NoCommands).ReadOne(body, id, problems) is not { } read)
            return null;
        if (!read.IsWatched)
        {
            problems.Add("pid, pidFile, unit and checks are not set, so nobody would notice when the service ends; set one of them, "
                + "such as \"pid\": 4711, or \"checks\": [ { \"type\": \"ttl\", \"ttl\": \"30s\" } ].");
            return null;
        }

        var hasEnd = read is { Pid: not null } or { PidFile: not null } or { Unit: not null };
        if (hasEnd)
            return read;
        // Whoever reports more seldom than that is given the time for one report.
        var longest = read.Checks.Max(check => check.Ttl);
        return read with { DeregisterAfter = read.DeregisterAfter ?? (longest > FailsFor ? longest : FailsFor) };
    }

    /// <summary>Takes over what was kept.</summary>
    public void Load()
    {
        foreach (var kept in file.Read())
        {
            var problems = new List<string>();
            if (kept.Drain is { } reason)
                _drains[kept.Id] = reason;
            if (kept.Definition is not { } text)
                continue;
            if (Read(text, kept.Id, problems) is { } definition)
                _all[kept.Id] = definition with { Process = kept.Process };
            else
                NotKept(logger, Limits.Show(kept.Id), file.Path, Limits.Show(string.Join(' ', problems)));
        }
    }

    public IReadOnlyList<ServiceDefinition> Look() => [.. _all.Values];

    public void Watch(Action changed) => _changed = changed;

    /// <summary>Nothing is read anew: what the API was told is here, and its file is only for the next start.</summary>
    public void Forget()
    {
    }

    public void HasEnded(ServiceDefinition definition)
    {
        var mayComeBack = definition.Unit is not null || definition.PidFile is not null;
        if (!mayComeBack && _all.TryGetValue(definition.Id, out var known) && known.SaysTheSame(definition))
            Remove(definition.Id);
    }

    /// <summary>Adds a definition, or takes the place of that with its id.</summary>
    /// <returns>Why it was not; null when it was.</returns>
    public string? Put(ServiceDefinition definition)
    {
        if (!_all.ContainsKey(definition.Id) && _all.Count >= FolderSource.MostDefinitions)
            return $"The agent has {_all.Count} services by its API, as many as it takes; deregister some, or run another agent.";
        _all[definition.Id] = definition;
        _drains.Remove(definition.Id);
        return Keep();
    }

    /// <returns>Whether there was one.</returns>
    public bool Remove(string id)
    {
        _drains.Remove(id);
        if (!_all.Remove(id))
            return false;
        Keep();
        return true;
    }

    /// <summary>Has a service drained, whichever source it is from, or takes that back.</summary>
    /// <returns>Why it was not; null when it was.</returns>
    public string? Drain(string id, string? reason)
    {
        if (reason is null)
            _drains.Remove(id);
        else if (_drains.Count >= FolderSource.MostDefinitions && !_drains.ContainsKey(id))
            return $"The agent drains {_drains.Count} services, as many as it takes; resume some.";
        else
            _drains[id] = reason;
        return Keep();
    }

    /// <summary>Services are wanted no more: whoever comes with one of their ids is not drained for that.</summary>
    public void ForgetDrains(IReadOnlyList<string> ids)
    {
        var before = _drains.Count;
        foreach (var id in ids)
            _drains.Remove(id);
        if (_drains.Count < before)
            Keep();
    }

    private string? Keep()
    {
        _changed?.Invoke();
        var ids = _all.Keys.Concat(_drains.Keys).Distinct();
        return file.Write(ids.Select(id => _all.TryGetValue(id, out var one)
            ? new KeptService(id, System.Text.Encoding.UTF8.GetBytes(one.Text), one.Process, _drains.GetValueOrDefault(id))
            : new KeptService(id, null, null, _drains.GetValueOrDefault(id))));
    }

    [LoggerMessage(145, LogLevel.Warning,
        "The service '{Id}' in {File} cannot be read any more, and is left out; register it again: {Reason}")]
    private static partial void NotKept(ILogger logger, string id, string file, string reason);
}
