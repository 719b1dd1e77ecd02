namespace Gossip.AspNetCore.Health;

/// <summary>
/// Combines what the health checks and what application code say of an instance: the worse of the two is registered. An instance that
/// drains is left alone.
/// </summary>
internal sealed class HealthStateWriter(IServiceRegistration instance)
{
    /// <summary>What application code has said last; ready when it has said nothing.</summary>
    private (ServiceState State, string? Reason) _first = (ServiceState.Ready, null);

    /// <summary>What was registered in its place; at first, what the instance began with.</summary>
    private (ServiceState State, string? Reason) _told = (ServiceState.Starting, HealthWatch.NotYet);

    public ValueTask SayAsync(ServiceState state, string reason, CancellationToken cancellation)
    {
        return instance.UpdateAsync(Change, cancellation);

        ServiceRecord Change(ServiceRecord record)
        {
            // First: what drains may be resumed, and is then as it was before.
            if (record.State == ServiceState.Draining)
                return record;
            var now = (record.State, record.Reason);
            if (now != _told)
                _first = now;
            _told = Gravity(state) > Gravity(_first.State) ? (state, reason.Length > 0 ? reason : null) : _first;
            return now == _told ? record : record with { State = _told.State, Reason = _told.Reason };
        }
    }

    private static int Gravity(ServiceState state) => state switch
    {
        ServiceState.Ready => 0,
        ServiceState.Degraded => 1,
        ServiceState.Starting => 2,
        _ => 3,
    };
}
