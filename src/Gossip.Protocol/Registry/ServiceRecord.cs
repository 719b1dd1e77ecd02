using System.Collections.ObjectModel;
using Gossip.Protocol;

namespace Gossip;

/// <summary>Whether an instance wants traffic, by its own word.</summary>
public enum ServiceState : byte
{
    /// <summary>Not yet ready.</summary>
    Starting = 0,

    /// <summary>Takes traffic.</summary>
    Ready = 1,

    /// <summary>Takes traffic, and asks to be spared.</summary>
    Degraded = 2,

    /// <summary>Finishes what it has and takes nothing new.</summary>
    Draining = 3,

    /// <summary>Takes no traffic until it is well again.</summary>
    Unhealthy = 4,
}

/// <summary>What an owner says of one instance of a service. Only the owner writes it.</summary>
public sealed record ServiceRecord
{
    /// <summary>Names the instance among all records of its owner; 1 to 128 bytes.</summary>
    public required string InstanceId { get; init; }

    /// <summary>The service's name, compared without case; 1 to 128 bytes.</summary>
    public required string Service { get; init; }

    /// <summary>The version of the software, null when not told.</summary>
    public string? Version { get; init => field = value is "" ? null : value; }

    /// <summary>Whether the instance wants traffic.</summary>
    public ServiceState State { get; init; } = ServiceState.Ready;

    /// <summary>Why it is in that state, for people: at most 512 bytes, null when there is nothing to tell.</summary>
    public string? Reason { get; init => field = value is "" ? null : value; }

    /// <summary>The share of traffic it asks for, relative to its siblings: 0 to 10,000, usually 100.</summary>
    public int Weight { get; init; } = 100;

    /// <summary>Where it is reached; at most 32.</summary>
    public IReadOnlyList<ServiceEndpoint> Endpoints { get; init; } = [];

    /// <summary>Free labels; at most 64.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>
    /// Free key/value pairs; at most 256, and 16 KiB together. Keys are names; a value is the application's own and may be any text, line
    /// breaks included: escape it where people read it.
    /// </summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The zone it runs in, null where that is its node's: at most 64 bytes.</summary>
    public string? Zone { get; init => field = value is "" ? null : value; }

    /// <summary>The region it runs in, null when not told: at most 128 bytes.</summary>
    public string? Region { get; init => field = value is "" ? null : value; }

    /// <summary>What it is part of, such as "Production" or "Staging"; null when not told: at most 128 bytes.</summary>
    public string? Environment { get; init => field = value is "" ? null : value; }

    /// <summary>The name of the machine that it runs on, null when not told: at most 255 bytes.</summary>
    public string? Host { get; init => field = value is "" ? null : value; }

    /// <summary>The services that it cannot do its work without; at most 64.</summary>
    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>The roles of callers that it serves, empty when it does not say; at most 64.</summary>
    public IReadOnlyList<string> AuthorizedRoles { get; init; } = [];

    /// <summary>What an agent that registers others says of itself; null for an instance that goes with its node.</summary>
    public ServiceLease? Lease { get; init; }

    /// <summary>Checks every value, and that all of them together are no more than a record may take.</summary>
    /// <exception cref="ArgumentException">A value is null or out of its range; the message names it, its value and the range.</exception>
    public void Validate()
    {
        if ((MissingValue() ?? Problem()) is { } problem)
            throw new ArgumentException(problem);
        if (!RecordCodec.TryWrite(this, new byte[Limits.RecordBytes], out _))
            throw new ArgumentException(TooLarge());
    }

    internal string TooLarge() => $"The record of '{InstanceId}' takes more than {Limits.RecordBytes} bytes; give it less metadata.";

    /// <summary>What code has set to null, though it cannot be; a record that was read from bytes has none.</summary>
    internal string? MissingValue()
    {
        ReadOnlySpan<(string Name, object? Value)> all =
        [
            (nameof(InstanceId), InstanceId), (nameof(Service), Service), (nameof(Endpoints), Endpoints), (nameof(Tags), Tags),
            (nameof(Metadata), Metadata), (nameof(DependsOn), DependsOn), (nameof(AuthorizedRoles), AuthorizedRoles),
        ];
        foreach (var (name, value) in all)
        {
            if (value is null)
                return $"{name} is null; leave it out, or set it to a value.";
        }

        ReadOnlySpan<(string Name, IReadOnlyList<string> Values)> lists =
            [(nameof(Tags), Tags), (nameof(DependsOn), DependsOn), (nameof(AuthorizedRoles), AuthorizedRoles)];
        foreach (var (name, values) in lists)
        {
            if (values.Contains(null!))
                return $"{name} has an entry that is null; leave it out, or set it to a value.";
        }

        foreach (var (key, value) in Metadata)
        {
            if (value is null)
                return $"Metadata '{key}' has a value that is null; leave it out, or set it.";
        }

        foreach (var endpoint in Endpoints)
        {
            if (endpoint is not { Name: not null, Scheme: not null, Host: not null })
                return $"Endpoints has an entry, '{endpoint?.Name}', that is null in part; give it a name, a scheme, a host and a port.";
        }

        return null;
    }

    internal string? Problem()
    {
        if (!Limits.IsName(InstanceId, Limits.NameBytes))
            return $"InstanceId is '{Limits.Show(InstanceId)}'; it must be 1 to {Limits.NameBytes} bytes of {Limits.Letters}.";
        if (!Limits.IsName(Service, Limits.NameBytes))
            return $"Service is '{Limits.Show(Service)}'; it must be 1 to {Limits.NameBytes} bytes of {Limits.Letters}.";
        if (Version is not null && !Limits.IsName(Version, Limits.NameBytes))
            return $"Version is '{Limits.Show(Version)}'; it must be at most {Limits.NameBytes} bytes of {Limits.Letters}.";
        if (!Enum.IsDefined(State))
            return $"State is '{(byte)State}'; it must be one of {string.Join(", ", Enum.GetNames<ServiceState>())}.";
        if (Weight is < 0 or > 10_000)
            return $"Weight is {Weight}; it must be 0 to 10000.";
        if (Endpoints.Count > Limits.Endpoints)
            return $"Endpoints has {Endpoints.Count} entries; it must have at most {Limits.Endpoints}.";
        if (Tags.Count > Limits.Tags)
            return $"Tags has {Tags.Count} entries; it must have at most {Limits.Tags}.";
        return ProblemInText(nameof(Reason), Reason, Limits.ReasonBytes) ?? ProblemInText(nameof(Zone), Zone, Limits.ZoneBytes)
            ?? ProblemInText(nameof(Region), Region, Limits.NameBytes) ?? ProblemInText(nameof(Environment), Environment, Limits.NameBytes)
            ?? ProblemInText(nameof(Host), Host, Limits.HostBytes) ?? ProblemInNames(nameof(DependsOn), DependsOn)
            ?? ProblemInNames(nameof(AuthorizedRoles), AuthorizedRoles) ?? ProblemInEntries() ?? ProblemInLease();
    }

    private string? ProblemInLease()
    {
        if (Lease is not { } lease)
            return null;
        if (!Limits.IsName(lease.Agent, Limits.NameBytes))
            return $"Lease.Agent is '{Limits.Show(lease.Agent)}'; it must be 1 to {Limits.NameBytes} bytes of {Limits.Letters}.";
        return lease.Time < Limits.ShortestLease || lease.Time > Limits.LongestLease || lease.Time.Ticks % TimeSpan.TicksPerMillisecond != 0
            ? $"Lease.Time is {lease.Time}; it must be {Limits.ShortestLease} to {Limits.LongestLease}, in whole milliseconds."
            : null;
    }

    private static string? ProblemInText(string name, string? value, int maxBytes) => value is not null && !Limits.IsName(value, maxBytes)
        ? $"{name} is '{Limits.Show(value)}'; it must be at most {maxBytes} bytes of {Limits.Letters}."
        : null;

    private static string? ProblemInNames(string name, IReadOnlyList<string> values)
    {
        if (values.Count > Limits.NamesPerRecord)
            return $"{name} has {values.Count} entries; it must have at most {Limits.NamesPerRecord}.";
        for (var i = 0; i < values.Count; i++)
        {
            if (!Limits.IsName(values[i], Limits.NameBytes))
                return $"{name} has '{Limits.Show(values[i])}'; each must be 1 to {Limits.NameBytes} bytes of {Limits.Letters}.";
        }

        return null;
    }

    private string? ProblemInEntries()
    {
        // By their places: an enumerator of an interface is an object, and every record that comes in is checked.
        for (var i = 0; i < Endpoints.Count; i++)
        {
            var endpoint = Endpoints[i];
            if (!Limits.IsName(endpoint.Name, Limits.NameBytes) || !Limits.IsName(endpoint.Scheme, Limits.NameBytes)
                || !Uri.CheckSchemeName(endpoint.Scheme))
                return $"Endpoint '{Limits.Show(endpoint.Name)}' with scheme '{Limits.Show(endpoint.Scheme)}': "
                    + $"give it a name of {Limits.Letters}, and a scheme such as http.";
            if (!Limits.IsName(endpoint.Host, Limits.HostBytes) || Uri.CheckHostName(endpoint.Host) == UriHostNameType.Unknown
                || endpoint.Port is < 1 or > ushort.MaxValue)
                return $"Endpoint '{Limits.Show(endpoint.Name)}' is at '{Limits.Show(endpoint.Host)}:{endpoint.Port}'; "
                    + "it must be a host name or an IP address, and a port of 1 to 65535.";
            if (endpoint.Protocol is not null && !Limits.IsName(endpoint.Protocol, Limits.NameBytes))
                return $"Endpoint '{Limits.Show(endpoint.Name)}' has the protocol '{Limits.Show(endpoint.Protocol)}'; "
                    + $"it must be at most {Limits.NameBytes} bytes of {Limits.Letters}.";
        }

        for (var i = 0; i < Tags.Count; i++)
        {
            if (!Limits.IsName(Tags[i], Limits.NameBytes))
                return $"Tags has '{Limits.Show(Tags[i])}'; each must be 1 to {Limits.NameBytes} bytes of {Limits.Letters}.";
        }

        if (Metadata.Count > Limits.MetadataEntries)
            return $"Metadata has {Metadata.Count} entries; it must have at most {Limits.MetadataEntries}.";
        var bytes = 0;
        foreach (var (key, value) in Metadata)
        {
            if (!Limits.IsName(key, Limits.NameBytes))
                return $"Metadata key '{Limits.Show(key)}' must be 1 to {Limits.NameBytes} bytes of {Limits.Letters}.";
            bytes += System.Text.Encoding.UTF8.GetByteCount(key) + System.Text.Encoding.UTF8.GetByteCount(value);
        }

        return bytes > Limits.MetadataBytes ? $"Metadata takes {bytes} bytes; it must take at most {Limits.MetadataBytes}." : null;
    }
}
