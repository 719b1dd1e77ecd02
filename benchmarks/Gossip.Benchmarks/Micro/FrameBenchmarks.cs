using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Micro;

/// <summary>Bodies into frames and back, in the clear and sealed.</summary>
public class FrameBenchmarks
{
    private byte[] _toClose = [];
    private byte[] _closed = [];
    private Keyring _keys = new();
    private Envelope? _envelope;

    [Params(200, 1200)]
    public int Size { get; set; }

    [Params(false, true)]
    public bool Sealed { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var key = Sealed ? new byte[32] : [];
        _keys = new Keyring(key);
        _envelope = new Envelope("bench", _keys, RandomNumberGenerator.Fill, new Freshness(0, Instant.Start));
        _toClose = new byte[Size];
        _closed = new byte[Size];
        _envelope.Close(_closed, BodyLength, Instant.Start);
    }

    private int BodyLength => Size - _envelope!.HeadSize - _envelope.TailSize;

    [Benchmark]
    public int Close() => _envelope!.Close(_toClose, BodyLength, Instant.Start);

    [Benchmark]
    public bool Open() => _envelope!.TryOpen(_closed, out _, out _);

    [GlobalCleanup]
    public void Cleanup() => _keys.Dispose();
}
