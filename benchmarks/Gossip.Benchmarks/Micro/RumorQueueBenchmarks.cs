using BenchmarkDotNet.Attributes;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Micro;

/// <summary>Filling one datagram from a queue that is kept at a level: what was sent often enough is replaced.</summary>
public class RumorQueueBenchmarks
{
    private const int Sends = 8;

    private readonly byte[] _buffer = new byte[Limits.DatagramSize];
    private readonly RumorQueue _queue = new();
    private byte[][] _messages = [];
    private int _next;

    [Params(4, 128, 1000)]
    public int Rumors { get; set; }

    [GlobalSetup]
    public void Prepare() => _messages = [.. Enumerable.Range(0, Rumors * 2).Select(Examples.Alive)];

    [Benchmark]
    public int Fill()
    {
        while (_queue.Count < Rumors)
        {
            _next = (_next + 1) % _messages.Length;
            _queue.Add(new RumorSubject(RumorClass.Membership, new MemberId((ulong)_next + 1)), _messages[_next]);
        }

        var writer = new PacketWriter(_buffer);
        _queue.Fill(ref writer, _buffer.Length, 1, Sends);
        return writer.Length;
    }
}
