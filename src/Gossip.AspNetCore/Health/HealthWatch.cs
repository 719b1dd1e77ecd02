using Gossip.Configuration;
using Gossip.Diagnostics;
using Gossip.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gossip.AspNetCore.Health;

/// <summary>
/// Runs the application's health checks periodically, and tells the clusters what they say of its instance. It begins when the whole host
/// has started, so that every node has registered its instance, whatever the order of the starts; it never runs the checks twice at a time,
/// and ends before the instance drains.
/// </summary>
internal sealed partial class HealthWatch(
    IServiceProvider services, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<HealthWatch> logger)
    : IHostedLifecycleService, IDisposable
{
    /// <summary>Why an instance is not ready before the checks have run.</summary>
    public const string NotYet = "the health checks have not run yet";

    private readonly CancellationTokenSource _stopping = new();
    private CancellationTokenRegistration _begins;
    private Task _running = Task.CompletedTask;

    /// <summary>The run that takes longer than it may, if any.</summary>
    private Task<HealthReport>? _late;

    /// <summary>Whether there are checks that count; null where there is nothing to run.</summary>
    public static bool IsWanted(IServiceProvider services) =>
        services.GetService<HealthCheckService>() is not null
        && services.GetService<GossipLifecycle>() is { Options.Health: { Enabled: true } options }
        && services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Any(check => Counts(check, options));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _begins = lifetime.ApplicationStarted.Register(Begin);
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _begins.Dispose();
        _stopping.Dispose();
    }

    /// <summary>The node's own readiness is left out, since it follows from the state that the checks set.</summary>
    private static bool Counts(HealthCheckRegistration check, GossipHealthOptions options) =>
        !GossipReadiness.IsMadeBy(check) && (string.IsNullOrEmpty(options.Tag) || check.Tags.Contains(options.Tag));

    private void Begin()
    {
        if (services.GetService<GossipLifecycle>() is { Options.Health: { Enabled: true, Tag: { Length: > 0 } tag } }
            && services.GetService<IOptions<HealthCheckServiceOptions>>() is { Value.Registrations: { Count: > 0 } checks }
            && !checks.Any(check => check.Tags.Contains(tag)))
            TagIsNobodys(logger, tag);
        var own = services.GetServices<IHostedService>().OfType<GossipLifecycle>()
            .Select(node => node.Own).OfType<IServiceRegistration>().ToArray();
        if (own.Length > 0 && IsWanted(services))
            _running = RunAsync([.. own.Select(one => new HealthStateWriter(one))],
                services.GetRequiredService<GossipLifecycle>().Options.Health);
    }

    private async Task RunAsync(HealthStateWriter[] words, GossipHealthOptions options)
    {
        var patience = new HealthHysteresis(options.UnhealthyThreshold, options.HealthyThreshold);
        using var timer = new PeriodicTimer(options.Period, time);
        do
        {
            var before = patience.Held;
            var held = patience.Add(await CheckAsync(options).ConfigureAwait(false));
            var isChange = held.Status != (before?.Status ?? HealthStatus.Healthy);
            using var span = isChange ? GossipActivity.Start("gossip.health_change") : null;
            span?.SetTag("gossip.health.status", held.Status.ToString()).SetTag("gossip.health.reason", held.Reason);
            foreach (var word in words)
                await SayAsync(word, held).ConfigureAwait(false);
            if (isChange)
                Changed(logger, held.Status, held.Reason);
        }
        while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false));
    }

    private async ValueTask SayAsync(HealthStateWriter word, Verdict held)
    {
        try
        {
            await word.SayAsync(held.State, held.Reason, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is ObjectDisposedException or InvalidOperationException)
        {
            // The instance was removed, or the node has stopped: there is nothing to update here, but other clusters may go on.
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            NotTold(logger, error);
        }
    }

    private async Task<Verdict> CheckAsync(GossipHealthOptions options)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var run = _late ?? RunChecksAsync(options, patience.Token);
        try
        {
            await run.WaitUpToAsync(options.Timeout, time, _stopping.Token).ConfigureAwait(false);
            _late = null;
            return Verdict.Of(await run.ConfigureAwait(false));
        }
        catch (TimeoutException) when (!run.IsCompleted)
        {
            await patience.CancelAsync().ConfigureAwait(false);
            _late = run;
            return Verdict.Late(options.Timeout);
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            // A late run has ended by its cancellation meanwhile: the next one begins anew.
            _late = null;
            return Verdict.Late(options.Timeout);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _late = null;
            Failed(logger, error);
            return Verdict.NotRun(error);
        }
    }

    /// <summary>A failure before the first check begins is a result too.</summary>
    private async Task<HealthReport> RunChecksAsync(GossipHealthOptions options, CancellationToken cancellation) =>
        await services.GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(check => Counts(check, options), cancellation).ConfigureAwait(false);

    [LoggerMessage(85, LogLevel.Warning,
        "Gossip:Health:Tag is '{Tag}', and no health check has that tag: none is run, and the instance is ready. "
        + "Give the tag to a check, or leave Gossip:Health:Tag out to run all of them")]
    private static partial void TagIsNobodys(ILogger logger, string tag);

    [LoggerMessage(80, LogLevel.Information, "The health checks say {Status}, and the cluster is told: {Reason}")]
    private static partial void Changed(ILogger logger, HealthStatus status, string reason);

    [LoggerMessage(81, LogLevel.Error, "The health checks could not be run")]
    private static partial void Failed(ILogger logger, Exception error);

    [LoggerMessage(82, LogLevel.Error, "What the health checks say could not be told to the cluster")]
    private static partial void NotTold(ILogger logger, Exception error);
}
