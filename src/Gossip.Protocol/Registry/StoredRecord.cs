namespace Gossip.Protocol;

/// <summary>
/// A record as a node keeps it: the bytes that its owner wrote, and beside them what every reader asks for. The rest is read out of the
/// bytes when somebody wants it: a node knows the records of thousands, and its application looks at few.
/// </summary>
internal sealed class StoredRecord
{
    /// <summary>Bytes of memory that a record takes beside its payload: the objects, the key, the place in the lists.</summary>
    public const int Overhead = 200;

    internal StoredRecord(string key, ulong since, ulong version, byte[]? payload, RecordHead head)
    {
        (Key, Since, Version, Payload, Head) = (key, since, version, payload, head);
    }

    /// <summary>Whether the record can be shown: it is no tombstone, and not of a kind that only a later version understands.</summary>
    public bool IsReadable => Head.Service is not null;

    /// <summary>Names the instance among all records of its owner.</summary>
    public string InstanceId => Key;

    /// <summary>The service's name; empty for a record that is not readable.</summary>
    public string Service => Head.Service ?? "";

    /// <summary>Whether the instance wants traffic.</summary>
    public ServiceState State => Head.State;

    /// <summary>The share of traffic it asks for, relative to its siblings.</summary>
    public int Weight => Head.Weight;

    /// <summary>The zone that the instance runs in, where that is not its owner's; else null.</summary>
    public string? Zone => Head.Zone;

    /// <summary>
    /// Its endpoints that are refused while its owner is at an address: <see cref="SpecialAddresses"/>. It is read only where there may be
    /// any.
    /// </summary>
    /// <param name="owner">Where its owner says that it is.</param>
    /// <param name="self">Where this node is.</param>
    public IReadOnlyList<ServiceEndpoint> Refused(PeerAddress owner, PeerAddress self) =>
        !SpecialAddresses.IsPlausible(owner, self) ? (IsReadable ? Read().Endpoints : [])
        : Head.Special == SpecialAddress.None || (Head.Special == SpecialAddress.Loopback && owner.IsLoopback)
            ? []
            : RefusedBeside(owner);

    /// <summary>By itself, or its delegate would be made for every record that has none.</summary>
    private ServiceEndpoint[] RefusedBeside(PeerAddress owner) =>
        [.. Read().Endpoints.Where(endpoint => SpecialAddresses.Refuses(endpoint, owner))];

    /// <summary>The number of the owner's write that made the record.</summary>
    public ulong Version { get; }

    internal string Key { get; }

    /// <summary>
    /// The version just below it among the owner's other records: who has everything up to there has, with this record, everything up to
    /// <see cref="Version"/>.
    /// </summary>
    internal ulong Since { get; }

    /// <summary>The bytes that its owner wrote; null for a tombstone.</summary>
    internal byte[]? Payload { get; }

    internal RecordHead Head { get; }

    /// <summary>Whether it only says that there is no such instance any more.</summary>
    internal bool IsTombstone => Payload is null;

    /// <summary>How many bytes its owner wrote.</summary>
    internal int Bytes => Payload?.Length ?? 0;

    /// <summary>Reads the whole record, anew at each call.</summary>
    /// <exception cref="InvalidOperationException">The record is not readable.</exception>
    public ServiceRecord Read() => IsReadable && RecordCodec.TryRead(Key, Payload, out var record)
        ? record
        : throw new InvalidOperationException($"The record '{Key}' of version {Version} has nothing that this version could read.");

    /// <inheritdoc/>
    public override string ToString() => $"{Key}@{Version}";
}

/// <summary>What every reader asks of a record. The default is none: of a tombstone, or of a record that is not understood.</summary>
internal readonly record struct RecordHead(string? Service, ServiceState State, int Weight, string? Zone)
{
    /// <summary>What kind of address its endpoints name that may have to be refused.</summary>
    public SpecialAddress Special { get; init; }

    /// <summary>Of an instance that an agent registered; null of one that did so itself.</summary>
    public ServiceLease? Lease { get; init; }

    public static RecordHead Of(ServiceRecord record) => new(record.Service, record.State, record.Weight, record.Zone)
    {
        Special = SpecialAddresses.Of(record),
        Lease = record.Lease,
    };
}
