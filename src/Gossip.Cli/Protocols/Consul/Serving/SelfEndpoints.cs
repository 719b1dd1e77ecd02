using System.Globalization;
using Gossip.Cli.Protocols.Consul.Catalogs;
using Gossip.Cli.Protocols.Consul.Model;
using Gossip.Cli.Protocols.Serving;
using Gossip.Diagnostics;

namespace Gossip.Cli.Protocols.Consul.Serving;

/// <summary>What the agent says of itself and of the members. Nobody leads here: whoever is asked is as good as any other.</summary>
internal sealed class SelfEndpoints(ConsulReader reader, ConsulSettings settings, Waiters waiters, Func<NodeIdentity> identity)
{
    /// <summary>What the façade is like: the version of Consul whose answers it was compared with.</summary>
    private const string Version = "1.10.0";

    public Task LeaderAsync(ConsulCall call) => reader.IsHere(call)
        ? call.JsonAsync(identity().Advertised.ToString(), json => json.String)
        : call.TextAsync(500, "No path to datacenter");

    public Task PeersAsync(ConsulCall call) => reader.IsHere(call)
        ? call.JsonAsync<IReadOnlyList<string>>([identity().Advertised.ToString()], json => json.IReadOnlyListString)
        : call.TextAsync(500, "No path to datacenter");

    public Task MembersAsync(ConsulCall call)
    {
        var isWide = call.Parameter("wan") is not (null or "0" or "false");
        return call.JsonAsync<IReadOnlyList<MemberBody>>(
            [.. reader.Catalog.View.Snapshot.Members.Select(member => BodyOf(member, isWide))], json => json.IReadOnlyListMemberBody);
    }

    public Task SelfAsync(ConsulCall call)
    {
        var view = reader.Catalog.View;
        var own = view.Snapshot.Members.FirstOrDefault(member => member.IsSelf);
        if (own is null)
            return call.TextAsync(500, "The agent's node does not run yet.");
        var stats = new Dictionary<string, IReadOnlyDictionary<string, string>>
        {
            ["agent"] = new Dictionary<string, string>
            {
                ["services"] = Number(view.State.Services.Count), ["checks"] = Number(view.State.Checks.Count),
            },
            ["gossip"] = new Dictionary<string, string>
            {
                ["cluster"] = identity().Cluster, ["address"] = identity().Advertised.ToString(),
                ["members"] = Number(view.Snapshot.Members.Count), ["services"] = Number(view.Snapshot.Services.Count),
                ["revision"] = view.Snapshot.Revision.ToString(CultureInfo.InvariantCulture),
            },
            ["facade"] = new Dictionary<string, string> { ["blocked_queries"] = Number(waiters.Count) },
        };
        return call.JsonAsync(
            new SelfBody(
                new(reader.Datacenter, own.Name, CatalogNode.UuidOf(own.Id), "", true, Version),
                new(
                    settings.Serving.Access == FacadeAccess.Open ? "allow" : "deny", ConsulProtocol.MostConnections, ConsulBody.MostBytes,
                    ConsulProtocol.MostWaiters, Text(ConsulQuery.LongestWait), Text(ConsulQuery.DefaultWait),
                    "gossip agent, which answers as Consul does: it keeps no raft log, and has no key-value store, sessions, "
                        + "prepared queries, events or Connect"),
                BodyOf(own, isWide: false),
                new Dictionary<string, string> { ["consul-network-segment"] = "" },
                stats),
            json => json.SelfBody);
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds}s");

    private MemberBody BodyOf(MemberSnapshot member, bool isWide) => new(
        isWide ? $"{member.Name}.{reader.Datacenter}" : member.Name,
        member.Address.Address.ToString(),
        member.Address.Port,
        new Dictionary<string, string>
        {
            ["build"] = Version, ["dc"] = reader.Datacenter, ["id"] = CatalogNode.UuidOf(member.Id), ["role"] = "node",
            ["zone"] = member.Zone ?? "",
        },
        // Serf's words: alive, left, failed.
        member.State switch { MemberState.Left => 3, MemberState.Dead => 4, _ => 1 },
        1, 5, 2, 2, 5, 4);
}
