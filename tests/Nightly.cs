namespace Gossip.Tests;

/// <summary>
/// What takes too long for everybody's <c>dotnet test</c>: big matrices, long laws, whole networks. <c>.ci/nightly</c> sets GOSSIP_NIGHTLY=1,
/// which runs them all.
/// </summary>
internal static class Nightly
{
    public const string Reason = "Nightly: GOSSIP_NIGHTLY=1 runs it.";

    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("GOSSIP_NIGHTLY") == "1";

    /// <summary>How often a law is tried: by everybody, and at night.</summary>
    public static int Times(int usual, int nightly) => IsOn ? nightly : usual;
}

/// <summary>A test that only a nightly run has the time for.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NightlyFactAttribute : FactAttribute
{
    public NightlyFactAttribute() => Skip = Nightly.IsOn ? null : Nightly.Reason;
}

/// <summary>A test of several cases that only a nightly run has the time for.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NightlyTheoryAttribute : TheoryAttribute
{
    public NightlyTheoryAttribute() => Skip = Nightly.IsOn ? null : Nightly.Reason;
}
