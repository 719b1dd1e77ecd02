using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Gossip.Protocol.Tests;

/// <summary>Every failure of a law says how to see it again, and then it is seen again.</summary>
public sealed class LawTests
{
    [Fact]
    public async Task A_failure_names_its_seed_and_its_test_and_the_steps_that_matter()
    {
        var message = Assert.Single(await RunAsync(nameof(BrokenLaws.No_step_is_even))).Messages[0];

        var night = Nightly.IsOn ? "GOSSIP_NIGHTLY=1 " : "";
        Assert.StartsWith(
            $"GOSSIP_SEED={LawAttribute.Seed} {night}dotnet test --filter \"FullyQualifiedName~{nameof(BrokenLaws.No_step_is_even)}\"\n",
            message, StringComparison.Ordinal);
        Assert.Matches(@"Shrunk:\s+\[\d*[02468]\]\s", message);
    }

    [Fact]
    public async Task The_seed_decides_every_value()
    {
        var failures = new List<string>();
        for (var run = 0; run < 2; run++)
            failures.Add(Assert.Single(await RunAsync(nameof(BrokenLaws.Nothing_holds))).Messages[0]);
        Assert.Equal(failures[0], failures[1]);
    }

    [Fact]
    public async Task A_law_that_holds_is_tried_as_often_as_it_says()
    {
        BrokenLaws.Tries = 0;
        Assert.Empty(await RunAsync(nameof(BrokenLaws.Each_is_counted)));
        Assert.Equal(Nightly.Times(7, 11), BrokenLaws.Tries);
    }

    private static async Task<List<ITestFailed>> RunAsync(string law)
    {
        var assembly = new TestAssembly(Reflector.Wrap(typeof(LawTests).Assembly));
        var type = new TestClass(new TestCollection(assembly, null, "laws"), Reflector.Wrap(typeof(BrokenLaws)));
        var method = new TestMethod(type, Reflector.Wrap(typeof(BrokenLaws).GetMethod(law, BindingFlags.Static | BindingFlags.NonPublic)!));
        var sink = new NullMessageSink();
        using var bus = new Failures();
        using var cancellation = new CancellationTokenSource();
        using var testCase = new LawCase(sink, TestMethodDisplay.Method, TestMethodDisplayOptions.None, method);
        await testCase.RunAsync(sink, bus, [], new ExceptionAggregator(), cancellation);
        return bus.All;
    }

    private sealed class Failures : IMessageBus
    {
        public List<ITestFailed> All { get; } = [];

        public bool QueueMessage(IMessageSinkMessage message)
        {
            if (message is ITestFailed failed)
                All.Add(failed);
            return true;
        }

        public void Dispose()
        {
        }
    }
}

/// <summary>Laws that xunit passes over, as the class is abstract.</summary>
public abstract class BrokenLaws
{
    internal static int Tries { get; set; }

    [Law(StartSize = 40)]
    internal static void No_step_is_even(Script script) => Assert.DoesNotContain(script.Steps, step => step % 2 == 0);

    [Law]
    internal static void Nothing_holds(Script script, Seed seed, uint number) => Assert.Fail($"{script} {seed} {number}");

    [Law(7, 11)]
    internal static void Each_is_counted(Seed seed) => Tries += seed.Value < ulong.MaxValue ? 1 : 0;
}
