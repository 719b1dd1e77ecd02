namespace Gossip.Protocol;

/// <summary>The registry: only the owner writes its records, versions only grow, and everybody else keeps what the owner wrote.</summary>
internal sealed partial class Registry(Kernel kernel, Gossiper gossiper, Introductions introductions, Leases leases)
{
    /// <summary>How long the one who told of large records has to send them, before the next one is asked.</summary>
    private static readonly TimeSpan FetchPatience = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Of its own writes a node passes so many on by themselves, and then one more in each <see cref="PaceOfWrites"/>. Others are
    /// announced, and fetched together: a rumour comes to a node several times, and a fetch once, so hundreds of them would be most of the
    /// traffic.
    /// </summary>
    private const int WritesAtOnce = 32;

    private static readonly TimeSpan PaceOfWrites = TimeSpan.FromMilliseconds(100);

    private readonly RecordRoom _room = new(kernel);

    /// <summary>What the delta that is taken now has that is new.</summary>
    private readonly List<RecordChange> _news = [];

    /// <summary>Until when its writes so far would have taken at their pace.</summary>
    private Instant _writtenUntil = Instant.Start;

    /// <summary>The records of a member, each read anew; none for a member that is not known.</summary>
    public IReadOnlyList<ServiceRecord> ServicesOf(MemberId owner) =>
        kernel.Table.Find(owner) is { } member
            ? [.. member.StoredRecords.Where(record => record.IsReadable).Select(record => record.Read())]
            : [];

    /// <summary>Leases of members that have gone end.</summary>
    public void StepLeases(in Caller caller) => leases.Step(caller);

    /// <summary>Registers an instance of a service, or changes one. A record with the same content is no change.</summary>
    /// <exception cref="ArgumentException">A value of the record is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The node has as many records as it may.</exception>
    public void Register(in Caller caller, ServiceRecord record)
    {
        if ((record.MissingValue() ?? record.Problem()) is { } problem)
            throw new ArgumentException(problem, nameof(record));
        var buffer = new byte[Limits.RecordBytes];
        if (!RecordCodec.TryWrite(record, buffer, out var written))
            throw new ArgumentException(record.TooLarge(), nameof(record));
        var records = kernel.Self.Records;
        var known = records.Find(record.InstanceId)?.Payload;
        if (known is not null && buffer.AsSpan(0, written).SequenceEqual(known))
            return;
        if (known is null && records.Count >= Limits.RecordsPerOwner)
            throw new InvalidOperationException(
                $"A node holds at most {Limits.RecordsPerOwner} records; deregister some, or run another node.");
        if (records.Bytes - (known?.Length ?? 0) + written > Limits.RecordBytesPerOwner)
            throw new InvalidOperationException(
                $"A node holds at most {Limits.RecordBytesPerOwner} bytes of records; give them less metadata, or run another node.");

        // Read back rather than kept: the caller's lists may change under it, and what others see may not.
        RecordCodec.TryRead(record.InstanceId, buffer.AsSpan(0, written), out var copy, kernel.Strings);
        var payload = buffer[..written];
        Write(caller, record.InstanceId, payload, RecordHead.Of(copy));
    }

    /// <summary>Takes an instance back. False when the node has none of that id.</summary>
    public bool Deregister(in Caller caller, string instanceId)
    {
        if (kernel.Self.Records.Find(instanceId) is not { IsTombstone: false })
            return false;
        Write(caller, instanceId, null, default);
        return true;
    }

    private void Write(in Caller caller, string key, byte[]? payload, RecordHead head)
    {
        var records = kernel.Self.Records;
        var stored = records.Write(key, payload, head, out var before);
        kernel.Table.UpdateRecords(kernel.Self);
        kernel.Table.NoteNews(caller.Now);
        leases.NoteRecords(caller.Now, kernel.Self);
        caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.ServicesChanged, caller.Now, kernel.Self)
        {
            Changes = [new(key, before, stored)],
        });
        SpreadOwn(caller, stored);
    }

    /// <summary>Tells a record of this node's own.</summary>
    public void SpreadOwn(in Caller caller, StoredRecord stored)
    {
        ReadOnlySpan<DeltaEntry> entries = [new DeltaEntry(stored.Key, stored.Version, stored.Payload, stored.Head)];
        var delta = new Delta(kernel.Self.Id, stored.Since, stored.Version, 0, []);
        if (!IsStorm(caller.Now) && kernel.Sender.TryWriteDelta(delta, entries, kernel.Sender.DatagramRoom, out var message))
            gossiper.Spread(caller, new RumorSubject(RumorClass.Services, kernel.Self.Id, stored.Key), message.ToArray());
        else
            SpreadNotice(caller, kernel.Self.Id, stored.Version);
    }

    private bool IsStorm(Instant now)
    {
        var begins = _writtenUntil <= now ? now : _writtenUntil;
        if (begins - now > (WritesAtOnce - 1) * PaceOfWrites)
            return true;
        _writtenUntil = begins + PaceOfWrites;
        return false;
    }

    /// <summary>
    /// Whether a delta is one record that is here already, as it came: every rumour comes several times, and only the first is worth
    /// reading.
    /// </summary>
    public bool IsKnown(ReadOnlySpan<byte> message)
    {
        if (!PacketReader.TryLoneDelta(message, out var delta)
            || kernel.Table.Find(delta.Owner) is not { } member || delta.Floor > member.Records.Floor
            || member.Records.FindVersion(delta.Version) is not { } stored || !delta.Tells(stored))
            return false;
        gossiper.Hear(new RumorSubject(RumorClass.Services, delta.Owner, stored.Key));
        return true;
    }

    /// <summary>Records of an owner, from whoever has them.</summary>
    public bool ReceiveDelta(in Caller caller, in Delta delta, ReadOnlySpan<byte> message)
    {
        if (delta.Owner == kernel.Self.Id)
            OutrankRecords(caller, delta.To, kernel.Self.Records.Contradicts(delta));
        if (delta.Owner == kernel.Self.Id || kernel.Table.Find(delta.Owner) is not { } owner)
            return true;
        if (!IsBelieved(caller, owner, delta.To))
            return true;
        CountUnreadable(delta);
        var records = owner.Records;
        var before = (records.Version, records.All.Count);
        var changed = Take(caller, owner, delta);
        var isNews = changed || before != (records.Version, records.All.Count);
        if (isNews)
        {
            kernel.Table.Note(owner);
            kernel.Table.NoteNews(caller.Now);
        }

        if (changed && owner.IsLive)
            caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.ServicesChanged, caller.Now, owner) { Changes = _news });
        // What was there before is of no more use, and may be much.
        _news.Clear();
        if (_news.Capacity > WritesAtOnce)
            _news.TrimExcess();
        if (!isNews)
            return true;
        if (delta.Entries.Count == 1 && message.Length <= kernel.Sender.DatagramRoom)
            gossiper.Spread(caller, new RumorSubject(RumorClass.Services, owner.Id, delta.Entries[0].Key), message.ToArray());
        else if (owner.Fetch is { } fetch && records.Version >= fetch.Version)
            SpreadNotice(caller, owner.Id, records.Version);
        return true;
    }

    /// <summary>Merges a delta if there is room for it, else keeps only its version. True when a visible record changed.</summary>
    private bool Take(in Caller caller, Member owner, in Delta delta)
    {
        // No room is made, and nothing let go, for what would not be held in any case.
        if (!owner.Records.IsNews(delta))
            return false;
        var limited = false;
        var changed = TryMakeRoom(caller, owner, owner.Records.GrowthBy(delta))
            ? owner.Records.Merge(delta, out limited, owner.Name, _news) && !owner.Records.IsUnheld
            : owner.Records.LetGo(delta);
        // What an owner may not have is not held either: it would be asked for in every comparison.
        if (limited)
            changed |= owner.Records.LetGo(delta);
        if (limited || owner.Records.IsUnheld)
            kernel.Counters.Drop(DropReason.LimitReached);
        if (owner.Records.IsUnheld)
            _room.NoteUnheld();
        kernel.Table.UpdateRecords(owner);
        leases.NoteRecords(caller.Now, owner);
        return changed;
    }

    /// <summary>Whether an owner's records may grow by so many bytes, after others had to give way where need be.</summary>
    private bool TryMakeRoom(in Caller caller, Member owner, long bytes)
    {
        if (!_room.IsWithinShare(owner, bytes))
            return false;
        while (!_room.Has(bytes))
        {
            if (_room.NextToGiveWay(owner) is not { } other)
                return false;
            LetGo(caller, other);
        }

        return true;
    }

    /// <summary>A member's records give way to those of another.</summary>
    private void LetGo(in Caller caller, Member other)
    {
        var wasVisible = other.Records.LetGo(null) && other.IsLive;
        _room.NoteUnheld();
        kernel.Table.UpdateRecords(other);
        kernel.Table.Note(other);
        leases.NoteRecords(caller.Now, other);
        if (wasVisible)
            caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.ServicesChanged, caller.Now, other));
    }

    /// <summary>Asks owners for records that are not held, where there is room for them now.</summary>
    /// <param name="caller">On whose behalf.</param>
    /// <param name="pause">Between two calls.</param>
    public void AskForUnheld(in Caller caller, TimeSpan pause)
    {
        foreach (var owner in _room.FindWanted(caller.Now, pause))
        {
            var reply = new ReplyWriter(kernel.Sender, owner.Address, Delivery.Stream, caller);
            reply.AddWant([new WantEntry(owner.Id, 0)]);
            reply.Flush();
        }
    }

    /// <summary>
    /// A record that breaks the grammar is held, digested and passed on, since others may read it, and shown to nobody here.
    /// </summary>
    private void CountUnreadable(in Delta delta)
    {
        foreach (var entry in delta.Entries)
        {
            if (entry is { Payload: not null, Head.Service: null })
                kernel.Counters.Drop(DropReason.MalformedMessage);
        }
    }

    /// <summary>
    /// Whether a version may be its owner's on hearsay: nobody raises another's so far that the owner cannot write above it. Of a greater
    /// one the owner is asked.
    /// </summary>
    private bool IsBelieved(in Caller caller, Member owner, ulong version)
    {
        var most = Math.Max(owner.RecordsVersion, owner.SaidVersion) + Limits.Step;
        if (version <= most || kernel.Options.SwitchedOff.HasFlag(Defences.Steps))
            return true;
        introductions.AskAt(caller, owner.Address);
        return false;
    }

    private void SpreadNotice(in Caller caller, MemberId owner, ulong version) =>
        gossiper.Spread(caller, new RumorSubject(RumorClass.Services, owner), WriteNotice(owner, version));

    /// <summary>What is said of records that no datagram holds.</summary>
    public static byte[] WriteNotice(MemberId owner, ulong version)
    {
        Span<byte> buffer = stackalloc byte[32];
        var writer = new PacketWriter(buffer);
        writer.TryNotice(owner, version);
        return buffer[..writer.Length].ToArray();
    }

    /// <summary>Someone has records that no datagram holds: they are fetched by stream from whoever told.</summary>
    public bool ReceiveNotice(in Caller caller, MemberId owner, ulong version)
    {
        if (owner == kernel.Self.Id)
            OutrankRecords(caller, version);
        if (owner == kernel.Self.Id || kernel.Table.Find(owner) is not { IsLive: true } member)
            return true;
        if (caller.Answerer == owner.Tag && caller.From == member.Address)
            member.SaidVersion = version;
        if (!IsBelieved(caller, member, version))
            return true;
        if (member.RecordsVersion >= version || !caller.IsLive(kernel.Table))
            return true;
        if (member.Fetch is { } fetch && fetch.Version >= version && caller.Now < fetch.Until)
            return true;
        member.Fetch = new Fetch(version, caller.Now + FetchPatience);
        var reply = new ReplyWriter(kernel.Sender, caller.From, Delivery.Stream, caller with { Answer = null });
        reply.AddWant([new WantEntry(owner, member.RecordsVersion)]);
        reply.Flush();
        return true;
    }
}
