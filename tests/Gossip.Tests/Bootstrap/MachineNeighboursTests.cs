using System.Runtime.InteropServices;
using Gossip.Bootstrap;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Gossip.Snapshots;

namespace Gossip.Tests.Bootstrap;

public sealed class MachineNeighboursTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gossip-machine").FullName;
    private readonly TestLog _log = new();

    private string Path => System.IO.Path.Combine(_folder, "gossip");

    private string[] Files => [.. Directory.GetFiles(Path).Select(file => System.IO.Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task Nodes_of_one_cluster_and_key_see_each_other_until_they_stop()
    {
        await using var one = Neighbours(1, "127.0.0.1:1001");
        await using var two = Neighbours(2, "0.0.0.0:1002");
        await using var otherKey = Neighbours(3, "127.0.0.1:1003", key: "abcd");
        await using var otherCluster = Neighbours(4, "127.0.0.1:1004", cluster: "other");
        Assert.Empty(one.Look(8));
        Assert.Equal("127.0.0.1:1001", Assert.Single(two.Look(8)).ToString());
        Assert.Empty(otherKey.Look(8));
        Assert.Empty(otherCluster.Look(8));
        Assert.Equal("127.0.0.1:1002", Assert.Single(one.Look(8)).ToString());

        await two.DisposeAsync();
        Assert.Empty(one.Look(8));
        Assert.Equal(3, Files.Length);
        Assert.Empty(two.Look(8));
        Assert.Equal(3, Files.Length);
    }

    [Theory]
    [InlineData("[::]:1002", "127.0.0.1:1001", "127.0.0.1:1002")]
    [InlineData("[::]:1002", "[::1]:1001", "127.0.0.1:1002")]
    [InlineData("10.1.2.3:1002", "0.0.0.0:1001", "10.1.2.3:1002")]
    [InlineData("[::1]:1002", "127.0.0.1:1001", null)]
    [InlineData("[::1]:1002", "[::]:1001", "[::1]:1002")]
    public async Task A_node_is_told_of_an_address_at_which_it_reaches_its_neighbour(string neighbour, string reader, string? told)
    {
        await using var one = Neighbours(1, reader);
        await using var two = Neighbours(2, neighbour);
        two.Look(8);
        Assert.Equal(told, one.Look(8).SingleOrDefault()?.ToString());
    }

    [Fact]
    public async Task What_nobody_holds_is_swept_and_what_somebody_tidied_up_is_shown_again()
    {
        await using var one = Neighbours(1, "127.0.0.1:1001");
        await using var other = Neighbours(2, "127.0.0.1:1002", cluster: "other");
        one.Look(8);
        other.Look(8);
        var own = Files;
        foreach (var name in own)
        {
            // As it looks after a process was killed: the same words, and nobody holds them.
            File.WriteAllText(System.IO.Path.Combine(Path, name[..^1] + "f"), "127.0.0.1:1005\n");
            File.WriteAllText(System.IO.Path.Combine(Path, name[..^1] + "e.draft"), "127.0.0.1:1006\n");
        }

        Assert.Empty(one.Look(8));
        Assert.Equal(own, Files);

        foreach (var name in own)
            File.Delete(System.IO.Path.Combine(Path, name));
        one.Look(8);
        other.Look(8);
        Assert.Equal(own, Files);
        Directory.Delete(Path, recursive: true);
        one.Look(8);
        Assert.Single(Files);
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public async Task What_hostile_or_foreign_hands_left_there_is_bounded_and_changes_nothing()
    {
        await using var one = Neighbours(1, "127.0.0.1:1001");
        await using var two = Neighbours(2, "127.0.0.1:1002");
        one.Look(8);
        two.Look(8);
        var stem = System.IO.Path.Combine(Path, Files[0])[..^4];
        using (var huge = File.Create(stem + "aaaa"))
            huge.SetLength(1L << 40);
        File.WriteAllText(stem + "bbbb", "");
        Directory.CreateDirectory(stem + "cccc");
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(stem + "dddd", stem + "aaaa");
            File.CreateSymbolicLink(stem + "eeee", "/dev/zero");
            var foreign = new string('a', 16) + "-" + new string('b', 16);
            await ChildProcess.RunAsync("mkfifo", stem + "ffff", System.IO.Path.Combine(Path, foreign));
        }

        await using var garbage = Neighbours(0x1234, "127.0.0.1:1003");
        using var held = HeldFile.Create(stem + "9999", "\0\xff nonsense\n1.2.3.4\n0.0.0.0:5\n127.0.0.1:0\n[::]:9");
        for (var i = 0; i < Nightly.Times(500, 5000); i++)
            File.WriteAllText(System.IO.Path.Combine(Path, $"{i:x16}-0"), "");
        var before = Files.Length;

        Assert.Equal(["127.0.0.1:1002"], one.Look(8).Select(place => place.ToString()));
        Assert.Equal(before, Files.Length);
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public async Task A_folder_that_is_not_to_be_trusted_is_told_once_and_the_node_goes_on()
    {
        File.WriteAllText(Path, "a file where the folder should be");
        await using var one = Neighbours(1, "127.0.0.1:1001");
        Assert.Empty(one.Look(8));
        Assert.Empty(one.Look(8));
        Assert.Contains(Path, Assert.Single(_log.Warnings));
        Assert.Contains("(not used: ", one.Name);

        File.Delete(Path);
        one.Look(8);
        Assert.Single(Files);
        Assert.DoesNotContain("not used", one.Name);
    }

    [Fact]
    public async Task A_folder_that_may_not_be_listed_is_told_and_does_not_look_empty()
    {
        if (!OperatingSystem.IsLinux())
            return;
        await using var one = Neighbours(1, "127.0.0.1:1001");
        Assert.Empty(one.Look(8));
        Assert.Null(one.Report.Problem);
        File.SetUnixFileMode(Path, UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Bound(() => Assert.Empty(one.Look(8)));

        Assert.Contains(Path, Assert.Single(_log.Warnings));
        Assert.Contains("denied", one.Report.Problem);
        Assert.Contains("(not used: ", one.Name);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        one.Look(8);
        Assert.Null(one.Report.Problem);
    }

    [PeerFact("flock")]
    public async Task What_a_killed_process_left_behind_is_found_out_and_removed()
    {
        await using var one = Neighbours(1, "127.0.0.1:1001");
        one.Look(8);
        var left = System.IO.Path.Combine(Path, Files[0][..^1] + "f");
        File.WriteAllText(left, "127.0.0.1:1002\n");
        // Not a node: a runtime takes long to start on a busy machine, and the lock is the system's.
        await using var process = ChildProcess.Start("sh", ["-c", "exec 9<\"$1\"; flock --shared 9; echo held; exec cat", "sh", left]);
        await process.LineAsync(line => line == "held");
        Assert.Equal("127.0.0.1:1002", Assert.Single(one.Look(8)).ToString());

        await process.SignalAsync("KILL");
        await Eventually.HoldsAsync(() => one.Look(8).Count == 0, "nobody holds the file of the one that was killed");
        Assert.Single(Files);
    }

    public void Dispose()
    {
        _log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>
    /// Does something as one whom the modes of files bind. They do not bind root, by two capabilities that Linux keeps for each thread:
    /// CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capabilities(7)).
    /// </summary>
    private static void Bound(Action work)
    {
        Exception? failed = null;
        var thread = new Thread(() =>
        {
            int[] header = [0x20080522, 0];
            var sets = new uint[6];
            try
            {
                Assert.Equal(0, capget(header, sets));
                sets[0] &= ~0b110u;
                Assert.Equal(0, capset(header, sets));
                work();
            }
            catch (Exception error)
            {
                failed = error;
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(failed);
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc")]
    private static extern int capget(int[] header, uint[] sets);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc")]
    private static extern int capset(int[] header, uint[] sets);

    private MachineNeighbours Neighbours(ulong id, string local, string cluster = "test", string? key = null) => new(
        new MachineDirectory(Path),
        new NodeIdentity(new MemberId(id), "n", cluster, TestPorts.Peer(local), TestPorts.Peer("10.0.0.1:7390"), "a test") { KeyFingerprints = key is null ? [] : [key] },
        new SnapshotFeed(),
        TimeProvider.System,
        _log.CreateLogger(""));
}
