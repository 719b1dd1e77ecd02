using System.Collections.ObjectModel;

namespace Gossip.Protocol;

/// <summary>
/// Service records on the wire: [service, version, state, weight, [[name, scheme, host, port, protocol]…], [tag…], {key: value…}, reason,
/// [zone, region, environment, host], [dependency…], [role…], [agent, milliseconds of its lease]]. What follows the metadata, and an
/// endpoint's protocol, is left out when it is empty. The instance id is the key of the delta entry that carries the record. A record is
/// kept and forwarded as the bytes that its owner wrote. A state of a later version is read as draining: no traffic is sent to an
/// instance in a state that is not understood.
/// </summary>
internal static class RecordCodec
{
    /// <summary>Elements that every record has; those after them are optional, from the end on.</summary>
    private const int FewestFields = 7;

    private const int Fields = 12;

    public static bool TryWrite(ServiceRecord record, Span<byte> buffer, out int written)
    {
        var fields = FieldsOf(record);
        var writer = new MessagePackWriter(buffer);
        var fits = writer.TryArray(fields) && writer.TryString(record.Service) && writer.TryString(record.Version ?? "")
            && writer.TryUInt((byte)record.State) && writer.TryUInt((uint)record.Weight) && writer.TryArray(record.Endpoints.Count);
        foreach (var endpoint in record.Endpoints)
        {
            var tells = endpoint.Protocol is not null;
            fits = fits && writer.TryArray(tells ? 5 : 4) && writer.TryString(endpoint.Name) && writer.TryString(endpoint.Scheme)
                && writer.TryString(endpoint.Host) && writer.TryUInt((uint)endpoint.Port)
                && (!tells || writer.TryString(endpoint.Protocol!));
        }

        fits = fits && TryNames(ref writer, record.Tags) && writer.TryMap(record.Metadata.Count);
        foreach (var (key, value) in record.Metadata)
            fits = fits && writer.TryString(key) && writer.TryString(value);
        fits = fits
            && (fields < 8 || writer.TryString(record.Reason ?? ""))
            && (fields < 9 || (writer.TryArray(4) && writer.TryString(record.Zone ?? "") && writer.TryString(record.Region ?? "")
                && writer.TryString(record.Environment ?? "") && writer.TryString(record.Host ?? "")))
            && (fields < 10 || TryNames(ref writer, record.DependsOn))
            && (fields < 11 || TryNames(ref writer, record.AuthorizedRoles))
            && (fields < 12 || (writer.TryArray(2) && writer.TryString(record.Lease!.Agent)
                && writer.TryUInt((uint)record.Lease.Time.TotalMilliseconds)));
        written = writer.Position;
        return fits;
    }

    /// <summary>Reads a record; texts that many records share are taken from <paramref name="texts"/>.</summary>
    public static bool TryRead(string instanceId, ReadOnlySpan<byte> bytes, out ServiceRecord record, StringPool? texts = null)
    {
        record = null!;
        var reader = new MessagePackReader(bytes);
        if (!reader.TryArray(out var fields) || fields < FewestFields || !reader.TryString(Limits.NameBytes, texts, out var service)
            || !reader.TryString(Limits.NameBytes, texts, out var version) || !reader.TryByteValue(out var state)
            || !reader.TryUInt(out var weight) || weight > 10_000 || !TryEndpoints(ref reader, texts, out var endpoints)
            || !TryNames(ref reader, Limits.Tags, texts, out var tags) || !TryMetadata(ref reader, texts, out var metadata))
            return false;
        string reason = "", zone = "", region = "", environment = "", host = "";
        string[] dependsOn = [], roles = [];
        ServiceLease? lease = null;
        if ((fields >= 8 && !reader.TryString(Limits.ReasonBytes, out reason))
            || (fields >= 9 && !TryPlace(ref reader, texts, out zone, out region, out environment, out host))
            || (fields >= 10 && !TryNames(ref reader, Limits.NamesPerRecord, texts, out dependsOn))
            || (fields >= 11 && !TryNames(ref reader, Limits.NamesPerRecord, texts, out roles))
            || (fields >= 12 && !TryLease(ref reader, texts, out lease))
            || !reader.TrySkip(Math.Max(0, fields - Fields)))
            return false;
        record = new ServiceRecord
        {
            InstanceId = instanceId,
            Service = service,
            Version = version,
            State = state <= (byte)ServiceState.Unhealthy ? (ServiceState)state : ServiceState.Draining,
            Weight = (int)weight,
            Endpoints = endpoints,
            Tags = tags,
            Metadata = metadata,
            Reason = reason,
            Zone = zone,
            Region = region,
            Environment = environment,
            Host = host,
            DependsOn = dependsOn,
            AuthorizedRoles = roles,
            Lease = lease,
        };
        return record.Problem() is null;
    }

    private static int FieldsOf(ServiceRecord record)
    {
        if (record.Lease is not null)
            return Fields;
        if (record.AuthorizedRoles.Count > 0)
            return 11;
        if (record.DependsOn.Count > 0)
            return 10;
        if ((record.Zone ?? record.Region ?? record.Environment ?? record.Host) is not null)
            return 9;
        return record.Reason is not null ? 8 : FewestFields;
    }

    private static bool TryNames(ref MessagePackWriter writer, IReadOnlyList<string> names)
    {
        var fits = writer.TryArray(names.Count);
        for (var i = 0; i < names.Count; i++)
            fits = fits && writer.TryString(names[i]);
        return fits;
    }

    private static bool TryPlace(
        ref MessagePackReader reader, StringPool? texts, out string zone, out string region, out string environment, out string host)
    {
        (zone, region, environment, host) = ("", "", "", "");
        return reader.TryArray(out var fields) && fields >= 4 && reader.TryString(Limits.ZoneBytes, texts, out zone)
            && reader.TryString(Limits.NameBytes, texts, out region) && reader.TryString(Limits.NameBytes, texts, out environment)
            && reader.TryString(Limits.HostBytes, texts, out host) && reader.TrySkip(fields - 4);
    }

    private static bool TryLease(ref MessagePackReader reader, StringPool? texts, out ServiceLease? lease)
    {
        lease = null;
        if (!reader.TryArray(out var fields) || fields < 2 || !reader.TryString(Limits.NameBytes, texts, out var agent)
            || !reader.TryUInt(out var milliseconds) || milliseconds > Limits.LongestLease.TotalMilliseconds
            || !reader.TrySkip(fields - 2))
            return false;
        lease = new ServiceLease { Agent = agent, Time = TimeSpan.FromMilliseconds(milliseconds) };
        return true;
    }

    private static bool TryEndpoints(ref MessagePackReader reader, StringPool? texts, out ServiceEndpoint[] endpoints)
    {
        endpoints = [];
        if (!reader.TryArray(out var count) || count > Limits.Endpoints)
            return false;
        endpoints = new ServiceEndpoint[count];
        for (var i = 0; i < count; i++)
        {
            var protocol = "";
            if (!reader.TryArray(out var fields) || fields < 4 || !reader.TryString(Limits.NameBytes, texts, out var name)
                || !reader.TryString(Limits.NameBytes, texts, out var scheme) || !reader.TryString(Limits.HostBytes, out var host)
                || !reader.TryUInt(out var port) || port > ushort.MaxValue
                || (fields >= 5 && !reader.TryString(Limits.NameBytes, texts, out protocol)) || !reader.TrySkip(Math.Max(0, fields - 5)))
                return false;
            endpoints[i] = new ServiceEndpoint(name, scheme, host, (int)port) { Protocol = protocol };
        }

        return true;
    }

    private static bool TryNames(ref MessagePackReader reader, int most, StringPool? texts, out string[] names)
    {
        names = [];
        if (!reader.TryArray(out var count) || count > most)
            return false;
        names = new string[count];
        foreach (ref var name in names.AsSpan())
        {
            if (!reader.TryString(Limits.NameBytes, texts, out name))
                return false;
        }

        return true;
    }

    private static bool TryMetadata(ref MessagePackReader reader, StringPool? texts, out ReadOnlyDictionary<string, string> metadata)
    {
        metadata = ReadOnlyDictionary<string, string>.Empty;
        if (!reader.TryMap(out var count) || count > Limits.MetadataEntries)
            return false;
        if (count == 0)
            return true;
        var pairs = new Dictionary<string, string>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryString(Limits.NameBytes, texts, out var key) || !reader.TryString(Limits.MetadataBytes, out var value))
                return false;
            pairs[key] = value;
        }

        metadata = pairs.AsReadOnly();
        return true;
    }
}
