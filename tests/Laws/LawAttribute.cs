using System.Globalization;
using FsCheck.Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Gossip.Tests;

/// <summary>
/// A property on many generated values, more of them at night. GOSSIP_SEED decides them all; a failure prints the command that repeats
/// it, and the least values that fail. Each project says in a part of its own where xunit finds <see cref="LawDiscoverer"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed partial class LawAttribute : PropertyAttribute
{
    /// <summary>FsCheck's generator takes a seed and an increment, and any odd number serves as that.</summary>
    private const ulong Increment = 0x9E3779B97F4A7C15;

    public LawAttribute(int usual = 100, int nightly = 5_000)
    {
        Replay = $"{Seed},{Increment}";
        (Usual, Nightly) = (usual, nightly);
        MaxTest = Tests.Nightly.Times(usual, nightly);
        QuietOnSuccess = true;
        Arbitrary = [typeof(Draws)];
    }

    /// <summary>On how many cases everybody tries it.</summary>
    public int Usual { get; }

    /// <summary>On how many it is tried at night.</summary>
    public int Nightly { get; }

    /// <summary>The seed of this run: the environment's, else a new one each time.</summary>
    internal static ulong Seed { get; } =
        ulong.TryParse(Environment.GetEnvironmentVariable("GOSSIP_SEED"), CultureInfo.InvariantCulture, out var seed)
            ? seed
            : (ulong)Random.Shared.NextInt64();
}

/// <summary>Finds the laws for xunit.</summary>
public sealed class LawDiscoverer(IMessageSink sink) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        [new LawCase(sink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod)];
}

/// <summary>Runs a law, and puts the command in front of what a failure says.</summary>
public sealed class LawCase : PropertyTestCase
{
    [Obsolete("For the deserializer of xunit.")]
    public LawCase()
    {
    }

    public LawCase(IMessageSink sink, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method)
        : base(sink, display, options, method, null)
    {
    }

    public override Task<RunSummary> RunAsync(
        IMessageSink diagnosticMessageSink, IMessageBus messageBus, object[] constructorArguments, ExceptionAggregator aggregator,
        CancellationTokenSource cancellationTokenSource) =>
        base.RunAsync(diagnosticMessageSink, new Telling(messageBus), constructorArguments, aggregator, cancellationTokenSource);

    private sealed class Telling(IMessageBus inner) : IMessageBus
    {
        public bool QueueMessage(IMessageSinkMessage message) => inner.QueueMessage(message is TestFailed failed ? Told(failed) : message);

        public void Dispose() => inner.Dispose();

        private static TestFailed Told(TestFailed failed)
        {
            // The number of cases decides how large each of them is.
            var night = Tests.Nightly.IsOn ? "GOSSIP_NIGHTLY=1 " : "";
            var name = failed.TestMethod.Method.Name;
            var command = $"GOSSIP_SEED={LawAttribute.Seed} {night}dotnet test --filter \"FullyQualifiedName~{name}\"";
            return new TestFailed(
                failed.Test, failed.ExecutionTime, failed.Output, failed.ExceptionTypes,
                [$"{command}\n{failed.Messages[0]}", .. failed.Messages[1..]], failed.StackTraces, failed.ExceptionParentIndices);
        }
    }
}
