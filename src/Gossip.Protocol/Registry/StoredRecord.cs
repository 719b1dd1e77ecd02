using System.Runtime.CompilerServices;

namespace Gossip.Protocol;

/// <summary>
/// A record as a node keeps it: the bytes that its owner wrote, as far as its siblings' are others, and beside them only what every reader
/// asks for. The rest is read out of the bytes when somebody wants it: a node knows the records of thousands, and its application looks at few.
/// </summary>
public abstract class StoredRecord
{
    /// <summary>What it shares with its siblings; null for a tombstone, or a record that is not understood.</summary>
    private readonly Mould? _mould;

    private readonly ushort _front;
    private readonly ushort _back;
    private readonly ushort _weight;

    /// <summary>By how much <see cref="Since"/> is below the version; 0 where it is 0 itself.</summary>
    private readonly byte _gap;

    private StoredRecord(string key, ulong since, ulong version, RecordHead head, (int Front, int Back) shared)
    {
        Key = key;
        _gap = (byte)(since == 0 ? 0 : version - since);
        Version = version;
        State = head.State;
        _weight = (ushort)head.Weight;
        _mould = head.Mould;
        (_front, _back) = ((ushort)shared.Front, (ushort)shared.Back);
    }

    /// <summary>Whether the record can be shown: it is no tombstone, and not of a kind that only a later version understands.</summary>
    public bool IsReadable => _mould is not null;

    /// <summary>Names the instance among all records of its owner.</summary>
    public string InstanceId => Key;

    /// <summary>The service's name; empty for a record that is not readable.</summary>
    public string Service => _mould?.Service ?? "";

    /// <summary>Whether the instance wants traffic.</summary>
    public ServiceState State { get; }

    /// <summary>The share of traffic it asks for, relative to its siblings.</summary>
    public int Weight => _weight;

    /// <summary>The zone that the instance runs in, where that is not its owner's; else empty.</summary>
    public string Zone => this is Unusual unusual ? unusual.OwnZone : "";

    /// <summary>The number of the owner's write that made the record.</summary>
    public ulong Version { get; }

    internal string Key { get; }

    /// <summary>
    /// The version just below it among the owner's other records: who has everything up to there has, with this record, everything up to
    /// <see cref="Version"/>.
    /// </summary>
    internal ulong Since => this is Unusual unusual ? unusual.OwnSince : _gap == 0 ? 0 : Version - _gap;

    /// <summary>Whether it only says that there is no such instance any more.</summary>
    internal virtual bool IsTombstone => false;

    /// <summary>The bytes that its owner wrote, put together at each call; null for a tombstone.</summary>
    internal byte[]? Payload => IsTombstone ? null : _mould?.Fill(_front, Own, _back) ?? Own.ToArray();

    /// <summary>How many bytes that are.</summary>
    internal int Bytes => _front + Own.Length + _back;

    /// <summary>The bytes between those that the mould has.</summary>
    private protected abstract ReadOnlySpan<byte> Own { get; }

    internal RecordHead Head => new(_mould, State, Weight, Zone);

    /// <summary>Reads the whole record, anew at each call.</summary>
    /// <exception cref="InvalidOperationException">The record is not readable.</exception>
    public ServiceRecord Read() => IsReadable && RecordCodec.TryRead(Key, Payload, out var record)
        ? record
        : throw new InvalidOperationException($"The record '{Key}' of version {Version} has nothing that this version could read.");

    /// <inheritdoc/>
    public override string ToString() => $"{Key}@{Version}";

    internal static StoredRecord Of(string key, ulong since, ulong version, byte[]? payload, RecordHead head)
    {
        var shared = head.Mould?.Overlap(payload) ?? default;
        var own = payload.AsSpan()[shared.Front..^shared.Back];
        var isUsual = string.IsNullOrEmpty(head.Zone) && (since == 0 || version - since <= byte.MaxValue);
        if (isUsual && payload is not null && own.Length <= Few.Most)
            return new Brief(key, since, version, head, shared, own);
        var kept = payload is null ? null : own.ToArray();
        return isUsual ? new Long(key, since, version, head, shared, kept) : new Unusual(key, since, version, head, shared, kept);
    }

    /// <summary>One with no more bytes of its own than an IPv4 address takes, as most are: an array would take twice as much.</summary>
    private sealed class Brief : StoredRecord
    {
        private readonly Few _own;
        private readonly byte _length;

        public Brief(string key, ulong since, ulong version, RecordHead head, (int Front, int Back) shared, ReadOnlySpan<byte> own)
            : base(key, since, version, head, shared)
        {
            own.CopyTo(_own);
            _length = (byte)own.Length;
        }

        private protected override ReadOnlySpan<byte> Own => ((ReadOnlySpan<byte>)_own)[.._length];
    }

    /// <summary>One that has more, or a tombstone, which has none.</summary>
    private class Long(string key, ulong since, ulong version, RecordHead head, (int Front, int Back) shared, byte[]? own)
        : StoredRecord(key, since, version, head, shared)
    {
        internal sealed override bool IsTombstone => own is null;

        private protected sealed override ReadOnlySpan<byte> Own => own;
    }

    /// <summary>One that names a zone, or has a wide gap below it: most do not, and there are thousands.</summary>
    private sealed class Unusual(string key, ulong since, ulong version, RecordHead head, (int Front, int Back) shared, byte[]? own)
        : Long(key, since, version, head, shared, own)
    {
        public string OwnZone { get; } = head.Zone ?? "";

        public ulong OwnSince { get; } = since;
    }

    [InlineArray(Most)]
    private struct Few
    {
        public const int Most = 15;

        private byte _first;
    }
}

/// <summary>What every reader asks of a record. The default is none: of a tombstone, or of a record that is not understood.</summary>
internal readonly record struct RecordHead(Mould? Mould, ServiceState State, int Weight, string? Zone = null)
{
    public static RecordHead Of(ServiceRecord record, byte[] payload, Texts? texts = null) =>
        new(texts?.MouldOf(record, payload) ?? new Mould(record.Service, payload), record.State, record.Weight, record.Zone);
}
