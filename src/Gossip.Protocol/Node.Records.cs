namespace Gossip.Protocol;

/// <summary>The registry: only the owner writes its records, versions only grow, and everybody else keeps what the owner wrote.</summary>
public sealed partial class Node
{
    /// <summary>How long the one who told of large records has to send them, before the next one is asked.</summary>
    private static readonly TimeSpan FetchPatience = TimeSpan.FromMilliseconds(500);

    /// <summary>The records of a member, each read anew; none for a member that is not known.</summary>
    public IReadOnlyList<ServiceRecord> ServicesOf(MemberId owner) =>
        _table.Find(owner) is { } member ? [.. member.StoredRecords.Where(record => record.IsReadable).Select(record => record.Read())] : [];

    /// <summary>Registers an instance of a service, or changes one. A record with the same content is no change.</summary>
    /// <exception cref="ArgumentException">A value of the record is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The node has as many records as it may.</exception>
    public void Register(Instant now, ServiceRecord record, IOutbox outbox)
    {
        if ((record.MissingValue() ?? record.Problem()) is { } problem)
            throw new ArgumentException(problem, nameof(record));
        var buffer = new byte[Limits.RecordBytes];
        if (!RecordCodec.TryWrite(record, buffer, out var written))
            throw new ArgumentException(record.TooLarge(), nameof(record));
        var records = _self.Records;
        var known = records.Find(record.InstanceId)?.Payload;
        if (known is not null && buffer.AsSpan(0, written).SequenceEqual(known))
            return;
        if (known is null && records.Count >= Limits.RecordsPerOwner)
            throw new InvalidOperationException($"A node holds at most {Limits.RecordsPerOwner} records; deregister some, or run another node.");
        if (records.Bytes - (known?.Length ?? 0) + written > Limits.RecordBytesPerOwner)
            throw new InvalidOperationException($"A node holds at most {Limits.RecordBytesPerOwner} bytes of records; give them less metadata, or run another node.");

        // Read back rather than kept: the caller's lists may change under it, and what others see may not.
        RecordCodec.TryRead(record.InstanceId, buffer.AsSpan(0, written), out var copy, _texts);
        var payload = buffer[..written];
        Write(new Caller(now, outbox), record.InstanceId, payload, RecordHead.Of(copy));
    }

    /// <summary>Takes an instance back. False when the node has none of that id.</summary>
    public bool Deregister(Instant now, string instanceId, IOutbox outbox)
    {
        if (_self.Records.Find(instanceId) is not { IsTombstone: false })
            return false;
        Write(new Caller(now, outbox), instanceId, null, default);
        return true;
    }

    private void Write(in Caller caller, string key, byte[]? payload, RecordHead head)
    {
        var records = _self.Records;
        var stored = records.Write(key, payload, head);
        _table.UpdateRecords(_self);
        _table.NoteNews(caller.Now);
        caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.ServicesChanged, caller.Now, _self));
        SpreadOwn(caller, stored);
    }

    private void SpreadOwn(in Caller caller, StoredRecord stored)
    {
        ReadOnlySpan<DeltaEntry> entries = [new DeltaEntry(stored.Key, stored.Version, stored.Payload, stored.Head)];
        if (_sender.TryWriteDelta(new Delta(_self.Id, stored.Since, stored.Version, 0, []), entries, _sender.DatagramRoom, out var message))
            _gossiper.Spread(caller, new RumorSubject(RumorClass.Services, _self.Id, stored.Key), message.ToArray());
        else
            SpreadNotice(caller, _self.Id, stored.Version);
    }

    /// <summary>
    /// Whether a delta is one record that is here already, as it came: every rumour comes several times, and only the first is worth reading.
    /// </summary>
    private bool IsKnown(ReadOnlySpan<byte> delta)
    {
        if (!PacketReader.TryLoneDelta(delta, out var owner, out var from, out var floor, out var version)
            || _table.Find(owner) is not { } member || floor > member.Records.Floor
            || member.Records.FindVersion(version) is not { } stored || stored.Since != from)
            return false;
        _gossiper.Hear(new RumorSubject(RumorClass.Services, owner, stored.Key));
        return true;
    }

    private bool ReceiveDelta(in Caller caller, in Delta delta, ReadOnlySpan<byte> message)
    {
        if (delta.Owner == _self.Id)
            OutrankRecords(caller, delta.To);
        if (delta.Owner == _self.Id || _table.Find(delta.Owner) is not { } owner)
            return true;
        var records = owner.Records;
        var before = (records.Version, records.All.Count);
        var changed = records.Merge(delta, out var limited, owner.Name);
        if (limited)
            Counters.Drop(DropReason.LimitReached);
        _table.UpdateRecords(owner);
        if (!changed && before == (records.Version, records.All.Count))
            return true;
        _table.Note(owner);
        _table.NoteNews(caller.Now);
        if (changed && owner.IsLive)
            caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.ServicesChanged, caller.Now, owner));
        if (delta.Entries.Count == 1 && message.Length <= _sender.DatagramRoom)
            _gossiper.Spread(caller, new RumorSubject(RumorClass.Services, owner.Id, delta.Entries[0].Key), message.ToArray());
        else if (owner.Fetch is { } fetch && records.Version >= fetch.Version)
            SpreadNotice(caller, owner.Id, records.Version);
        return true;
    }

    /// <summary>
    /// Others hold a version of this node's records that it never wrote: a forgery or a flipped bit. Nothing that it writes below would be
    /// heard again, so it writes everything anew, above.
    /// </summary>
    private void OutrankRecords(in Caller caller, ulong version)
    {
        if (version <= _self.RecordsVersion)
            return;
        var records = _self.Records;
        if (!records.TryRaiseAbove(version))
            return;
        _table.UpdateRecords(_self);
        _table.NoteNews(caller.Now);
        SpreadNotice(caller, _self.Id, records.Version);
    }

    private void SpreadNotice(in Caller caller, MemberId owner, ulong version) =>
        _gossiper.Spread(caller, new RumorSubject(RumorClass.Services, owner), WriteNotice(owner, version));

    private static byte[] WriteNotice(MemberId owner, ulong version)
    {
        Span<byte> buffer = stackalloc byte[32];
        var writer = new PacketWriter(buffer);
        writer.TryNotice(owner, version);
        return buffer[..writer.Length].ToArray();
    }

    /// <summary>Someone has records that no datagram holds: they are fetched by stream from whoever told.</summary>
    private bool ReceiveNotice(in Caller caller, MemberId owner, ulong version)
    {
        if (owner == _self.Id)
            OutrankRecords(caller, version);
        if (owner == _self.Id || _table.Find(owner) is not { IsLive: true } member || member.RecordsVersion >= version || !IsFromMember(caller))
            return true;
        if (member.Fetch is { } fetch && fetch.Version >= version && caller.Now < fetch.Until)
            return true;
        member.Fetch = new Fetch(version, caller.Now + FetchPatience);
        var answer = new ReplyWriter(_sender, caller.From, Delivery.Stream, caller.Outbox);
        AddWant(ref answer, [new WantEntry(owner, member.RecordsVersion)]);
        answer.Flush();
        return true;
    }

    /// <summary>Adds what is known of an owner's records above a version, in as many messages as it takes.</summary>
    private void AddRecords(ref ReplyWriter answer, Member owner, ulong version)
    {
        var records = owner.Records;
        AddEarlyRecords(ref answer, owner.Id, records, version);
        if (records.Version <= version)
            return;
        var delta = records.Since(owner.Id, version);
        var entries = delta.Entries.ToArray().AsSpan();
        while (true)
        {
            var count = entries.Length;
            var fits = _sender.TryWriteDelta(delta, entries, RoomFor(count), out var message);
            while (!fits && count > 1)
            {
                count /= 2;
                var part = delta with { To = entries[count - 1].Version, Floor = Math.Min(delta.Floor, entries[count - 1].Version) };
                fits = _sender.TryWriteDelta(part, entries[..count], RoomFor(count), out message);
            }

            if (!fits)
                return;
            answer.Add(message);
            if (count == entries.Length)
                return;
            delta = delta with { From = entries[count - 1].Version };
            entries = entries[count..];
        }
    }

    /// <summary>Several records are spread over frames of moderate size; a single one takes what it needs.</summary>
    private static int RoomFor(int records) => records > 1 ? PacketSender.StreamFrame - PacketSender.FrameOverhead : ReplyWriter.MaxMessage;

    /// <summary>
    /// What came here before the gap below it closed goes first, each record by itself: an older state of the same record is gone here, and
    /// the difference that follows would make the other drop it.
    /// </summary>
    private void AddEarlyRecords(ref ReplyWriter answer, MemberId owner, OwnerRecords records, ulong version)
    {
        foreach (var stored in records.All)
        {
            if (stored.Version <= records.Version || stored.Version <= version)
                continue;
            ReadOnlySpan<DeltaEntry> entries = [new DeltaEntry(stored.Key, stored.Version, stored.Payload, stored.Head)];
            if (_sender.TryWriteDelta(new Delta(owner, stored.Since, stored.Version, 0, []), entries, ReplyWriter.MaxMessage, out var message))
                answer.Add(message);
        }
    }
}
