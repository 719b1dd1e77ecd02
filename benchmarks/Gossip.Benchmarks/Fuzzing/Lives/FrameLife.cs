using System.Buffers;
using System.Buffers.Binary;
using Gossip.Benchmarks.Fuzzing.Mutations;
using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Benchmarks.Fuzzing.Lives;

/// <summary>Streams in pieces: however they are cut, the same frames are taken off, and those are what the writer writes.</summary>
internal sealed class FrameLife : FuzzLife
{
    private static readonly uint[] Lies = [0, 1, Limits.StreamFrameSize, Limits.StreamFrameSize + 1, int.MaxValue, 1U << 31, uint.MaxValue];

    private int _frames;
    private int _bad;

    public override byte[] Draw(Randomness randomness)
    {
        var stream = new List<byte>();
        for (var frames = 1 + randomness.Below(4); frames > 0; frames--)
            stream.AddRange(Framed(ByteMutation.Noise(40, randomness), randomness));
        byte[] bytes = [.. stream];
        return randomness.Chance(0.3) ? ByteMutation.Change(bytes, bytes, randomness) : bytes;
    }

    public override void Feed(ReadOnlySpan<byte> input, Randomness randomness)
    {
        var stream = input.ToArray();
        var (at, arrived) = (0, 0);
        while (arrived < stream.Length)
        {
            arrived += 1 + randomness.Below(stream.Length - arrived);
            var buffer = Cut(stream.AsMemory(at..arrived), randomness);
            var read = FrameRead.Whole;
            while (read == FrameRead.Whole)
            {
                read = Frames.Read(ref buffer, out var packet);
                RequireAs(stream.AsSpan(at..arrived), read, packet);
                at += read == FrameRead.Whole ? Frames.HeaderSize + (int)packet.Length : 0;
                Demand(buffer.Length == arrived - at, "What is left is not what was not taken.");
                _frames += read == FrameRead.Whole ? 1 : 0;
            }

            if (read != FrameRead.Bad)
                continue;
            _bad++;
            return;
        }
    }

    public override void End() =>
        Demand(_frames > 0 && _bad > 0, $"The inputs are too far off to be a test: {_frames} frames, {_bad} bad ones.");

    private static byte[] Framed(byte[] packet, Randomness randomness)
    {
        var frame = new byte[Frames.HeaderSize + packet.Length];
        Frames.Write(frame, packet);
        if (randomness.Chance(0.1))
            BinaryPrimitives.WriteUInt32BigEndian(
                frame, randomness.Chance(0.5) ? Lies[randomness.Below(Lies.Length)] : (uint)randomness.Below(80));
        return frame;
    }

    /// <summary>What must be read at the front of the bytes, by the grammar.</summary>
    private static void RequireAs(ReadOnlySpan<byte> bytes, FrameRead read, in ReadOnlySequence<byte> packet)
    {
        var claimed = bytes.Length < Frames.HeaderSize ? 0 : BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var expected = bytes.Length < Frames.HeaderSize ? FrameRead.Partial
            : claimed is 0 or > Limits.StreamFrameSize ? FrameRead.Bad
            : bytes.Length - Frames.HeaderSize < claimed ? FrameRead.Partial : FrameRead.Whole;
        Demand(read == expected, $"{read} was read where {expected} stands.");
        if (read != FrameRead.Whole)
            return;
        var again = new byte[Frames.HeaderSize + packet.Length];
        Frames.Write(again, packet.ToArray());
        Demand(bytes.StartsWith(again), "What was taken off is not what was written.");
    }

    /// <summary>The bytes in segments of any length, as they lie in a pipe.</summary>
    private static ReadOnlySequence<byte> Cut(ReadOnlyMemory<byte> bytes, Randomness randomness)
    {
        var first = new Segment(bytes[..randomness.Below(bytes.Length + 1)], null);
        var last = first;
        for (var rest = bytes[first.Memory.Length..]; rest.Length > 0; rest = rest[last.Memory.Length..])
            last = new Segment(rest[..(1 + randomness.Below(rest.Length))], last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is null)
                return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
