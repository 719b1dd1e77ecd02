using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Definitions;
using Gossip.Cli.Agent.Sources;

namespace Gossip.Cli.Protocols.Eureka.Model;

/// <summary>An instance that a Eureka client has registered.</summary>
/// <param name="Instance">What was said of it.</param>
/// <param name="Check">What its renewals feed.</param>
/// <param name="Definition">What the agent makes of it.</param>
internal sealed record RegisteredInstance(EurekaInstance Instance, EurekaCheck Check, ServiceDefinition Definition);

/// <summary>
/// What Eureka clients have registered at this agent, as a source of definitions, kept over its restarts. Readers take the state as it is;
/// only the agent's loop changes it, and what it was told between two looks is written once.
/// </summary>
/// <param name="file">Where it is kept.</param>
/// <param name="time">The clock of renewals.</param>
internal sealed class EurekaSource(StateFile file, TimeProvider time) : IRegistrationSource
{
    /// <summary>Instances of one agent.</summary>
    public const int MostInstances = FolderSource.MostDefinitions;

    /// <summary>Letters of one, with all that is said of it.</summary>
    public const int MostText = 32 * 1024;

    private ImmutableDictionary<string, ImmutableSortedDictionary<string, RegisteredInstance>> _state =
        ImmutableDictionary.Create<string, ImmutableSortedDictionary<string, RegisteredInstance>>(StringComparer.Ordinal);

    private IReadOnlyList<ServiceDefinition>? _definitions;
    private Action? _changed;
    private bool _isKept = true;
    private string? _problem;

    /// <summary>All that were registered, by their applications and ids.</summary>
    public ImmutableDictionary<string, ImmutableSortedDictionary<string, RegisteredInstance>> State => Volatile.Read(ref _state);

    /// <summary>How many there are.</summary>
    public int Count => State.Values.Sum(app => app.Count);

    /// <summary>Why the agent would forget at its next start what it was told last; null where it would not.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    /// <summary>Takes over what was kept.</summary>
    /// <param name="known">What the checks of the agent before this one knew.</param>
    /// <returns>What could not be read any more, by its id in the file.</returns>
    public IReadOnlyList<string> Load(IReadOnlyDictionary<CheckKey, KeptCheck> known)
    {
        var unread = new List<string>();
        foreach (var kept in file.Read())
        {
            if (TryLoad(kept.Definition) is not { } loaded || Count >= MostInstances)
            {
                unread.Add(kept.Id);
                continue;
            }

            loaded.Check.Resume(known.GetValueOrDefault(new(loaded.Definition.Id, EurekaCheck.Id)));
            _state = With(loaded);
        }

        return unread;
    }

    public IReadOnlyList<ServiceDefinition> Look()
    {
        if (!_isKept)
        {
            _isKept = true;
            Volatile.Write(ref _problem, file.Write(_state.Values.SelectMany(app => app.Values).Select(Kept)));
        }

        return _definitions ??= [.. _state.Values.SelectMany(app => app.Values).Select(one => one.Definition)
            .OrderBy(one => one.Id, StringComparer.Ordinal)];
    }

    public void Watch(Action changed) => _changed = changed;

    /// <summary>Nothing is read anew: what clients have told is here, and its file is only for the next start.</summary>
    public void Forget()
    {
    }

    public void HasEnded(ServiceDefinition definition)
    {
        if (definition.Origin != EurekaTemplate.Origin)
            return;
        var (app, id) = EurekaTemplate.PartsOf(definition.Id);
        if (ReferenceEquals(Find(app, id)?.Definition, definition))
            Cancel(app, id);
    }

    /// <summary>One that was registered here; null for none.</summary>
    public RegisteredInstance? Find(string app, string id) => State.GetValueOrDefault(app)?.GetValueOrDefault(id);

    /// <summary>Registers an instance, or takes the place of that with its id, whose override stays.</summary>
    /// <returns>Why it was not; null when it was.</returns>
    public EurekaRefusal? Register(EurekaInstance sent)
    {
        var known = Find(sent.App, sent.InstanceId);
        if (known is null && Count >= MostInstances)
            return new(503, string.Create(
                CultureInfo.InvariantCulture,
                $"The agent has {MostInstances} instances by Eureka's API, as many as it takes; cancel some, or run another agent."));
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var isOver = known is { Instance.Override: not EurekaStatus.Unknown };
        return Put(known, sent with
        {
            Override = isOver ? known!.Instance.Override : sent.Override, RegisteredAt = now, UpdatedAt = now,
        });
    }

    /// <summary>Changes what is said of an instance.</summary>
    /// <returns>Why it was not changed; null when it was.</returns>
    public EurekaRefusal? Change(string app, string id, Func<EurekaInstance, EurekaInstance> change)
    {
        if (Find(app, id) is not { } known || !known.Check.TryRenew(out _))
            return new(404, $"No instance '{id}' of {app} is registered at this agent.");
        return Put(known, change(known.Instance) with { UpdatedAt = time.GetUtcNow().ToUnixTimeMilliseconds() });
    }

    /// <summary>Takes an instance back.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Cancel(string app, string id)
    {
        if (Find(app, id) is null)
            return false;
        var left = _state[app].Remove(id);
        Publish(left.IsEmpty ? _state.Remove(app) : _state.SetItem(app, left));
        return true;
    }

    private EurekaRefusal? Put(RegisteredInstance? known, EurekaInstance instance)
    {
        var goesOn = known is not null && known.Instance.Duration == instance.Duration && known.Check.TryRenew(out _);
        if (goesOn && known!.Instance.DirtyAt == instance.DirtyAt && known.Instance.SaysTheSame(instance))
            return null;
        var check = goesOn ? known!.Check : new EurekaCheck(TimeSpan.FromSeconds(instance.Duration), instance.Effective, time);
        if (Make(instance, check, known) is not { } made)
            return new(400, $"The instance has more than {MostText} letters with all that it says; shorten its metadata.");
        if (!ReferenceEquals(made.Definition, known?.Definition) && RecordTemplate.ProblemOf(made.Definition) is { } problem)
            return new(400, $"Gossip cannot hold this instance: {problem}");
        check.Tell(instance.Effective);
        Publish(With(made));
        return null;
    }

    /// <summary>Where the agent's table has the same definition already, it goes on with that: an end is told of it.</summary>
    private static RegisteredInstance? Make(EurekaInstance instance, EurekaCheck check, RegisteredInstance? known)
    {
        var text = EurekaTemplate.TextOf(instance, check);
        if (text.Length > MostText)
            return null;
        return new(instance, check, known?.Definition.Text == text ? known.Definition : EurekaTemplate.Of(instance, check, text));
    }

    private RegisteredInstance? TryLoad(byte[]? kept)
    {
        try
        {
            if (kept is null || JsonSerializer.Deserialize(kept, EurekaInstanceJson.Default.EurekaInstance)
                is not { Duration: > 0, HostName: not null, IpAddr: not null, Metadata: not null } read
                || Find(read.App, read.InstanceId) is not null)
                return null;
            var made = Make(read, new(TimeSpan.FromSeconds(read.Duration), read.Effective, time), null);
            return made is not null && RecordTemplate.ProblemOf(made.Definition) is null ? made : null;
        }
        catch (Exception broken) when (broken is JsonException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private ImmutableDictionary<string, ImmutableSortedDictionary<string, RegisteredInstance>> With(RegisteredInstance one)
    {
        var app = _state.GetValueOrDefault(one.Instance.App)
            ?? ImmutableSortedDictionary.Create<string, RegisteredInstance>(StringComparer.Ordinal);
        return _state.SetItem(one.Instance.App, app.SetItem(one.Instance.InstanceId, one));
    }

    private void Publish(ImmutableDictionary<string, ImmutableSortedDictionary<string, RegisteredInstance>> state)
    {
        Volatile.Write(ref _state, state);
        (_definitions, _isKept) = (null, false);
        _changed?.Invoke();
    }

    private static KeptService Kept(RegisteredInstance one) => new(
        one.Definition.Id, JsonSerializer.SerializeToUtf8Bytes(one.Instance, EurekaInstanceJson.Default.EurekaInstance), null, null);
}
