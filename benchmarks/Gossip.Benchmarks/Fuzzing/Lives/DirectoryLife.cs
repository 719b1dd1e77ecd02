using System.Text;
using Gossip.Benchmarks.Fuzzing.Mutations;
using Gossip.Bootstrap;
using Gossip.Protocol;
using Gossip.Snapshots;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Benchmarks.Fuzzing.Lives;

/// <summary>
/// Files in the machine directory, under names of the node's own cluster and others, held by a process or by none. A look tells few
/// addresses, each of which can be tried, leaves the node's own file, and never finds the directory unusable.
/// </summary>
internal sealed class DirectoryLife : FuzzLife
{
    private const int MostTold = 8;
    private const int MostFiles = 8;

    private readonly string _folder = Directory.CreateTempSubdirectory("gossip-fuzz").FullName;
    private readonly MachineNeighbours _neighbours;
    private readonly Queue<FileStream> _held = [];
    private readonly string _own;
    private int _told;

    public DirectoryLife()
    {
        var directory = new MachineDirectory(Path.Combine(_folder, "gossip"));
        _neighbours = new MachineNeighbours(directory, BookLife.Identity, new SnapshotFeed(), TimeProvider.System, NullLogger.Instance);
        _neighbours.Look(MostTold);
        _own = Directory.GetFiles(directory.Path).Single();
    }

    public override byte[] Draw(Randomness randomness) => BookLife.DrawBook(randomness, FuzzTarget.Find("directory").Known);

    public override void Feed(ReadOnlySpan<byte> input, Randomness randomness)
    {
        var file = new FileStream(NameOf(randomness), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        file.Write(input);
        file.Flush();
        _held.Enqueue(file);
        if (_held.Count > MostFiles || randomness.Chance(0.2))
            _held.Dequeue().Dispose();
        var told = _neighbours.Look(MostTold).Select(PeerAddress.From).ToList();
        Demand(_neighbours.Report.Problem is null, $"The directory is not used: {_neighbours.Report.Problem}.");
        Demand(told.Count <= MostTold && told.All(BookLife.Identity.CanTry), $"It is told to try {string.Join(", ", told)}.");
        Demand(File.Exists(_own), "The node's own file is gone.");
        _told += told.Count;
    }

    public override void End() => Demand(_told > 0, "The inputs are too far off to be a test: no address was told.");

    protected override void Dispose(bool isDisposing)
    {
        foreach (var file in _held)
            file.Dispose();
        _neighbours.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(_folder, recursive: true);
        base.Dispose(isDisposing);
    }

    /// <summary>A name as nodes give them, of this cluster or another; or one that no node gives.</summary>
    private string NameOf(Randomness randomness)
    {
        var stem = _own[..^BookLife.Identity.Id.ToString().Length];
        var id = (2 + randomness.Below(40)).ToString("x16");
        return randomness.Below(6) switch
        {
            0 => Path.Combine(Path.GetDirectoryName(_own)!, $"{randomness.Next():x16}-{id}"),
            1 => stem + id + HeldFile.Draft,
            2 => stem + Encoding.Latin1.GetString(ByteMutation.Noise(30, randomness)).Replace('/', '-').Replace('\0', '-'),
            _ => stem + id,
        };
    }
}
