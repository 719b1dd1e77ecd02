using System.Buffers;
using System.CommandLine;
using System.Net;
using System.Text.Json;

namespace Gossip.Cli.Commands;

/// <summary>
/// Has an instance take nothing new, and takes that back: by the agent, where it looks after the service; or else by the orders that the
/// instance's own process maps.
/// </summary>
internal static class DrainCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "An instance, by its id; or a service that has one" };
    private static readonly Option<bool> Resume = new("--resume") { Description = "Take the drain back" };
    private static readonly Option<string> Reason = new("--reason") { Description = "Why, for people" };

    public static Command Create() => EndpointOptions.Create(
        "drain", "Has an instance take no new calls, until that is taken back by --resume", RunAsync, Name, Resume, Reason);

    private static async Task<int> RunAsync(CommandCall call, CancellationToken cancellation)
    {
        var name = call.Parsed.GetValue(Name)!;
        var id = await OrderAgentAsync(call, name, cancellation).ConfigureAwait(false)
            ?? await OrderProcessAsync(call, name, cancellation).ConfigureAwait(false);
        var drains = !call.Parsed.GetValue(Resume);
        if (call.WantsJson)
            CommandOutput.Raw(call.Parsed, Body(json =>
            {
                json.WriteNumber("schema", 1);
                json.WriteString("id", id);
                json.WriteBoolean("drains", drains);
            }, isIndented: true));
        else
            CommandOutput.Line(call.Console, drains ? $"'{id}' takes no new calls, until --resume." : $"'{id}' takes calls again.");
        return CommandExit.Done;
    }

    /// <summary>Orders it from the agent of this machine.</summary>
    /// <returns>The id of the service; null where no agent has it.</returns>
    private static async Task<string?> OrderAgentAsync(CommandCall call, string name, CancellationToken cancellation)
    {
        var given = EndpointOptions.SocketOf(call.Parsed);
        if (call.Parsed.GetValue(EndpointOptions.Url) is not null || call.Parsed.GetValue(EndpointOptions.Node) is not null)
            return null;
        foreach (var socket in given is not null ? [given] : EndpointFinder.Sockets(call.Parsed, EndpointFinder.Directories(call.Parsed)))
        {
            using var agent = new AgentClient(socket, EndpointOptions.Patience(call.Parsed));
            byte[]? answer;
            try
            {
                await RequireClusterAsync(call, socket, cancellation).ConfigureAwait(false);
                answer = await agent.SendAsync(HttpMethod.Get, "/v1/services", null, cancellation).ConfigureAwait(false);
            }
            catch (InvalidOperationException) when (given is null)
            {
                // A killed agent leaves its socket behind, that of the system may be another user's, or it is of another cluster.
                continue;
            }

            using var document = JsonDocument.Parse(answer ?? "{}"u8.ToArray());
            var all = document.RootElement.Items("services").Select(one => new Drained(one.Text("name"), one.Text("id"), "", "", null));
            if (Choose([.. all], name) is not { Id: var id })
                continue;
            var (method, body) = call.Parsed.GetValue(Resume) ? (HttpMethod.Delete, null) : (HttpMethod.Put, Order(call, null));
            if (await agent.SendAsync(method, AgentClient.PathOf(id) + "/drain", body, cancellation).ConfigureAwait(false) is not null)
                return id;
        }

        return null;
    }

    /// <summary>Whoever names a cluster orders nothing in another one.</summary>
    private static async Task RequireClusterAsync(CommandCall call, string socket, CancellationToken cancellation)
    {
        if (call.Parsed.GetValue(EndpointOptions.Cluster) is not { } cluster)
            return;
        using var client = call.Ask([EndpointFinder.Agent(socket)]);
        var page = await client.GetAsync("", cancellation).ConfigureAwait(false);
        if (page.Find("node")?.Text("cluster") is var other && other != cluster)
            throw new CommandException(
                CommandExit.NoNode, $"{client.Target.Place} is of cluster '{other}', and --cluster is '{cluster}'. Nothing was ordered.");
    }

    /// <summary>Orders it from the process of the instance.</summary>
    private static async Task<string> OrderProcessAsync(CommandCall call, string name, CancellationToken cancellation)
    {
        var page = await call.Client.GetAsync("", cancellation).ConfigureAwait(false);
        var own = page.Find("node") ?? default;
        Drained[] all =
        [
            .. from service in page.Items("services")
               from one in service.Items("instances")
               select new Drained(
                   service.Text("name"), one.Text("id"), one.Text("node"), one.Text("nodeId"), one.Find("lease")?.Text("agent")),
        ];
        // Whoever names a URL means that process, and no namesake of its instances elsewhere.
        var atUrl = call.Parsed.GetValue(EndpointOptions.Url) is not null ? all.Where(one => one.NodeId == own.Text("id")).ToArray() : [];
        var chosen = Choose(atUrl, name) ?? Choose(all, name) ?? throw new CommandException(
            CommandExit.No, $"No instance or service '{name}' is known to {call.Client.Target.Place}; see `gossip services`.");
        if (chosen.Agent is { } agent)
            throw new CommandException(
                CommandExit.NoNode, $"'{chosen.Id}' is looked after by {agent}: run this on that host, as the agent's user.");
        var target = await TargetOfAsync(call, own, chosen, cancellation).ConfigureAwait(false);
        using var client = call.Ask([target]);
        var path = call.Parsed.GetValue(Resume) ? "/resume" : "/drain";
        var (status, reason) = await client.OrderAsync(path, Order(call, chosen.NodeId), cancellation).ConfigureAwait(false);
        return status switch
        {
            HttpStatusCode.NoContent => chosen.Id,
            HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed => throw new CommandException(
                CommandExit.No,
                $"{chosen.Node} takes no orders: it does not map them. Write app.MapGossipAdmin().RequireAuthorization(\"operators\") in "
                    + "it, with a policy of that name, as docs/ENDPOINT.md has it under Orders."),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => throw new CommandException(
                CommandExit.Refused,
                $"{chosen.Node} takes no orders from you ({reason}): its policy decides, and the token of the process counts for nothing "
                    + $"there. Bring a bearer token that the policy accepts by --token-file or {EndpointOptions.TokenVariable}."),
            HttpStatusCode.Conflict => throw new CommandException(CommandExit.No, $"{chosen.Node}: {reason}"),
            _ => throw new CommandException(CommandExit.Unusable, $"{client.Target.Place}: {reason}"),
        };
    }

    /// <summary>Where the process of an instance takes orders: at the URL that was given, or where it says on this machine.</summary>
    private static async Task<EndpointTarget> TargetOfAsync(
        CommandCall call, JsonElement own, Drained chosen, CancellationToken cancellation)
    {
        var given = EndpointFinder.GivenToken(call.Parsed);
        var isUrl = call.Parsed.GetValue(EndpointOptions.Url) is not null;
        var asked = call.Client.Target;
        if (own.Text("id") == chosen.NodeId && (isUrl || asked.IsHeld))
            return asked with { Given = given };
        if (isUrl)
            throw new CommandException(
                CommandExit.No,
                $"'{chosen.Id}' is on {chosen.Node}, and --url leads to {own.Text("name")}: nobody else is given the order. Give the URL "
                    + $"of the endpoint of {chosen.Node}, or leave --url out where it runs.");
        // Only where locks tell that it lives: whoever listens where a process was would get the token of the operator.
        var here = EndpointFinder.Directories(call.Parsed).SelectMany(EndpointTarget.Of)
            .Where(one => one.IsHeld && one.Node == chosen.Node && one.Cluster == own.Text("cluster"));
        foreach (var target in here)
        {
            try
            {
                using var client = call.Ask([target]);
                var page = await client.GetAsync("", cancellation).ConfigureAwait(false);
                if (page.Find("node")?.Text("id") == chosen.NodeId)
                    return target with { Given = given };
            }
            catch (CommandException silent)
            {
                CommandOutput.Note(call.Parsed, $"{target.Place} was not asked: {silent.Message}");
            }
        }

        throw new CommandException(
            CommandExit.NoNode,
            $"'{chosen.Id}' is on {chosen.Node}, which serves no endpoint on this machine to this user. Run this where it runs, or give "
                + "the URL of its endpoint by --url.");
    }

    /// <summary>The instance of that id, or the only one of that service; null where there is none.</summary>
    private static Drained? Choose(IReadOnlyList<Drained> all, string name)
    {
        // A process has all its instances drain: one that has the id in two services is one.
        var named = all.Where(one => one.Id == name).DistinctBy(one => one.NodeId).ToArray();
        if (named.Length > 1)
            throw new CommandException(
                CommandExit.Usage,
                $"'{name}' is an instance on {named.Length} nodes: {string.Join(", ", named.Take(20).Select(one => one.Node))}. Say which "
                    + "one is meant by the --url of its endpoint.");
        if (named.Length == 1)
            return named[0];
        var ofService = all.Where(one => one.Service == name).DistinctBy(one => (one.Id, one.NodeId)).ToArray();
        if (ofService.Length <= 1)
            return ofService.FirstOrDefault();
        var ids = ofService.Select(one => one.Id).Order(StringComparer.Ordinal).Take(20);
        throw new CommandException(
            CommandExit.Usage, $"'{name}' has {ofService.Length} instances; name one by its id: {string.Join(", ", ids)}.");
    }

    /// <param name="call">What was typed.</param>
    /// <param name="nodeId">The node that is meant; null for an agent's service, which is named by its path.</param>
    private static byte[] Order(CommandCall call, string? nodeId) => System.Text.Encoding.UTF8.GetBytes(Body(json =>
    {
        if (nodeId is not null)
            json.WriteString("node", nodeId);
        if (call.Parsed.GetValue(Reason) is { } reason)
            json.WriteString("reason", reason);
    }));

    private static string Body(Action<Utf8JsonWriter> write, bool isIndented = false)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = isIndented }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>What may be drained; the agent is null where the process of the instance is a node itself.</summary>
    private sealed record Drained(string Service, string Id, string Node, string NodeId, string? Agent);
}
