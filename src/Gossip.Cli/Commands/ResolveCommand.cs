using System.Buffers;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using Gossip.Protocol;

namespace Gossip.Cli.Commands;

/// <summary>
/// Where a service is reached, for scripts: the instances that the node asked would call itself, by the code by which it chooses.
/// </summary>
internal static class ResolveCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "The name of the service" };
    private static readonly Option<string> Version = new("--version") { Description = "Only of these versions, as ^1.2 or \">=1.0 <2.0\"" };
    private static readonly Option<string> Tag = new("--tag") { Description = "Only with this tag" };
    private static readonly Option<string> Zone = new("--zone") { Description = "Only in this zone" };
    private static readonly Option<string> Endpoint = new("--endpoint") { Description = "The endpoint of this name, and not the first" };
    private static readonly Option<string> Scheme = new("--scheme") { Description = "Only an endpoint of this scheme, as https" };
    private static readonly Option<bool> AsUri = new("--uri") { Description = "Print URIs, as http://10.0.0.5:8080, and not host:port" };

    public static Command Create() => EndpointOptions.Create(
        "resolve",
        "Prints where a service is reached, one host:port a line; ends with 1 where no instance is",
        RunAsync,
        Name, Version, Tag, Zone, Endpoint, Scheme, AsUri);

    private static async Task<int> RunAsync(CommandCall call, CancellationToken cancellation)
    {
        var name = call.Parsed.GetValue(Name)!;
        var query = new StringBuilder($"/why?service={Uri.EscapeDataString(name)}");
        foreach (var (key, option) in (ReadOnlySpan<(string, Option<string>)>)
            [("version", Version), ("tag", Tag), ("zone", Zone), ("endpoint", Endpoint), ("scheme", Scheme)])
        {
            if (call.Parsed.GetValue(option) is { } value)
                query.Append('&').Append(key).Append('=').Append(Uri.EscapeDataString(value));
        }

        var why = await call.Client.GetAsync(query.ToString(), cancellation).ConfigureAwait(false);
        var chosen = why.Items("instances").Where(one => one.Is("in")).ToArray();
        if (chosen.Length == 0)
            throw new CommandException(CommandExit.No, why.Text("sentence"));
        ResolvedInstance[] found = [.. chosen.Select(AddressOf).OfType<ResolvedInstance>()];
        if (found.Length == 0)
            throw new CommandException(CommandExit.No, $"No instance of '{name}' that gets calls has an endpoint.");
        if (call.WantsJson)
            CommandOutput.Raw(call.Parsed, Json(name, found));
        var lines = call.WantsJson ? [] : found;
        foreach (var one in lines)
            CommandOutput.Raw(call.Parsed, Limits.Show(call.Parsed.GetValue(AsUri) ? one.Text : one.Place));
        return CommandExit.Done;
    }

    private static ResolvedInstance? AddressOf(JsonElement instance)
    {
        var found = instance.Find("endpoint") ?? default;
        return Uri.TryCreate(found.Text("address"), UriKind.Absolute, out var uri) && uri.Host.Length > 0 && uri.Port > 0
            ? new ResolvedInstance(instance.Text("id"), instance.Text("node"), found.Text("name"), uri)
            : null;
    }

    private static string Json(string name, ResolvedInstance[] found)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", 1);
            json.WriteString("name", name);
            json.WriteStartArray("instances");
            foreach (var one in found)
            {
                json.WriteStartObject();
                json.WriteString("id", one.Id);
                json.WriteString("node", one.Node);
                json.WriteString("endpoint", one.Endpoint);
                json.WriteString("host", one.Uri.Host);
                json.WriteNumber("port", one.Uri.Port);
                json.WriteString("uri", one.Text);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private sealed record ResolvedInstance(string Id, string Node, string Endpoint, Uri Uri)
    {
        public string Text => Uri.AbsoluteUri.TrimEnd('/');

        public string Place => Uri.HostNameType == UriHostNameType.IPv6 ? $"[{Uri.IdnHost}]:{Uri.Port}" : $"{Uri.IdnHost}:{Uri.Port}";
    }
}
