using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gossip.Cli.Commands;

/// <summary>Tells of events, and of what is different about instances since the last look.</summary>
/// <param name="call">The command.</param>
/// <param name="service">Only that service; null for all, and for what happens to members.</param>
/// <param name="most">So many changes are enough.</param>
internal sealed class ChangeOutput(CommandCall call, string? service, int most)
{
    private static readonly JsonWriterOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private Dictionary<(string Service, string Id, string NodeId), JsonElement>? _known;
    private int _told;

    public bool IsEnough => _told >= most;

    /// <summary>Tells what an event of the endpoint says.</summary>
    /// <exception cref="JsonException">It is not what an endpoint says.</exception>
    public async Task TellAsync(string type, byte[] data, CancellationToken cancellation)
    {
        using var document = JsonDocument.Parse(data);
        var told = document.RootElement;
        switch (type)
        {
            case "revision":
                await CompareAsync(cancellation).ConfigureAwait(false);
                break;
            case "reset":
                CommandOutput.Note(call.Parsed, $"Events are missing: {told.Text("because")}.");
                break;
            // What is different about services is told from the services themselves.
            case "happened" when service is null && told.Text("what") != "servicesChanged":
                Tell(told.Text("what"), told.Time("at"), told.Text("sentence"), () => told.Json(isIndented: false));
                break;
        }
    }

    private async Task CompareAsync(CancellationToken cancellation)
    {
        var path = service is null ? "/services" : ServicesCommand.PathOf(service);
        var (answer, problem) = await call.Client.TryGetAsync(path, cancellation).ConfigureAwait(false);
        // A service of which nothing is known has no instances.
        var all = problem is null ? Instances(answer) : [];
        var found = all.DistinctBy(one => one.Key).ToDictionary(one => one.Key, one => one.Instance);
        var now = answer.Now();
        var ready = found.Values.Count(one => ServicesCommand.StateOf(one) == "ready");
        if (_known is null)
            CommandOutput.Note(
                call.Parsed, $"{(service is null ? "All services" : $"'{service}'")}: {ready} of {found.Count} instances are ready.");
        else
            Compare(_known, found, now);
        _known = found;
    }

    private void Compare(
        Dictionary<(string Service, string Id, string NodeId), JsonElement> known,
        Dictionary<(string Service, string Id, string NodeId), JsonElement> found,
        DateTimeOffset now)
    {
        foreach (var (key, one) in found)
        {
            if (!known.TryGetValue(key, out var before))
                Tell("added", key.Service, one, now, $"{Name(one)} is {Words(one)}");
            else if (Words(before) != Words(one))
                Tell("changed", key.Service, one, now, $"{Name(one)} is {Words(one)}, and was {Words(before)}");
        }

        foreach (var (key, one) in known)
        {
            if (!found.ContainsKey(key))
                Tell("removed", key.Service, one, now, $"{Name(one)} is gone");
        }
    }

    private IEnumerable<((string Service, string Id, string NodeId) Key, JsonElement Instance)> Instances(JsonElement answer) =>
        from one in service is null ? answer.Items("services") : [answer]
        from instance in one.Items("instances")
        select ((one.Text("name"), instance.Text("id"), instance.Text("nodeId")), instance);

    private static string Name(JsonElement one) =>
        one.Text("id") == one.Text("node") ? $"'{one.Text("id")}'" : $"'{one.Text("id")}' on {one.Text("node")}";

    /// <summary>What callers go by.</summary>
    private static string Words(JsonElement one)
    {
        var why = one.Text("reason") is { Length: > 0 } reason ? $" ({reason})" : "";
        var version = one.Text("version") is { Length: > 0 } number ? $", version {number}" : "";
        var weight = one.Number("weight") is not 100 and { } asked ? $", weight {asked}" : "";
        return $"{ServicesCommand.StateOf(one)}{why} at {string.Join(" ", ServicesCommand.AddressesOf(one))}{version}{weight}";
    }

    private void Tell(string what, string name, JsonElement instance, DateTimeOffset now, string sentence) =>
        Tell(what, now, $"{name}: {sentence}.", () =>
        {
            var bytes = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(bytes, OneLine))
            {
                json.WriteStartObject();
                json.WriteString("at", now);
                json.WriteString("what", what);
                json.WriteString("service", name);
                json.WritePropertyName("instance");
                instance.WriteTo(json);
                json.WriteEndObject();
            }

            return EndpointAnswer.Escape(Encoding.UTF8.GetString(bytes.WrittenSpan));
        });

    private void Tell(string what, DateTimeOffset? at, string sentence, Func<string> json)
    {
        if (IsEnough)
            return;
        _told++;
        if (call.WantsJson)
            CommandOutput.Raw(call.Parsed, json());
        else
            CommandOutput.Event(call.Console, TimeText.OfDay(at), sentence, EventColor.Of(what));
    }
}
