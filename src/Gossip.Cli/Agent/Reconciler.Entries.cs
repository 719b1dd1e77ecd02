using System.Net;
using Gossip.Cli.Agent.Definitions;
using Gossip.Protocol;

namespace Gossip.Cli.Agent;

/// <content>What is known of each service, and registrations that are under way.</content>
internal sealed partial class Reconciler
{
    /// <summary>So many are registered at a time: a node takes them in one turn of its loop, and shows them in one snapshot.</summary>
    private const int AtATime = 64;

    private readonly List<(Inputs Inputs, Entry Entry, Task<IServiceRegistration> Registering)> _underWay = [];

    private async ValueTask EndRegisteringAsync()
    {
        var underWay = _underWay.ToArray();
        _underWay.Clear();
        foreach (var (inputs, entry, registering) in underWay)
        {
            var definition = inputs.Definition;
            await TryAsync(entry, definition.Id, async () =>
            {
                entry.Registration = await registering.ConfigureAwait(false);
                Count++;
                (entry.MadeFrom, entry.Told) = (inputs, entry.Registration.Record);
                (entry.Problem, entry.DrainedAt, entry.DrainWait) = (null, null, definition.DrainWait);
                Registers(logger, Limits.Show(definition.Id), Limits.Show(definition.Name), definition.Origin);
            }).ConfigureAwait(false);
        }
    }

    private enum Outcome
    {
        None,
        LeftOut,
        Ended,
    }

    /// <summary>What a record is made from.</summary>
    private readonly record struct Inputs(ServiceDefinition Definition, ServiceState State, string? Reason, IPAddress Address);

    /// <summary>What became of one service.</summary>
    private sealed class Entry
    {
        public IServiceRegistration? Registration { get; set; }

        /// <summary>When it was drained because nobody wants it; null while somebody does.</summary>
        public long? DrainedAt { get; set; }

        public TimeSpan DrainWait { get; set; }

        public long? FailsSince { get; set; }

        /// <summary>From what the record was made, and the record, to see that nothing has changed.</summary>
        public Inputs MadeFrom { get; set; }

        public ServiceRecord? Told { get; set; }

        public string? Problem { get; set; }
    }
}
