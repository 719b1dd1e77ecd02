using System.Collections.Concurrent;

namespace Gossip.Hosting;

/// <summary>
/// Drains the instances of this process at an operator's word, while the process goes on, and lets them take calls again. It takes back
/// what it did, and nothing else: an instance that the application itself drains stays as it is.
/// </summary>
internal sealed class OperatorDrain
{
    /// <summary>What is said where no other reason is given.</summary>
    private const string Reason = "an operator drains it";

    private readonly ConcurrentDictionary<ServiceRegistration, (ServiceState State, string? Reason)> _before = new();

    /// <summary>Tells the cluster that none of the instances takes anything new.</summary>
    /// <param name="registrations">The instances.</param>
    /// <param name="reason">Why; null for no particular reason.</param>
    /// <param name="cancellation">Ends the wait for the loop.</param>
    /// <returns>Why nothing was done; null when all drain.</returns>
    /// <exception cref="ArgumentException">The reason is too long, or has letters that may not be told.</exception>
    public async ValueTask<string?> DrainAsync(Registrations registrations, string? reason, CancellationToken cancellation)
    {
        if (registrations.IsEmpty)
            return "This process has registered no instance, so there is nothing to drain.";
        foreach (var one in registrations.All)
        {
            (ServiceState, string?)? before = null;
            await ChangeAsync(one, Drain, cancellation).ConfigureAwait(false);
            if (before is { } was)
                _before[one] = was;

            ServiceRecord Drain(ServiceRecord record)
            {
                before = null;
                if (record.State == ServiceState.Draining)
                    return record;
                before = (record.State, record.Reason);
                return record with { State = ServiceState.Draining, Reason = reason ?? Reason };
            }
        }

        return null;
    }

    /// <summary>Takes a drain back.</summary>
    /// <param name="cancellation">Ends the wait for the loop.</param>
    /// <returns>Why nothing was done; null when all that was drained takes calls as before.</returns>
    public async ValueTask<string?> ResumeAsync(CancellationToken cancellation)
    {
        var any = false;
        foreach (var one in _before.Keys)
        {
            if (!_before.TryRemove(one, out var before))
                continue;
            any = true;
            await ChangeAsync(
                one,
                record => record.State == ServiceState.Draining ? record with { State = before.State, Reason = before.Reason } : record,
                cancellation).ConfigureAwait(false);
        }

        return any ? null : "No instance of this process was drained here, so there is nothing to resume.";
    }

    private static async ValueTask ChangeAsync(
        ServiceRegistration one, Func<ServiceRecord, ServiceRecord> change, CancellationToken cancellation)
    {
        try
        {
            await one.UpdateAsync(change, cancellation).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // Taken back meanwhile, which is more than a drain.
        }
    }
}
