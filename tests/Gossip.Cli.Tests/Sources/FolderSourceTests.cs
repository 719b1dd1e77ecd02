using Gossip.Cli.Agent.Sources;

namespace Gossip.Cli.Tests.Sources;

public sealed class FolderSourceTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly TestLog _log = new();

    public void Dispose()
    {
        _folder.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Each_file_says_one_service_or_several()
    {
        _folder.Write("a.json", """{ "name": "a" }""");
        _folder.Write("bc.json", """[ { "name": "b" }, { "name": "c" } ]""");
        _folder.Write("notes.txt", "no definition");
        _folder.Write(".hidden.json", "{");
        using var source = Open();
        Assert.Equal(["a", "b", "c"], source.Look().Select(one => one.Id));
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public void A_bad_file_is_told_once_and_what_it_said_before_stays_until_it_is_valid_or_deleted()
    {
        _folder.Write("a.json", """{ "name": "a" }""");
        _folder.Write("b.json", """{ "name": "b" }""");
        var time = new ManualTime();
        using var source = Open(time);
        Assert.Equal(2, source.Look().Count);

        var bad = _folder.WriteSettled("a.json", """{ "name": "a", "endpoints": [ { "port": "80" } ] }""");
        Assert.Equal(["a", "b"], source.Look().Select(one => one.Id));
        Assert.Equal(["a", "b"], source.Look().Select(one => one.Id));
        Assert.Equal(
            $"{bad}: endpoints[0].port is '80'; it must be a whole number of 1 to 65535, without quotation marks. Until then what it said before stays",
            Assert.Single(_log.Warnings));

        _folder.Write("a.json", """{ "name": "a", "version": "2" }""");
        Assert.Equal("2", source.Look()[0].Version);
        File.Delete(_folder["a.json"]);
        source.Look();
        time.Advance(1);
        Assert.Equal(["b"], source.Look().Select(one => one.Id));
    }

    [Fact]
    public void A_file_that_an_editor_replaces_is_not_missed()
    {
        var path = _folder.Write("a.json", """{ "name": "a" }""");
        var time = new ManualTime();
        using var source = Open(time);
        var again = 0;
        source.Watch(() => again++);
        source.Look();
        for (var version = 1; version < 4; version++)
        {
            File.Delete(path);
            Assert.Single(source.Look());
            _folder.Write("a.json", $$"""{ "name": "a", "version": "{{version}}.0" }""");
            Assert.Equal($"{version}.0", source.Look()[0].Version);
            time.Advance(2);
        }

        File.Delete(path);
        Assert.Single(source.Look());
        again = 0;
        time.Advance(1);
        Assert.True(again > 0);
        Assert.Empty(source.Look());
    }

    [Fact]
    public void A_file_that_is_half_written_is_not_complained_of_and_read_again()
    {
        var time = new ManualTime();
        using var source = Open(time);
        var again = 0;
        source.Watch(() => again++);
        var path = _folder.Write("a.json", """{ "name": """);
        File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
        Assert.Empty(source.Look());
        Assert.Empty(_log.Warnings);
        time.Advance(1.5);
        Assert.True(again > 0);
        Assert.Empty(source.Look());
        Assert.Single(_log.Warnings);
        _folder.Write("a.json", """{ "name": "a" }""");
        Assert.Single(source.Look());
    }

    [Fact]
    public void Links_that_lead_nowhere_or_in_a_circle_and_what_is_no_file_disturb_nobody()
    {
        _folder.Write("a.json", """{ "name": "a" }""");
        File.CreateSymbolicLink(_folder["circle.json"], _folder["circle.json"]);
        File.CreateSymbolicLink(_folder["nowhere.json"], _folder["nothing"]);
        File.CreateSymbolicLink(_folder["zero.json"], "/dev/zero");
        Directory.CreateDirectory(_folder["folder.json"]);
        using var source = Open();
        Assert.Equal(["a"], source.Look().Select(one => one.Id));
    }

    [Fact]
    public void What_has_not_changed_is_the_same_object()
    {
        _folder.Write("a.json", """{ "name": "a" }""");
        using var source = Open();
        Assert.Same(source.Look()[0], source.Look()[0]);
    }

    [Fact]
    public void When_it_is_told_to_forget_it_reads_also_what_seems_to_be_as_it_was()
    {
        var path = _folder.WriteSettled("a.json", """{ "name": "a", "version": "1" }""");
        var written = File.GetLastWriteTimeUtc(path);
        using var source = Open();
        Assert.Equal("1", source.Look()[0].Version);
        _folder.Write("a.json", """{ "name": "a", "version": "2" }""");
        File.SetLastWriteTimeUtc(path, written);
        Assert.Equal("1", source.Look()[0].Version);
        source.Forget();
        Assert.Equal("2", source.Look()[0].Version);
    }

    [Fact]
    public async Task A_change_of_the_folder_is_heard()
    {
        using var source = Open();
        source.Look();
        var heard = 0;
        source.Watch(() => Interlocked.Increment(ref heard));
        _folder.Write("a.json", """{ "name": "a" }""");
        await Eventually.HoldsAsync(() => Volatile.Read(ref heard) > 0, "the new file is heard of");
        Volatile.Write(ref heard, 0);
        File.Delete(_folder["a.json"]);
        await Eventually.HoldsAsync(() => Volatile.Read(ref heard) > 0, "the deletion is heard of");
    }

    [Fact]
    public void A_folder_that_comes_later_is_read_then()
    {
        using var source = new FolderSource(_folder["later"], TimeProvider.System, _log.CreateLogger("agent"));
        Assert.Empty(source.Look());
        Assert.Empty(source.Look());
        Assert.Contains("Agent:ServicesFolder", Assert.Single(_log.Entries).Text, StringComparison.Ordinal);
        _folder.Write("later/a.json", """{ "name": "a" }""");
        Assert.Single(source.Look());
    }

    [Fact]
    public void Five_thousand_definitions_are_read_and_more_are_told()
    {
        for (var number = 0; number < 1000; number++)
            _folder.Write($"s{number:0000}.json", $"[ {string.Join(", ", Enumerable.Range(0, 5).Select(part => $$"""{ "name": "s{{number}}-{{part}}" }"""))} ]");
        using var source = Open();
        Assert.Equal(5_000, source.Look().Count);
        Assert.Empty(_log.Warnings);
        _folder.Write("zzz.json", """{ "name": "one-too-many" }""");
        Assert.DoesNotContain(source.Look(), one => one.Id == "one-too-many");
        Assert.Contains("5001 definitions", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("folder")]
    public void A_file_that_others_can_write_may_not_name_programs(string writable)
    {
        if (OperatingSystem.IsWindows())
            return;
        const string Command = """{ "name": "a", "checks": [ { "type": "command", "command": [ "/bin/true" ] } ] }""";
        const UnixFileMode All = (UnixFileMode)511;
        var path = _folder.WriteSettled("services/a.json", Command);
        using var source = new FolderSource(_folder["services"], TimeProvider.System, _log.CreateLogger("agent"));
        Assert.Single(source.Look());
        Assert.Empty(_log.Warnings);

        File.SetUnixFileMode(writable == "folder" ? _folder["services"] : path, All);
        _folder.WriteSettled("services/a.json", Command + " ");
        using var anew = new FolderSource(_folder["services"], TimeProvider.System, _log.CreateLogger("agent"));
        Assert.Empty(anew.Look());
        Assert.Contains("chmod go-w", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    /// <summary>What it leads to may be another file by the time that it is read; the folder itself may well be one.</summary>
    [Fact]
    public void A_link_may_not_name_programs_and_a_folder_that_is_one_may()
    {
        if (OperatingSystem.IsWindows())
            return;
        var file = _folder.WriteSettled("elsewhere/a.json", """{ "name": "a", "checks": [ { "type": "command", "command": [ "/bin/true" ] } ] }""");
        Directory.CreateSymbolicLink(_folder["linked"], _folder["elsewhere"]);
        using var linked = new FolderSource(_folder["linked"], TimeProvider.System, _log.CreateLogger("agent"));
        var found = linked.Look();
        Assert.Empty(_log.Warnings);
        Assert.Single(found);

        Directory.CreateDirectory(_folder["services"]);
        File.CreateSymbolicLink(_folder["services/a.json"], file);
        using var source = new FolderSource(_folder["services"], TimeProvider.System, _log.CreateLogger("agent"));
        Assert.Empty(source.Look());
        Assert.Contains("is a link", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    private FolderSource Open(TimeProvider? time = null) => new(_folder.Path, time ?? TimeProvider.System, _log.CreateLogger("agent"));
}
