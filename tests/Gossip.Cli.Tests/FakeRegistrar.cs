using System.Collections.Concurrent;

namespace Gossip.Cli.Tests;

/// <summary>Keeps records as a node does, fails when the test says so, and remembers what each record went through.</summary>
internal sealed class FakeRegistrar : IServiceRegistrar
{
    private readonly ConcurrentDictionary<string, Registration> _all = [];

    public IServiceRegistration? Own => null;

    public IReadOnlyDictionary<string, ServiceRecord> Records => _all.ToDictionary(one => one.Key, one => one.Value.Record);

    public List<string> Happened { get; } = [];

    /// <summary>Whether the next call fails.</summary>
    public Func<bool> Fails { get; set; } = () => false;

    public ValueTask<IServiceRegistration> RegisterAsync(ServiceRecord record, CancellationToken cancellationToken = default)
    {
        Break();
        record.Validate();
        if (_all.ContainsKey(record.InstanceId))
            throw new InvalidOperationException($"There is '{record.InstanceId}' already.");
        Happened.Add($"register {record.InstanceId} {record.State}");
        return new(_all[record.InstanceId] = new Registration(this, record));
    }

    /// <summary>Takes a record away behind everybody's back.</summary>
    public void Steal(string id)
    {
        if (_all.TryRemove(id, out var taken))
            taken.IsGone = true;
    }

    private void Break()
    {
        if (Fails())
            throw new InvalidOperationException("The node has no time.");
    }

    private sealed class Registration(FakeRegistrar registrar, ServiceRecord record) : IServiceRegistration
    {
        public bool IsGone { get; set; }

        public ServiceRecord Record { get; private set; } = record;

        public ValueTask UpdateAsync(Func<ServiceRecord, ServiceRecord> change, CancellationToken cancellationToken = default)
        {
            ObjectDisposedException.ThrowIf(IsGone, this);
            registrar.Break();
            Record = change(Record);
            Record.Validate();
            registrar.Happened.Add($"update {Record.InstanceId} {Record.State}");
            return ValueTask.CompletedTask;
        }

        public ValueTask DrainAsync(string? reason = null, CancellationToken cancellationToken = default) =>
            UpdateAsync(record => record with { State = ServiceState.Draining, Reason = reason }, cancellationToken);

        public ValueTask DisposeAsync()
        {
            if (!IsGone)
                registrar.Happened.Add($"deregister {Record.InstanceId} {Record.State}");
            IsGone = true;
            registrar._all.TryRemove(Record.InstanceId, out _);
            return ValueTask.CompletedTask;
        }
    }
}
