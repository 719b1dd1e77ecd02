using System.Net;
using System.Text;
using Gossip.Benchmarks.Fuzzing.Mutations;
using Gossip.Bootstrap;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Gossip.Snapshots;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Benchmarks.Fuzzing.Lives;

/// <summary>
/// Files in the place of an address book: few addresses are read, each has a port, and written again they are read again.
/// </summary>
internal sealed class BookLife : FuzzLife
{
    /// <summary>More than a book has.</summary>
    private const int Most = 64;

    public static readonly IReadOnlyList<string> Words =
    [
        "10.1.2.3:7390", "[fd00::1]:7390", "[fe80::1%3]:7390", "[::ffff:10.1.2.3]:7390", "127.0.0.1:1", "0.0.0.0:5", "[::]:9", "# a remark",
        "%25", "\r", "[", "]:", ":7390",
    ];

    public static readonly byte[][] Books =
    [
        .. new[]
        {
            "# Where members of the Gossip cluster 'default' were last seen.\n10.1.2.3:7390\n10.1.2.4:7391\n[fd00::1]:7390\n",
            "127.0.0.1:7390\nprocess 4711\n",
            string.Concat(Enumerable.Range(0, 100).Select(number => $"10.0.0.{number}:7390\n")),
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("gossip-fuzz").FullName;
    private int _found;

    public static NodeIdentity Identity { get; } = new(
        new MemberId(1), "fuzzed", "default", PeerAddress.From(IPAddress.IPv6Any, 7390),
        PeerAddress.From(IPAddress.Parse("10.0.0.1"), 7390), "a test");

    private string FilePath => Path.Combine(_folder, "book.peers");

    /// <summary>A file of addresses, or nearly.</summary>
    public static byte[] DrawBook(Randomness randomness, IReadOnlyList<byte[]> known)
    {
        var book = Pick(randomness, known);
        for (var changes = randomness.Below(5); changes > 0; changes--)
            book = TextMutation.Change(book, Pick(randomness, known), Words, randomness);
        return book;
    }

    public override byte[] Draw(Randomness randomness) => DrawBook(randomness, FuzzTarget.Find("book").Known);

    public override void Feed(ReadOnlySpan<byte> input, Randomness randomness)
    {
        var found = Read(input);
        Demand(found.Count <= Most && found.All(one => one.Port != 0), $"{found.Count} addresses are read, or one without a port.");
        var again = Read(Encoding.UTF8.GetBytes(string.Join('\n', found)));
        Demand(again.SequenceEqual(found), $"'{string.Join(' ', found)}' was read, and written so that it is '{string.Join(' ', again)}'.");
        _found += found.Count;
    }

    public override void End() => Demand(_found > 0, "The inputs are too far off to be a test: no address was read.");

    protected override void Dispose(bool isDisposing)
    {
        Directory.Delete(_folder, recursive: true);
        base.Dispose(isDisposing);
    }

    private static byte[] Pick(Randomness randomness, IReadOnlyList<byte[]> known)
    {
        var at = randomness.Below(Books.Length + known.Count);
        return at < Books.Length ? Books[at] : known[at - Books.Length];
    }

    /// <summary>What a node would try of a file.</summary>
    private List<PeerAddress> Read(ReadOnlySpan<byte> file)
    {
        File.WriteAllBytes(FilePath, file);
        var book = new AddressBook(FilePath, Identity, new SnapshotFeed(), TimeProvider.System, NullLogger.Instance);
        return [.. book.ReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult().Select(PeerAddress.From)];
    }
}
