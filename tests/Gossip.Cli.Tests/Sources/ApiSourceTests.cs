using System.Text;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Definitions;
using Gossip.Cli.Agent.Sources;

namespace Gossip.Cli.Tests.Sources;

public sealed class ApiSourceTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly TestLog _log = new();

    public void Dispose()
    {
        _folder.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void What_the_api_was_told_is_kept_with_the_process_that_was_meant()
    {
        var process = new ProcessIdentity(42, 1000, "boot");
        var source = Open();
        Assert.Null(source.Put(Read("a", """{ "name": "a", /* why */ "pid": 42, }""") with { Process = process }));
        Assert.Null(source.Put(Read("b", """{ "name": "b", "checks": [ { "type": "ttl", "ttl": "30s" } ] }""")));
        Assert.Null(source.Drain("b", "deploy"));
        Assert.Null(source.Drain("of-a-file", "deploy 17"));

        var again = Open();
        again.Load();
        Assert.Equal(["a", "b"], again.Look().Select(one => one.Id));
        Assert.Equal(process, again.Look()[0].Process);
        Assert.Equal(("deploy", "deploy 17"), (again.Drains["b"], again.Drains["of-a-file"]));

        Assert.True(again.Remove("a"));
        Assert.False(again.Remove("a"));
        var third = Open();
        third.Load();
        Assert.Equal(["b"], third.Look().Select(one => one.Id));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["services.json"]));
    }

    [Fact]
    public void A_service_whose_end_nobody_would_notice_is_refused()
    {
        var problems = new List<string>();
        Assert.Null(ApiSource.Read("""{ "name": "a" }"""u8.ToArray(), "a", problems));
        Assert.StartsWith("pid, pidFile, unit and checks are not set", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Programs_are_named_by_files_alone()
    {
        var problems = new List<string>();
        Assert.Null(ApiSource.Read("""{ "name": "a", "checks": [ { "type": "command", "shell": "true" } ] }"""u8.ToArray(), "a", problems));
        Assert.Contains("Agent:ServicesFolder", problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_that_has_ended_is_forgotten_and_a_unit_may_come_back()
    {
        var source = Open();
        source.Put(Read("a", """{ "name": "a", "pid": 42 }"""));
        source.Put(Read("b", """{ "name": "b", "unit": "b.service" }"""));
        foreach (var one in source.Look().ToArray())
            source.HasEnded(one);
        Assert.Equal(["b"], source.Look().Select(one => one.Id));
        // Registered anew meanwhile, by a process that lives.
        source.Put(Read("a", """{ "name": "a", "pid": 43 }"""));
        source.HasEnded(Read("a", """{ "name": "a", "pid": 42 }"""));
        Assert.Equal(["a", "b"], source.Look().Select(one => one.Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{ \"schema\": 1, \"services\": [ { \"id\": \"a\", ")]
    [InlineData("{ \"schema\": 1 }")]
    [InlineData("{ \"services\": [ 7 ] }")]
    [InlineData("{ \"services\": [ { \"id\": \"a\", \"process\": { \"pid\": \"x\" } } ] }")]
    public void A_file_that_cannot_be_read_is_put_aside_and_told(string text)
    {
        _folder.Write("services.json", text);
        var source = Open();
        source.Load();
        Assert.Empty(source.Look());
        Assert.Contains("put aside", Assert.Single(_log.Warnings), StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(_folder["services.json.broken"]));
        Assert.Null(source.Put(Read("a", """{ "name": "a", "pid": 42 }""")));
    }

    private static ServiceDefinition Read(string id, string json)
    {
        var problems = new List<string>();
        var read = ApiSource.Read(Encoding.UTF8.GetBytes(json), id, problems);
        Assert.Empty(problems);
        return read!;
    }

    private ApiSource Open() => new(new StateFile(_folder["services.json"], _log.CreateLogger("agent")), _log.CreateLogger("agent"));
}
