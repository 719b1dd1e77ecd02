namespace Gossip.House;

public sealed class SyntaxLawTests
{
    [Fact]
    public void No_lock_in_src() => Law.Holds(
        "One loop owns the node and readers get snapshots; no locks in src:",
        Repository.CodeUnder("src/").SelectMany(SyntaxLaw.Locks));

    [Fact]
    public void The_pure_projects_are_synchronous() => Law.Holds(
        "Bytes in, bytes out: nothing to await in the pure projects:",
        Repository.CodeUnder("src/Gossip.Protocol/", "src/Gossip.Dns/").SelectMany(SyntaxLaw.Asynchrony));

    [Fact]
    public void No_test_sleeps() => Law.Holds(
        "Wait on a condition or on virtual time, not on the wall clock:",
        Repository.CodeUnder("tests/").SelectMany(SyntaxLaw.Sleeps));

    [Fact]
    public void No_test_asserts_the_wall_clock() => Law.Holds(
        "Count work, or await a condition with Eventually; a busy machine turns no test red:",
        Repository.CodeUnder("tests/").SelectMany(SyntaxLaw.ClockAssertions));

    [Fact]
    public void Each_log_message_has_an_id_of_its_own() => Law.Holds(
        "Operators look for messages by their ids; take the next free one:",
        from id in Repository.CodeUnder("src/").SelectMany(SyntaxLaw.LogMessageIds)
        group id.At by id.Id into places
        where places.Count() > 1
        select $"{places.Key}: {string.Join(", ", places)}");

    [Fact]
    public void No_type_in_src_has_a_name_that_says_nothing() => Law.Holds(
        "Name the type after what it is in the vocabulary of docs/HANDBOOK.md:",
        Repository.CodeUnder("src/").SelectMany(SyntaxLaw.AvoidedTypeNames));

    [Theory]
    [InlineData("lock (_gate) { }", 1)]
    [InlineData("Monitor.Enter(_gate);", 1)]
    [InlineData("System.Threading.Monitor.Enter(_gate);", 1)]
    [InlineData("var gate = new SemaphoreSlim(1);", 1)]
    [InlineData("var gate = new System.Threading.Lock();", 1)]
    [InlineData("var text = \"lock\"; // lock", 0)]
    [InlineData("Block(Unlock());", 0)]
    [InlineData("Use(MethodImplOptions.Synchronized);", 1)]
    [InlineData("Use(ClusterEventKind.Synchronized);", 0)]
    public void A_lock_is_seen(string statement, int expected) => Assert.Equal(expected, SyntaxLaw.Locks(Statement(statement)).Count());

    [Theory]
    [InlineData("await Task.Delay(1);", 1)]
    [InlineData("System.Threading.Thread.Sleep(1);", 1)]
    [InlineData("Thread.Sleep(1); // Task.Delay", 1)]
    [InlineData("_options.Delay = Sleep(\"Thread.Sleep\");", 0)]
    public void A_sleep_is_seen(string statement, int expected) => Assert.Equal(expected, SyntaxLaw.Sleeps(Statement(statement)).Count());

    [Theory]
    [InlineData("Assert.True(Stopwatch.GetElapsedTime(start) < limit);", 1)]
    [InlineData("Assert.InRange(clock.ElapsedMilliseconds, 0, 900);", 1)]
    [InlineData("Assert.Equal(DateTimeOffset.UtcNow, seen);", 1)]
    [InlineData("output.WriteLine($\"{Stopwatch.GetElapsedTime(start)}\");", 0)]
    [InlineData("Assert.Equal(world.Now, seen);", 0)]
    public void An_assertion_of_the_clock_is_seen(string statement, int expected) =>
        Assert.Equal(expected, SyntaxLaw.ClockAssertions(Statement(statement)).Count());

    [Theory]
    [InlineData("async void M() { await N(); }", 2)]
    [InlineData("void M() { await foreach (var x in N()) { } }", 1)]
    [InlineData("void M() { Func<int> f = N(async () => 1); }", 1)]
    [InlineData("void Await() { }", 0)]
    public void Asynchrony_is_seen(string member, int expected) => Assert.Equal(expected, SyntaxLaw.Asynchrony(Member(member)).Count());

    [Theory]
    [InlineData("class NodeManager;", 1)]
    [InlineData("record PacketInfo(int X);", 1)]
    [InlineData("enum HelperKind { A }", 1)]
    [InlineData("delegate void PacketHandler();", 1)]
    [InlineData("interface IProbeContext;", 1)]
    [InlineData("class RumorHandler;", 1)]
    [InlineData("struct CallContext;", 0)]
    [InlineData("class GossipHandler : DelegatingHandler;", 0)]
    [InlineData("partial class EndpointJsonContext : JsonSerializerContext;", 0)]
    [InlineData("class Informer;", 0)]
    [InlineData("class Utilization;", 0)]
    public void A_name_that_says_nothing_is_seen(string type, int expected) =>
        Assert.Equal(expected, SyntaxLaw.AvoidedTypeNames(new SourceFile("sample.cs", type)).Count());

    private static SourceFile Statement(string statement) => Member($"async Task M() {{ {statement} }}");

    private static SourceFile Member(string member) => new("sample.cs", $"class C {{ {member} }}");
}
