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
        var given = call.Parsed.GetValue(EndpointOptions.Socket);
        if (call.Parsed.GetValue(EndpointOptions.Url) is not null || call.Parsed.GetValue(EndpointOptions.Node) is not null)
            return null;
        foreach (var socket in given is not null ? [given] : EndpointFinder.Sockets(call.Parsed, EndpointFinder.Directories(call.Parsed)))
        {
            using var agent = new AgentClient(socket);
            byte[]? answer;
            try
            {
                answer = await agent.SendAsync(HttpMethod.Get, "/v1/services", null, cancellation).ConfigureAwait(false);
            }
            catch (InvalidOperationException) when (given is null)
            {
                // A killed agent leaves its socket behind, and that of the system may be another user's.
                continue;
            }

            using var document = JsonDocument.Parse(answer ?? "{}"u8.ToArray());
            if (Choose(document.RootElement.Items("services").Select(one => (one.Text("id"), one.Text("name"))), name) is not { } id)
                continue;
            var (method, body) = call.Parsed.GetValue(Resume) ? (HttpMethod.Delete, null) : (HttpMethod.Put, Order(call));
            if (await agent.SendAsync(method, AgentClient.PathOf(id) + "/drain", body, cancellation).ConfigureAwait(false) is not null)
                return id;
        }

        return null;
    }

    /// <summary>Orders it from the process of the instance.</summary>
    private static async Task<string> OrderProcessAsync(CommandCall call, string name, CancellationToken cancellation)
    {
        var page = await call.Client.GetAsync("", cancellation).ConfigureAwait(false);
        var all = from service in page.Items("services")
                  from one in service.Items("instances")
                  select (Id: one.Text("id"), Service: service.Text("name"), Instance: one);
        var id = Choose(all.Select(one => (one.Id, one.Service)), name)
            ?? throw new CommandException(
                CommandExit.No, $"No instance or service '{name}' is known to {call.Client.Target.Place}; see `gossip services`.");
        var instance = all.First(one => one.Id == id).Instance;
        var node = instance.Text("node");
        if (instance.Find("lease") is { } lease)
            throw new CommandException(
                CommandExit.NoNode, $"'{id}' is looked after by {lease.Text("agent")}: run this on that host, as the agent's user.");
        using var client = call.Ask([TargetOf(call, page, node, instance.Text("nodeId"), id)]);
        var path = call.Parsed.GetValue(Resume) ? "/resume" : "/drain";
        var (status, reason) = await client.OrderAsync(path, Order(call), cancellation).ConfigureAwait(false);
        return status switch
        {
            HttpStatusCode.NoContent => id,
            HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed => throw new CommandException(
                CommandExit.No,
                $"{node} takes no orders: it does not map them. Write app.MapGossipAdmin().RequireAuthorization(\"operators\") in it, "
                    + "with a policy of that name, as docs/ENDPOINT.md has it under Orders."),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => throw new CommandException(
                CommandExit.Refused,
                $"{node} takes no orders from you ({reason}): its policy decides, and the token of the process counts for nothing there. "
                    + $"Bring a bearer token that the policy accepts by --token-file or {EndpointOptions.TokenVariable}."),
            HttpStatusCode.Conflict => throw new CommandException(CommandExit.No, $"{node}: {reason}"),
            _ => throw new CommandException(CommandExit.Unusable, $"{client.Target.Place}: {reason}"),
        };
    }

    /// <summary>Where the process of an instance takes orders: at the URL that was given, or where it says on this machine.</summary>
    private static EndpointTarget TargetOf(CommandCall call, JsonElement page, string node, string nodeId, string id)
    {
        if (page.Find("node")?.Text("id") == nodeId && call.Client.Target.Socket is null)
            return call.Client.Target;
        var given = EndpointFinder.GivenToken(call.Parsed);
        var cluster = page.Find("node")?.Text("cluster");
        return EndpointFinder.Directories(call.Parsed).SelectMany(EndpointTarget.Of)
            .Where(one => one.Node == node && one.Cluster == cluster)
            .Select(one => one with { Given = given })
            .FirstOrDefault() ?? throw new CommandException(
                CommandExit.NoNode,
                $"'{id}' is on {node}, which serves no endpoint on this machine to this user. Run this where it runs, or give the URL of "
                    + "its endpoint by --url.");
    }

    /// <summary>The instance of that id, or the only one of that service.</summary>
    private static string? Choose(IEnumerable<(string Id, string Service)> all, string name)
    {
        var named = all.Where(one => one.Id == name || one.Service == name);
        string[] ids = [.. named.Select(one => one.Id).Distinct().Order(StringComparer.Ordinal)];
        if (ids.Contains(name))
            return name;
        return ids.Length <= 1 ? ids.FirstOrDefault() : throw new CommandException(
                CommandExit.Usage, $"'{name}' has {ids.Length} instances; name one by its id: {string.Join(", ", ids.Take(20))}.");
    }

    private static byte[] Order(CommandCall call) => System.Text.Encoding.UTF8.GetBytes(Body(json =>
    {
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
}
