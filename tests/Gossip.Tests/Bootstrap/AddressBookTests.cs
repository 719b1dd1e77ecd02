using System.Net;
using Gossip.Bootstrap;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Gossip.Simulation;
using Gossip.Snapshots;
using Gossip.Statistics;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Tests.Bootstrap;

public sealed class AddressBookTests : IDisposable
{
    private static readonly Backoff Short = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5));

    private readonly string _folder = Directory.CreateTempSubdirectory("gossip-book").FullName;
    private readonly SnapshotFeed _feed = new();
    private readonly World _world = new(1);

    private string Path => System.IO.Path.Combine(_folder, "deep", "down.peers");

    [Fact]
    public async Task What_a_node_in_company_wrote_is_told_to_one_that_is_alone()
    {
        Publish(members: 4);
        using var stopping = new CancellationTokenSource();
        await using (var writer = Book())
        {
            var writing = writer.FindAsync(stopping.Token).GetAsyncEnumerator(stopping.Token).MoveNextAsync();
            await Eventually.HoldsAsync(() => File.Exists(Path), "the book is written while the node lives");
            await stopping.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await writing);
        }

        Publish(members: 1);

        await using var reader = Book();
        List<string> found = [];
        await foreach (var address in reader.FindAsync(Eventually.Patience()))
        {
            found.Add(address.ToString());
            if (found.Count == 6)
                break;
        }

        var others = _world.Nodes.Skip(1).Select(node => node.Address.ToString()).ToArray();
        Assert.Equal(others.Order(), found.Take(3).Order());
        Assert.Equal(found.Take(3), found.Skip(3));
    }

    [Fact]
    public async Task A_node_that_is_alone_at_its_end_leaves_the_book_as_it_is()
    {
        Write("10.1.2.3:7390");
        Publish(members: 1);

        await Book().DisposeAsync();

        Assert.Equal("10.1.2.3:7390", File.ReadAllText(Path));
    }

    [Fact]
    public async Task Lines_that_are_no_addresses_and_files_that_are_no_books_tell_nothing()
    {
        Write("# a remark\nnonsense\n10.1.2.3:7390\n10.1.2.4\n[fd00::1]:7391\n");
        Publish(members: 1);
        List<string> found = [];
        await foreach (var address in Book().FindAsync(Eventually.Patience()))
        {
            found.Add(address.ToString());
            if (found.Count == 2)
                break;
        }

        Assert.Equal(["10.1.2.3:7390", "[fd00::1]:7391"], found);
    }

    /// <summary>A pipe, a device without an end, a large file, a folder, and links to them: then a book is there, and is read.</summary>
    [PeerFact("mkfifo")]
    public async Task What_hostile_hands_put_in_the_place_of_a_book_is_neither_waited_for_nor_read()
    {
        Publish(members: 1);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        var (pipe, large, link) = (Path + ".pipe", Path + ".large", Path);
        await ChildProcess.RunAsync("mkfifo", pipe);
        File.WriteAllText(large, string.Concat(Enumerable.Repeat("10.6.6.6:7390\n", 10_000)));
        foreach (var target in new[] { pipe, "/dev/zero", large, _folder, "/nowhere", link })
        {
            File.Delete(link);
            File.CreateSymbolicLink(link, target);
            Assert.Equal("10.1.2.3:7390", await FirstAfterAsync("10.1.2.3:7390\n"));
        }

        File.Delete(link);
        File.Move(pipe, Path);
        Assert.Equal("10.1.2.3:7390", await FirstAfterAsync("10.1.2.3:7390\n"));
    }

    /// <summary>What the book tells first when, after a look at what is there, a good one takes its place.</summary>
    private async Task<string> FirstAfterAsync(string text)
    {
        await using var found = Book().FindAsync(Eventually.Patience()).GetAsyncEnumerator();
        var first = found.MoveNextAsync().AsTask();
        var good = Path + ".good";
        File.WriteAllText(good, text);
        File.Move(good, Path, overwrite: true);
        Assert.True(await first);
        return found.Current.ToString();
    }

    [Fact]
    public async Task A_book_that_cannot_be_written_is_told_once_with_the_remedy()
    {
        using var log = new TestLog();
        File.WriteAllText(System.IO.Path.Combine(_folder, "deep"), "a file where the folder should be");
        Publish(members: 3);
        var book = new AddressBook(Path, Identity(), _feed, TimeProvider.System, log.CreateLogger("")) { Pauses = Short };

        await book.DisposeAsync();
        await book.DisposeAsync();

        Assert.Contains("Gossip:AddressBook", Assert.Single(log.Warnings));
    }

    [Theory]
    [InlineData("none", false)]
    [InlineData("NONE", false)]
    [InlineData("/var/lib/x.peers", true)]
    public void The_option_names_a_file_or_none(string option, bool expected) =>
        Assert.Equal(expected ? option : null, AddressBook.PathOf(new GossipOptions { AddressBook = option }, Identity(), "app"));

    [Fact]
    public void A_node_of_this_machine_only_keeps_none()
    {
        var here = Identity() with { Local = PeerAddress.From(IPAddress.Loopback, 7390) };
        Assert.Null(AddressBook.PathOf(new GossipOptions(), here, "app"));
    }

    public void Dispose()
    {
        _world.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static NodeIdentity Identity() => new(
        new MemberId(1), "me", "test", PeerAddress.From(IPAddress.Any, 7390), PeerAddress.From(IPAddress.Parse("10.0.0.1"), 7390), "a test");

    private AddressBook Book() => new(Path, Identity(), _feed, TimeProvider.System, NullLogger.Instance) { Pauses = Short };

    private void Write(string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.WriteAllText(Path, text);
    }

    private void Publish(int members)
    {
        using var lone = members == 1 ? new World(2) : null;
        var world = lone ?? _world;
        world.AddCluster(members);
        Assert.True(world.RunUntil(world.IsInAgreement, TimeSpan.FromSeconds(10)), world.ToString());
        _feed.Publish(new SnapshotBuilder(world.Nodes[0].Node, new NodeClock(TimeProvider.System), new BalancingClock(TimeProvider.System)).Build());
    }
}
