using System.Net;
using Gossip.Balancing;
using Gossip.Diagnostics;
using Gossip.Discovery;
using Gossip.Loop;

namespace Gossip.Hosting;

/// <content>What is told of the node to those who look.</content>
internal sealed partial class GossipLifecycle
{
    private const string Stops = "The process starts or stops, and its instances with it.";

    private readonly OperatorDrain _operator = new();

    /// <summary>What must hold when the host has started, of what was mapped; it throws where it does not, and so ends the start.</summary>
    public Action? Demand { get; set; }

    /// <summary>What the rest of the process adds to the doctor's findings.</summary>
    public Func<IEnumerable<GossipFinding>>? Finds { get; set; }

    /// <summary>A report of everything about the node.</summary>
    public async ValueTask<NodeReport> ReportAsync(CancellationToken cancellation)
    {
        var report = await Running.ReportAsync(cancellation).ConfigureAwait(false);
        var shell = report.Shell with { MulticastDropped = _mdns?.Dropped ?? 0, MulticastIgnored = _mdns?.Ignored ?? 0 };
        return report with { Shell = shell };
    }

    /// <summary>The input of the doctor.</summary>
    public async ValueTask<Examination> ExamineAsync(CancellationToken cancellation) => new(
        await ReportAsync(cancellation).ConfigureAwait(false),
        _seeds?.Reports ?? [],
        _configured?.Known ?? new Dictionary<string, IReadOnlyList<IPEndPoint>>(),
        _mdns?.Interfaces,
        _mdns?.Foreign ?? [],
        ThisRuntimeEnvironment.Find())
    {
        Address = _follower?.Standing,
        MachineDirectories = [.. _neighbours.Select(one => one.Report)],
        Further = [.. Finds?.Invoke() ?? []],
    };

    /// <inheritdoc cref="GossipNode.WhyAsync"/>
    public ValueTask<IReadOnlyList<NodeEvent>> WhyAsync(string member, CancellationToken cancellation) =>
        Running.WhyAsync(member, cancellation);

    /// <inheritdoc cref="GossipNode.EventsSince"/>
    public JournalReading EventsSince(long sequence) => Running.EventsSince(sequence);

    /// <summary>The node, even when it has ended; null before the host has started it.</summary>
    public GossipNode? Started => Volatile.Read(ref _node);

    /// <summary>Whether the process stops: what would go on for ever has to end.</summary>
    public bool IsStopping => around.Requests.IsDraining || around.Stopping.IsCancellationRequested;

    /// <inheritdoc cref="OperatorDrain.DrainAsync"/>
    public async ValueTask<string?> DrainAsync(string? reason, CancellationToken cancellation) =>
        IsStopping || !IsRunning ? Stops : await _operator.DrainAsync(_registrations, reason, cancellation).ConfigureAwait(false);

    /// <inheritdoc cref="OperatorDrain.ResumeAsync"/>
    public async ValueTask<string?> ResumeAsync(CancellationToken cancellation) =>
        IsStopping || !IsRunning ? Stops : await _operator.ResumeAsync(cancellation).ConfigureAwait(false);

    /// <summary>What the node did of late.</summary>
    public ValueTask<SeriesReport> SeriesAsync(CancellationToken cancellation) => Running.SeriesAsync(cancellation);

    /// <summary>
    /// Why each instance of a service gets calls of this process, or none; those of dead and gone members, and the members whose records
    /// are not held, last.
    /// </summary>
    /// <param name="explanation">Judges the instances that are there.</param>
    /// <param name="service">The service.</param>
    /// <param name="cancellation">Ends the wait for the loop.</param>
    public async ValueTask<IReadOnlyList<InstanceExplanation>> WhyServiceAsync(
        ServiceExplanation explanation, string service, CancellationToken cancellation)
    {
        var absent = await Running.AbsentAsync(service, cancellation).ConfigureAwait(false);
        return [.. explanation.Tell(), .. absent.Select(one => Explain(one.InstanceId, one.Owner, Running.Now))];
    }

    private static InstanceExplanation Explain(string? instance, MemberSnapshot owner, DateTimeOffset now)
    {
        var (rule, why) = owner.State switch
        {
            _ when instance is null =>
                (InstanceRule.NotHeld, $"Whether {owner.Name} has an instance is not known here: there was no room for its records."),
            MemberState.Left =>
                (InstanceRule.Left, $"'{instance}' is gone: {owner.Name} said goodbye at {PlainText.Of(owner.Since, now)}."),
            _ => (InstanceRule.Dead, $"'{instance}' is gone: {owner.Name} is held dead since {PlainText.Of(owner.Since, now)} "
                + $"({EvidenceText.Of(owner.Evidence)}); /why?member={owner.Name} tells more."),
        };
        return new InstanceExplanation(instance, owner.Name, rule, why);
    }
}
