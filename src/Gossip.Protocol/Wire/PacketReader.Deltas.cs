namespace Gossip.Protocol;

/// <content>Records.</content>
internal ref partial struct PacketReader
{
    /// <summary>Reads a delta of one record so far that one sees whether it is known; the record itself is not read.</summary>
    public static bool TryLoneDelta(ReadOnlySpan<byte> message, out LoneDelta delta)
    {
        delta = default;
        if (!TryOpen(message, 6, out var reader, out var elements) || elements != 6
            || !TryId(ref reader, out var owner) || !TryVersion(ref reader, out var from) || !TryVersion(ref reader, out var to)
            || !TryVersion(ref reader, out var floor) || !reader.TryArray(out var count) || count != 1
            || !reader.TryArray(out var fields) || fields < 3 || !reader.TryUtf8(Limits.NameBytes, out var key)
            || !TryVersion(ref reader, out var version) || version != to)
            return false;
        var record = ReadOnlySpan<byte>.Empty;
        if (!reader.TryNil() && !reader.TrySkip(out record))
            return false;
        delta = new LoneDelta { Owner = owner, From = from, Floor = floor, Version = version, Key = key, Record = record };
        return true;
    }

    /// <summary>Reads a delta; texts that many records share are taken from <paramref name="texts"/>.</summary>
    public static bool TryDelta(ReadOnlySpan<byte> message, out Delta delta, StringPool? texts = null)
    {
        delta = default;
        if (!TryOpen(message, 6, out var reader, out var elements)
            || !TryId(ref reader, out var owner) || !TryVersion(ref reader, out var from) || !TryVersion(ref reader, out var to)
            || !TryVersion(ref reader, out var floor) || !reader.TryArray(out var count)
            || count > Limits.RecordsPerOwner + Limits.TombstonesPerOwner || from >= to || floor > to)
            return false;
        var entries = new DeltaEntry[count];
        var last = from;
        for (var i = 0; i < count; i++)
        {
            if (!TryDeltaEntry(ref reader, texts, out entries[i]) || entries[i].Version <= last || entries[i].Version > to)
                return false;
            last = entries[i].Version;
        }

        ulong[]? kept = null;
        if (elements > 6 && !TryKept(ref reader, from, out kept))
            return false;
        delta = new Delta(owner, from, to, floor, entries, kept);
        return true;
    }

    /// <summary>
    /// Versions that ascend, and are no greater than <paramref name="most"/>. Something else, which only a later version understands, is
    /// ignored.
    /// </summary>
    private static bool TryKept(ref MessagePackReader reader, ulong most, out ulong[]? kept)
    {
        kept = null;
        if (!reader.TryArray(out var count))
            return reader.TrySkip(out _);
        if (count > Limits.RecordsPerOwner)
            return false;
        kept = new ulong[count];
        for (var i = 0; i < count; i++)
        {
            if (!TryVersion(ref reader, out kept[i]) || kept[i] > most || kept[i] <= (i == 0 ? 0 : kept[i - 1]))
                return false;
        }

        return true;
    }

    private static bool TryDeltaEntry(ref MessagePackReader reader, StringPool? texts, out DeltaEntry entry)
    {
        entry = default;
        if (!reader.TryArray(out var fields) || fields < 3 || !reader.TryString(Limits.NameBytes, out var key)
            || !Limits.IsName(key, Limits.NameBytes) || !TryVersion(ref reader, out var version))
            return false;
        byte[]? payload = null;
        var head = default(RecordHead);
        if (!reader.TryNil())
        {
            if (!reader.TrySkip(out var record) || record.Length > Limits.RecordBytes)
                return false;
            payload = record.ToArray();
            if (RecordCodec.TryRead(key, record, out var decoded, texts))
                head = RecordHead.Of(decoded);
        }

        entry = new DeltaEntry(key, version, payload, head);
        return reader.TrySkip(fields - 3);
    }
}
