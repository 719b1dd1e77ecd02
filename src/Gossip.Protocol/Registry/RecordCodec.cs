namespace Gossip.Protocol;

/// <summary>
/// Service records on the wire: [service, version, state, weight, [[name, scheme, host, port]…], [tag…], {key: value…}]. The instance id is
/// the key of the delta entry that carries the record. A record is kept and forwarded as the bytes that its owner wrote.
/// A state of a later version is read as draining: no traffic is sent to what is not understood.
/// </summary>
internal static class RecordCodec
{
    public static bool TryWrite(ServiceRecord record, Span<byte> buffer, out int written)
    {
        var writer = new MessagePackWriter(buffer);
        var fits = writer.TryArray(7) && writer.TryString(record.Service) && writer.TryString(record.Version)
            && writer.TryUInt((byte)record.State) && writer.TryUInt((uint)record.Weight) && writer.TryArray(record.Endpoints.Count);
        foreach (var endpoint in record.Endpoints)
        {
            fits = fits && writer.TryArray(4) && writer.TryString(endpoint.Name) && writer.TryString(endpoint.Scheme)
                && writer.TryString(endpoint.Host) && writer.TryUInt((uint)endpoint.Port);
        }

        fits = fits && writer.TryArray(record.Tags.Count);
        foreach (var tag in record.Tags)
            fits = fits && writer.TryString(tag);
        fits = fits && writer.TryMap(record.Metadata.Count);
        foreach (var (key, value) in record.Metadata)
            fits = fits && writer.TryString(key) && writer.TryString(value);
        written = writer.Position;
        return fits;
    }

    /// <summary>Reads a record; what many records share is taken from <paramref name="texts"/>.</summary>
    public static bool TryRead(string instanceId, ReadOnlySpan<byte> bytes, out ServiceRecord record, Texts? texts = null)
    {
        record = null!;
        var reader = new MessagePackReader(bytes);
        if (!reader.TryArray(out var fields) || fields < 7 || !reader.TryString(Limits.NameBytes, texts, out var service)
            || !reader.TryString(Limits.NameBytes, texts, out var version) || !reader.TryByteValue(out var state)
            || !reader.TryUInt(out var weight) || weight > 10_000 || !TryEndpoints(ref reader, texts, out var endpoints)
            || !TryTags(ref reader, texts, out var tags) || !TryMetadata(ref reader, texts, out var metadata) || !reader.TrySkip(fields - 7))
            return false;
        record = new ServiceRecord
        {
            InstanceId = instanceId,
            Service = service,
            Version = version,
            State = state <= (byte)ServiceState.Draining ? (ServiceState)state : ServiceState.Draining,
            Weight = (int)weight,
            Endpoints = endpoints,
            Tags = tags,
            Metadata = metadata,
        };
        return record.Problem() is null;
    }

    private static bool TryEndpoints(ref MessagePackReader reader, Texts? texts, out ServiceEndpoint[] endpoints)
    {
        endpoints = [];
        if (!reader.TryArray(out var count) || count > Limits.Endpoints)
            return false;
        endpoints = new ServiceEndpoint[count];
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryArray(out var fields) || fields < 4 || !reader.TryString(Limits.NameBytes, texts, out var name)
                || !reader.TryString(Limits.NameBytes, texts, out var scheme) || !reader.TryString(Limits.HostBytes, out var host)
                || !reader.TryUInt(out var port) || port > ushort.MaxValue || !reader.TrySkip(fields - 4))
                return false;
            endpoints[i] = new ServiceEndpoint(name, scheme, host, (int)port);
        }

        return true;
    }

    private static bool TryTags(ref MessagePackReader reader, Texts? texts, out string[] tags)
    {
        tags = [];
        if (!reader.TryArray(out var count) || count > Limits.Tags)
            return false;
        tags = new string[count];
        foreach (ref var tag in tags.AsSpan())
        {
            if (!reader.TryString(Limits.NameBytes, texts, out tag))
                return false;
        }

        return true;
    }

    private static bool TryMetadata(ref MessagePackReader reader, Texts? texts, out KeyValuePair<string, string>[] metadata)
    {
        metadata = [];
        if (!reader.TryMap(out var count) || count > Limits.MetadataEntries)
            return false;
        metadata = new KeyValuePair<string, string>[count];
        foreach (ref var entry in metadata.AsSpan())
        {
            if (!reader.TryString(Limits.NameBytes, texts, out var key) || !reader.TryString(Limits.MetadataBytes, out var value))
                return false;
            entry = new(key, value);
        }

        return true;
    }
}
