using System.Net;
using Gossip.Cli.Agent.Definitions;
using Gossip.Hosting;
using Gossip.Protocol;

namespace Gossip.Cli.Agent;

/// <summary>
/// Makes the record of a definition.
/// </summary>
internal static class RecordTemplate
{
    /// <summary>What takes the most room of what is told besides a definition.</summary>
    private static readonly (IPAddress Address, ServiceLease Lease) Longest = (
        IPAddress.Parse("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        new() { Agent = new string('a', Limits.NameBytes), Time = Limits.LongestLease });

    /// <summary>Why the cluster cannot be told of a definition, wherever its agent is; null when it can.</summary>
    public static string? ProblemOf(ServiceDefinition definition)
    {
        try
        {
            Of(definition, Longest.Address, ServiceState.Ready, null, Longest.Lease).Validate();
            return null;
        }
        catch (ArgumentException error)
        {
            return error.Message;
        }
    }

    /// <param name="definition">The definition.</param>
    /// <param name="address">Where others reach the agent's host: endpoints without a host of their own are there.</param>
    /// <param name="state">Whether the instance wants traffic.</param>
    /// <param name="reason">Why it is in that state; what does not fit is left out.</param>
    /// <param name="lease">In whose name, and how long it counts when the agent has gone.</param>
    public static ServiceRecord Of(
        ServiceDefinition definition, IPAddress address, ServiceState state, string? reason, ServiceLease lease) => new()
    {
        InstanceId = definition.Id,
        Service = definition.Name,
        Version = definition.Version,
        State = state,
        Reason = reason is null ? null : RecordText.Fit(reason, Limits.ReasonBytes),
        Weight = definition.Weight,
        Endpoints = [.. definition.Endpoints.Select(one => Of(one, address))],
        Tags = definition.Tags,
        Metadata = definition.Metadata,
        Zone = definition.Zone,
        Region = definition.Region,
        Environment = definition.Environment,
        Host = RecordText.Fit(Environment.MachineName, Limits.HostBytes),
        DependsOn = definition.DependsOn,
        AuthorizedRoles = definition.AuthorizedRoles,
        Lease = lease,
    };

    /// <summary>
    /// The lease of all records of an agent. Its name is that of this machine besides: agents of other machines are mostly called alike.
    /// </summary>
    public static ServiceLease LeaseOf(AgentOptions options) => new()
    {
        Agent = RecordText.Fit($"{options.Name}@{Environment.MachineName}", Limits.NameBytes), Time = options.Lease,
    };

    /// <summary>Whether two records tell the cluster the same.</summary>
    public static bool AreSame(ServiceRecord one, ServiceRecord other)
    {
        if (ReferenceEquals(one, other))
            return true;
        var left = new byte[Limits.RecordBytes];
        var right = new byte[Limits.RecordBytes];
        return RecordCodec.TryWrite(one, left, out var leftBytes) && RecordCodec.TryWrite(other, right, out var rightBytes)
            && left.AsSpan(0, leftBytes).SequenceEqual(right.AsSpan(0, rightBytes));
    }

    private static ServiceEndpoint Of(EndpointDefinition endpoint, IPAddress address) =>
        new(endpoint.Name, endpoint.Scheme, endpoint.Host ?? address.ToString(), endpoint.Port) { Protocol = endpoint.Protocol };
}
