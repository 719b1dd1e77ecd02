namespace Gossip.Protocol;

/// <summary>
/// Frames packets and sends them, out of buffers of its own: one packet is written at a time, and sent before the next is begun.
/// </summary>
internal sealed class PacketSender(
    Envelope envelope, Keyring keys, MemberTable table, AddressTokens tokens, int datagramSize, Counters counters, Randomness randomness)
{
    /// <summary>
    /// Bytes of a frame that most of what a stream carries fits into. Buffers grow beyond for a message that does not, and are let go
    /// again: a node holds them for ever otherwise, for one join.
    /// </summary>
    public const int StreamFrame = 16 * 1024;

    /// <summary>More than the head and the tail of a frame take.</summary>
    public const int FrameOverhead = 64;

    /// <summary>For so long a member gets another key than the primary one, before that is tried again.</summary>
    private static readonly TimeSpan KeyPatience = TimeSpan.FromMinutes(1);

    /// <summary>Room for one record of the usual size, to begin with.</summary>
    private const int SmallMessage = 512;

    private readonly byte[] _datagram = new byte[datagramSize];
    private byte[] _stream = [];
    private byte[] _delta = [];
    private int _sequence = randomness.Below(ushort.MaxValue);

    /// <summary>What the answers to this node's questions say back.</summary>
    public AddressTokens Tokens => tokens;

    /// <summary>What the packet under work may draw.</summary>
    public AnswerBudget Answer { get; } = new();

    /// <summary>Bytes that messages may take in a datagram.</summary>
    public int DatagramRoom => _datagram.Length - envelope.HeadSize - envelope.TailSize;

    /// <summary>
    /// The number of a question, by which its answer is known. Sixteen bits are enough to tell the few in flight apart, and keep the
    /// packets small. The lower half are the numbers of rounds.
    /// </summary>
    public uint NextSequence() => Rounds.Range + (uint)(_sequence = (_sequence + 1) & (int)(Rounds.Range - 1));

    public PacketWriter BeginDatagram() => new(_datagram.AsSpan(envelope.HeadSize, DatagramRoom));

    /// <summary>Begins a packet that goes by stream, with room for a message of so many bytes.</summary>
    public PacketWriter BeginStream(int message = 0)
    {
        var wanted = Math.Min(Math.Max(StreamFrame, message + FrameOverhead), Limits.StreamFrameSize);
        if (_stream.Length < wanted)
            _stream = new byte[wanted];
        return new PacketWriter(_stream.AsSpan(envelope.HeadSize, _stream.Length - envelope.HeadSize - envelope.TailSize));
    }

    /// <summary>Bytes of a datagram with these messages.</summary>
    public int FrameLength(in PacketWriter writer) => FrameLength(writer.Length);

    /// <summary>Bytes of a datagram with messages of so many bytes.</summary>
    public int FrameLength(int messages) => envelope.HeadSize + messages + envelope.TailSize;

    /// <summary>Sends what was begun as a datagram, be it by stream.</summary>
    public void Send(in PacketWriter writer, PeerAddress to, Delivery delivery, in Caller caller) =>
        SendFrame(Frame(_datagram, writer, KeyFor(to, caller), caller.Now), to, delivery, caller.Outbox);

    /// <summary>
    /// Asks a member again that has not answered, by the key that it was heard to use; where it was not heard yet, by one after the other.
    /// </summary>
    /// <param name="writer">The question.</param>
    /// <param name="to">The member.</param>
    /// <param name="delivery">How it goes.</param>
    /// <param name="attempt">A number that differs from one attempt to the next.</param>
    /// <param name="caller">On whose behalf.</param>
    public void SendAgain(in PacketWriter writer, Member to, Delivery delivery, uint attempt, in Caller caller)
    {
        var keyId = KeyFor(to, caller.Now) != 0 ? 0 : keys.Find(to.KeyId)?.Id ?? keys.IdAt(attempt);
        SendFrame(Frame(_datagram, writer, keyId, caller.Now), to.Address, delivery, caller.Outbox);
    }

    /// <summary>Whether a key is the primary one, or there is none.</summary>
    public bool IsPrimary(uint keyId) => keys.IsEmpty || keyId == keys.Primary.Id;

    /// <summary>A member asks: so it seals with that key.</summary>
    public void NoteQuestion(Member member, uint keyId)
    {
        if (!keys.HasSeveral)
            return;
        member.KeyId = keyId;
        if (IsPrimary(keyId))
            member.NeededKeyId = 0;
    }

    /// <summary>
    /// A member has answered, sealed by the key of the question. Where the primary key was tried before in vain, the member may lack it,
    /// and gets the other one for a while.
    /// </summary>
    public void NoteAnswer(Member member, in Caller caller)
    {
        // A relay's word is sealed by a key of the relay.
        if (caller.From != member.Address)
            return;
        if (IsPrimary(caller.KeyId))
            member.NeededKeyId = 0;
        else if (KeyFor(member, caller.Now) == 0)
            (member.NeededKeyId, member.NeedsKeyUntil) = (caller.KeyId, caller.Now + KeyPatience);
    }

    /// <summary>Sends what was begun as a datagram back to the caller, if its packet may still draw as much.</summary>
    public void SendAnswer(in PacketWriter writer, in Caller caller)
    {
        if (caller.Answer?.TrySpend(FrameLength(writer)) is not false)
            Send(writer, caller.From, caller.Delivery, caller);
    }

    /// <summary>Whether the caller's packet may draw what was begun, to an address that it names, and if so it counts.</summary>
    public bool TrySpendOnBehalf(in PacketWriter writer, PeerAddress to, in Caller caller) =>
        FrameLength(writer) <= caller.RoomFor(to) && caller.Answer?.TrySpend(FrameLength(writer)) is not false;

    /// <summary>Sends one datagram to several.</summary>
    public void Send(in PacketWriter writer, ReadOnlySpan<Member> peers, in Caller caller)
    {
        var byOldKeys = SendByOldKeys(writer, peers, caller);
        var frame = Frame(_datagram, writer, 0, caller.Now, peers.Length - byOldKeys);
        foreach (var peer in peers)
        {
            if (KeyFor(peer, caller.Now) == 0)
                SendFrame(frame, peer.Address, Delivery.Datagram, caller.Outbox);
        }
    }

    /// <summary>Sends what was begun as a packet for a stream.</summary>
    public void SendStream(in PacketWriter writer, PeerAddress to, in Caller caller) =>
        SendFrame(Frame(_stream, writer, KeyFor(to, caller), caller.Now), to, Delivery.Stream, caller.Outbox);

    /// <summary>Writes a delta. False when it takes more than <paramref name="room"/>.</summary>
    /// <param name="delta">The delta, but for its entries.</param>
    /// <param name="entries">Its entries.</param>
    /// <param name="room">Bytes that it may take.</param>
    /// <param name="message">The message, good until the next one is written.</param>
    public bool TryWriteDelta(scoped in Delta delta, scoped ReadOnlySpan<DeltaEntry> entries, int room, out ReadOnlySpan<byte> message)
    {
        while (true)
        {
            var writer = new PacketWriter(_delta.AsSpan(0, Math.Min(room, _delta.Length)));
            var fits = writer.TryDelta(delta.Owner, delta.From, delta.To, delta.Floor, entries, delta.Kept);
            message = _delta.AsSpan(0, fits ? writer.Length : 0);
            if (fits || _delta.Length >= room)
                return fits;
            _delta = new byte[Math.Min(room, Math.Max(SmallMessage, _delta.Length * 4))];
        }
    }

    public void LetGoOfLargeBuffers()
    {
        envelope.LetGoOfScratch();
        _stream = [];
        _delta = [];
    }

    /// <summary>
    /// Sends to the members that cannot open what the primary key seals, and tells how many they are. Sealing overwrites the messages, so
    /// each gets a copy.
    /// </summary>
    private int SendByOldKeys(in PacketWriter writer, ReadOnlySpan<Member> peers, in Caller caller)
    {
        var count = 0;
        if (!keys.HasSeveral)
            return count;
        foreach (var peer in peers)
        {
            if (KeyFor(peer, caller.Now) is var keyId && keyId == 0)
                continue;
            SendFrame(Frame([.. _datagram], writer, keyId, caller.Now), peer.Address, Delivery.Datagram, caller.Outbox);
            count++;
        }

        return count;
    }

    /// <summary>The key for a packet to an address, 0 for the primary one: an answer is sealed by the key of its question.</summary>
    private uint KeyFor(PeerAddress to, in Caller caller) =>
        !keys.HasSeveral ? 0
        : to == caller.From ? caller.KeyId
        : table.FindLiveAt(to) is { } member ? KeyFor(member, caller.Now) : 0;

    private uint KeyFor(Member member, Instant now) =>
        keys.HasSeveral && member.NeededKeyId != 0 && now < member.NeedsKeyUntil && keys.Find(member.NeededKeyId) is { } key ? key.Id : 0;

    private ReadOnlySpan<byte> Frame(byte[] buffer, in PacketWriter writer, uint keyId, Instant now, int copies = 1)
    {
        counters.Sent.AddAll(buffer.AsSpan(envelope.HeadSize, writer.Length), copies);
        return buffer.AsSpan(0, envelope.Close(buffer, writer.Length, now, keyId));
    }

    private void SendFrame(ReadOnlySpan<byte> frame, PeerAddress to, Delivery delivery, IOutbox outbox)
    {
        counters.PacketsSent++;
        counters.BytesSent += frame.Length;
        outbox.Send(to, frame, delivery);
    }
}
