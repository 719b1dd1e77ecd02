namespace Gossip.Protocol;

/// <summary>Messages of one direction, by type: how many, and their bytes within the packets.</summary>
internal sealed class MessageTally
{
    /// <summary>Those of a later version have the place that no type has.</summary>
    private readonly (long Count, long Bytes)[] _all = new (long, long)[Enum.GetValues<MessageType>().Length + 1];

    /// <summary>How many there were of a type.</summary>
    public long CountOf(MessageType type) => _all[PlaceOf(type)].Count;

    /// <summary>Their bytes.</summary>
    public long BytesOf(MessageType type) => _all[PlaceOf(type)].Bytes;

    public void Add(MessageType type, int bytes, int copies = 1)
    {
        ref var one = ref _all[PlaceOf(type)];
        one = (one.Count + copies, one.Bytes + ((long)bytes * copies));
    }

    /// <summary>All messages of a packet's body.</summary>
    /// <param name="body">The body, in the clear.</param>
    /// <param name="copies">To how many it goes.</param>
    public void AddAll(ReadOnlySpan<byte> body, int copies)
    {
        var reader = new PacketReader(body);
        while (reader.TryNext(out var type, out var message))
            Add(type, message.Length, copies);
    }

    private int PlaceOf(MessageType type) => (int)type < _all.Length ? (int)type : 0;
}
