using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Gossip.Dns.Messages;

/// <summary>
/// A domain name as its uncompressed wire form: labels with a length byte before each and a zero at the end. Two names are equal
/// when they differ only in the case of ASCII letters (RFC 1035 §2.3.3, RFC 6762 §16); a label may hold any bytes.
/// </summary>
internal sealed class DnsName : IEquatable<DnsName>
{
    public static readonly DnsName Root = new([0]);

    private readonly byte[] _wire;
    private readonly int _hash;

    private DnsName(byte[] wire)
    {
        _wire = wire;
        var hash = 2166136261u;
        foreach (var one in wire)
            hash = (hash ^ Fold(one)) * 16777619u;
        _hash = (int)hash;
    }

    public ReadOnlySpan<byte> Wire => _wire;

    public bool IsRoot => _wire.Length == 1;

    public ReadOnlySpan<byte> FirstLabel => _wire.AsSpan(1, _wire[0]);

    /// <summary>The first label as readable text: no escapes; bytes that are not UTF-8 become U+FFFD.</summary>
    public string FirstLabelText => Encoding.UTF8.GetString(FirstLabel);

    /// <summary>The name without its first label; the root is its own parent.</summary>
    public DnsName Parent => IsRoot ? this : new DnsName(_wire[(1 + _wire[0])..]);

    /// <summary>Takes a wire form that the reader has already checked: label lengths, total length and final zero.</summary>
    public static DnsName FromCheckedWire(ReadOnlySpan<byte> wire) => new(wire.ToArray());

    /// <summary>Reads the text form: labels between dots, <c>\.</c> and <c>\\</c> for the characters, <c>\DDD</c> for a byte.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out DnsName? name)
    {
        name = null;
        if (text is "." or "")
        {
            name = Root;
            return true;
        }

        Span<byte> wire = stackalloc byte[Limits.NameBytes];
        var used = 0;
        while (!text.IsEmpty)
        {
            if (used + 1 >= wire.Length || !TryParseLabel(ref text, wire[(used + 1)..^1], out var length))
                return false;
            wire[used] = (byte)length;
            used += 1 + length;
        }

        wire[used] = 0;
        name = new DnsName(wire[..(used + 1)].ToArray());
        return true;
    }

    /// <summary>For names from this library or its user, where a bad one is a mistake to be reported.</summary>
    public static DnsName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new ArgumentException($"'{text}' is not a DNS name.", nameof(text));

    /// <summary>This name with one more label in front, taken literally: its dots are part of the label.</summary>
    public DnsName Child(string label)
    {
        var bytes = Encoding.UTF8.GetByteCount(label);
        if (bytes is 0 or > Limits.LabelBytes || bytes + 1 + _wire.Length > Limits.NameBytes)
            throw new ArgumentException($"'{label}' is not a DNS label of 1 to {Limits.LabelBytes} bytes.", nameof(label));
        var wire = new byte[1 + bytes + _wire.Length];
        wire[0] = (byte)bytes;
        Encoding.UTF8.GetBytes(label, wire.AsSpan(1));
        _wire.CopyTo(wire.AsSpan(1 + bytes));
        return new DnsName(wire);
    }

    public bool IsChildOf(DnsName parent) => !IsRoot && SameBytes(_wire.AsSpan(1 + _wire[0]), parent._wire);

    public bool Equals(DnsName? other) => other is not null && other._hash == _hash && SameBytes(_wire, other._wire);

    public override bool Equals(object? obj) => Equals(obj as DnsName);

    public override int GetHashCode() => _hash;

    public override string ToString()
    {
        if (IsRoot)
            return ".";
        var text = new StringBuilder(_wire.Length);
        for (var at = 0; _wire[at] != 0; at += 1 + _wire[at])
        {
            if (at > 0)
                text.Append('.');
            AppendLabel(text, _wire.AsSpan(at + 1, _wire[at]));
        }

        return text.ToString();
    }

    // Length bytes are at most 63 and 'A' is 65, so folding the whole wire form never touches them.
    private static byte Fold(byte one) => one is >= (byte)'A' and <= (byte)'Z' ? (byte)(one | 0x20) : one;

    private static bool SameBytes(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
            return false;
        for (var i = 0; i < left.Length; i++)
            if (Fold(left[i]) != Fold(right[i]))
                return false;
        return true;
    }

    private static void AppendLabel(StringBuilder text, ReadOnlySpan<byte> label)
    {
        while (!label.IsEmpty)
        {
            var whole = Rune.DecodeFromUtf8(label, out var rune, out var length) == System.Buffers.OperationStatus.Done;
            if (whole && rune.Value is '.' or '\\')
                text.Append('\\').Append((char)rune.Value);
            else if (whole && !Rune.IsControl(rune))
                text.Append(rune);
            else
                foreach (var one in label[..length])
                    text.Append('\\').Append(one.ToString("D3", CultureInfo.InvariantCulture));
            label = label[length..];
        }
    }

    // label ← 1..63 bytes, up to an unescaped dot, which is consumed
    private static bool TryParseLabel(scoped ref ReadOnlySpan<char> text, scoped Span<byte> label, out int length)
    {
        length = 0;
        while (!text.IsEmpty)
        {
            if (text[0] == '.')
            {
                text = text[1..];
                break;
            }

            if (!TryParseOne(ref text, label[length..], out var bytes))
                return false;
            length += bytes;
        }

        return length is > 0 and <= Limits.LabelBytes;
    }

    private static bool TryParseOne(scoped ref ReadOnlySpan<char> text, scoped Span<byte> target, out int bytes)
    {
        bytes = 0;
        if (text[0] == '\\' && text.Length >= 4 && char.IsAsciiDigit(text[1]))
        {
            if (target.IsEmpty || !byte.TryParse(text[1..4], NumberStyles.None, CultureInfo.InvariantCulture, out target[0]))
                return false;
            bytes = 1;
            text = text[4..];
            return true;
        }

        if (text[0] == '\\')
            text = text[1..];
        if (Rune.DecodeFromUtf16(text, out var rune, out var chars) != System.Buffers.OperationStatus.Done
            || !rune.TryEncodeToUtf8(target, out bytes))
            return false;
        text = text[chars..];
        return true;
    }
}
