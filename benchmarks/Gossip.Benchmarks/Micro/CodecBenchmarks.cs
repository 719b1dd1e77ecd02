using BenchmarkDotNet.Attributes;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Micro;

/// <summary>Messages to bytes and back.</summary>
public class CodecBenchmarks
{
    private readonly byte[] _buffer = new byte[Limits.DatagramSize];
    private readonly DeltaEntry[] _entries = new DeltaEntry[1];
    private readonly PeerAddress _address = Examples.Address(1);
    private byte[] _ping = [];
    private byte[] _ack = [];
    private byte[] _alive = [];
    private byte[] _delta = [];
    private byte[] _packet = [];

    [GlobalSetup]
    public void Prepare()
    {
        var record = Examples.Record(7);
        _entries[0] = new DeltaEntry(record.InstanceId, 2, Examples.Payload(record), RecordHead.Of(record));
        _ping = Written(EncodePing());
        _ack = Written(EncodeAck());
        _alive = Written(EncodeAlive());
        _delta = Written(EncodeDelta());
        _packet = Written(EncodePacket());
    }

    [Benchmark]
    public int EncodePing()
    {
        var writer = new PacketWriter(_buffer);
        writer.TryPing(new Ping(40_000, 0xCAFE_BABE, Examples.Id(1), 0xCAFE_F00D, 0xDEAD_BEEF));
        return writer.Length;
    }

    [Benchmark]
    public bool DecodePing() => PacketReader.TryPing(_ping, out _);

    [Benchmark]
    public int EncodeAck()
    {
        var writer = new PacketWriter(_buffer);
        writer.TryAck(new Ack(40_000, 0xCAFE_BABE, 0xCAFE_F00D, 0xDEAD_BEEF));
        return writer.Length;
    }

    [Benchmark]
    public bool DecodeAck() => PacketReader.TryAck(_ack, out _);

    [Benchmark]
    public int EncodeAlive()
    {
        var writer = new PacketWriter(_buffer);
        writer.TryAlive(Examples.Id(1), new Incarnation(1_763_600_000_000_000), _address, "payments-host1-3f9a", "zone-a", 1);
        return writer.Length;
    }

    [Benchmark]
    public bool DecodeAlive() => PacketReader.TryAlive(_alive, out _);

    [Benchmark]
    public int EncodeDelta()
    {
        var writer = new PacketWriter(_buffer);
        writer.TryDelta(Examples.Id(1), 1, 2, 0, _entries);
        return writer.Length;
    }

    [Benchmark]
    public bool DecodeDelta() => PacketReader.TryDelta(_delta, out _);

    /// <summary>What a delta costs that was heard before, as most are.</summary>
    [Benchmark]
    public bool DecodeKnownDelta() => PacketReader.TryLoneDelta(_delta, out _);

    /// <summary>A probe with all that travels on it: one ping, four alive, two deltas.</summary>
    [Benchmark]
    public int EncodePacket()
    {
        var writer = new PacketWriter(_buffer);
        writer.TryPing(new Ping(40_000, 0xCAFE_BABE, Examples.Id(1), 0xCAFE_F00D, 0xDEAD_BEEF));
        for (var i = 0; i < 4; i++)
            writer.TryMessage(_alive);
        for (var i = 0; i < 2; i++)
            writer.TryMessage(_delta);
        return writer.Length;
    }

    [Benchmark]
    public int DecodePacket()
    {
        var reader = new PacketReader(_packet);
        var read = 0;
        while (reader.TryNext(out var type, out var message))
        {
            var good = type switch
            {
                MessageType.Ping => PacketReader.TryPing(message, out _),
                MessageType.Alive => PacketReader.TryAlive(message, out _),
                _ => PacketReader.TryDelta(message, out _),
            };
            read += good ? 1 : 0;
        }

        return read;
    }

    private byte[] Written(int length) => _buffer[..length];
}
