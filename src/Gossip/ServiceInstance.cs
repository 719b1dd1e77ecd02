using System.Collections.ObjectModel;
using Gossip.Protocol;

namespace Gossip;

/// <summary>One running instance of a service, as its owner describes it.</summary>
public sealed class ServiceInstance
{
    private Details? _details;

    internal ServiceInstance(StoredRecord record, MemberProfile owner)
    {
        Record = record;
        Owner = owner;
    }

    /// <summary>The service's name, as its owner writes it; names are compared without case.</summary>
    public string Service => Record.Service;

    /// <summary>Names the instance among all records of its node.</summary>
    public string InstanceId => Record.InstanceId;

    /// <summary>The version of the software; empty when not told.</summary>
    public string Version => Read().Version;

    /// <summary>Whether the instance wants traffic, by its own word.</summary>
    public ServiceState State => Record.State;

    /// <summary>The share of traffic that the instance asks for, relative to its siblings.</summary>
    public int Weight => Record.Weight;

    /// <summary>The zone of its node; empty when it has none.</summary>
    public string Zone => Owner.Zone;

    /// <summary>The node that owns the instance.</summary>
    public MemberId NodeId => Owner.Id;

    /// <summary>The name of the node that owns the instance.</summary>
    public string NodeName => Owner.Name;

    /// <summary>Where the instance is reached, its preferred endpoint first.</summary>
    public IReadOnlyList<InstanceEndpoint> Endpoints => Read().Endpoints;

    /// <summary>Free labels.</summary>
    public IReadOnlyList<string> Tags => Read().Tags;

    /// <summary>Free key/value pairs.</summary>
    public ReadOnlyDictionary<string, string> Metadata => Read().Metadata;

    /// <summary>The address of the first endpoint; null when the instance has none.</summary>
    public Uri? Uri => Endpoints.Count > 0 ? Endpoints[0].Uri : null;

    internal StoredRecord Record { get; }

    internal MemberProfile Owner { get; }

    /// <summary>The address of the endpoint with that name or, failing that, of the first with that scheme; null when there is none.</summary>
    public Uri? FindUri(string endpointOrScheme)
    {
        foreach (var endpoint in Endpoints)
        {
            if (string.Equals(endpoint.Name, endpointOrScheme, StringComparison.OrdinalIgnoreCase))
                return endpoint.Uri;
        }

        foreach (var endpoint in Endpoints)
        {
            if (string.Equals(endpoint.Scheme, endpointOrScheme, StringComparison.OrdinalIgnoreCase))
                return endpoint.Uri;
        }

        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Service} {InstanceId} {State} {Uri}";

    /// <summary>Read at first use: of the thousands of instances that a node knows, its application looks at few. Two threads that come
    /// together may both read, and find the same.</summary>
    private Details Read() => Volatile.Read(ref _details) ?? (_details = new Details(Record.Read()));

    /// <summary>What only some readers want to know.</summary>
    private sealed class Details
    {
        public Details(ServiceRecord record)
        {
            Version = record.Version;
            Endpoints = record.Endpoints.Select(endpoint => new InstanceEndpoint(endpoint)).ToArray().AsReadOnly();
            Tags = record.Tags;
            var metadata = new Dictionary<string, string>(record.Metadata.Count, StringComparer.Ordinal);
            foreach (var (key, value) in record.Metadata)
                metadata[key] = value;
            Metadata = metadata.AsReadOnly();
        }

        public string Version { get; }

        public ReadOnlyCollection<InstanceEndpoint> Endpoints { get; }

        public IReadOnlyList<string> Tags { get; }

        public ReadOnlyDictionary<string, string> Metadata { get; }
    }
}
