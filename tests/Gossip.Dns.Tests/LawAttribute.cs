using FsCheck.Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Gossip.Dns.Tests;

/// <summary>A property on many generated values. GOSSIP_SEED decides them all, and a failure prints the command that repeats it.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Gossip.Dns.Tests.LawDiscoverer", "Gossip.Dns.Tests")]
public sealed class LawAttribute : PropertyAttribute
{
    public LawAttribute()
    {
        Replay = Seed;
        MaxTest = 300;
        QuietOnSuccess = true;
        Arbitrary = [typeof(Messages.Inputs)];
    }

    /// <summary>The seed of this run, and the increment of FsCheck's generator, which any odd number serves as.</summary>
    internal static string Seed { get; } =
        $"{Environment.GetEnvironmentVariable("GOSSIP_SEED") ?? $"{Random.Shared.NextInt64()}"},{0x9E3779B97F4A7C15}";
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
            var seed = LawAttribute.Seed.Split(',')[0];
            var command = $"GOSSIP_SEED={seed} dotnet test --filter \"FullyQualifiedName~{failed.TestMethod.Method.Name}\"";
            return new TestFailed(
                failed.Test, failed.ExecutionTime, failed.Output, failed.ExceptionTypes,
                [$"{command}\n{failed.Messages[0]}", .. failed.Messages[1..]], failed.StackTraces, failed.ExceptionParentIndices);
        }
    }
}
