using System.Buffers;
using System.CommandLine;
using System.Text.Json;
using Gossip.Configuration;
using Gossip.Protocol;
using Spectre.Console;

namespace Gossip.Cli.Commands;

/// <summary>Registers a service with the agent of this machine, as a unit of systemd does in <c>ExecStartPost</c>.</summary>
internal static class RegisterCommand
{
    /// <summary>The same as in <c>Gossip:Service:Endpoints</c>.</summary>
    private static readonly Option<string[]> Endpoints = new("--endpoint")
    {
        Description = "Where it is reached, as \"https://*:8443\", \"admin=http://*:8081\" or \"rpc=https://*:8444;protocol=grpc\"",
    };

    private static readonly Option<string> Name = new("--name") { Description = "The name by which others call the service" };
    private static readonly Option<string> Id = new("--id") { Description = "Names this instance on the machine; by default the name" };
    private static readonly Option<int?> Port = new("--port") { Description = "The port of its one endpoint" };
    private static readonly Option<string> Scheme = new("--scheme") { Description = "Its scheme; by default http" };
    private static readonly Option<string> Host = new("--host") { Description = "Its host; by default the machine's address" };
    private static readonly Option<string> Version = new("--version") { Description = "The version of the software" };
    private static readonly Option<int?> Weight = new("--weight") { Description = "The share of calls that it asks for; by default 100" };
    private static readonly Option<string> Zone = new("--zone") { Description = "The zone that it runs in" };
    private static readonly Option<string[]> Tags = new("--tag") { Description = "A label; repeatable" };
    private static readonly Option<string[]> Metadata = new("--metadata") { Description = "A pair, key=value; repeatable" };
    private static readonly Option<string[]> DependsOn = new("--depends-on") { Description = "A service that it needs; repeatable" };
    private static readonly Option<string[]> Roles = new("--role") { Description = "A role of callers that it serves; repeatable" };
    private static readonly Option<int?> Pid = new("--pid") { Description = "Its process, as $MAINPID: the service ends with it" };
    private static readonly Option<string> PidFile = new("--pid-file") { Description = "The file in which it writes its process id" };
    private static readonly Option<string> Unit = new("--unit") { Description = "Its unit of systemd" };
    private static readonly Option<string> Http = new("--check-http") { Description = "An address, or its path, that must answer 2xx" };
    private static readonly Option<int?> Tcp = new("--check-tcp") { Description = "A port that must accept connections" };
    private static readonly Option<int?> Grpc = new("--check-grpc") { Description = "A port with gRPC's health protocol" };
    private static readonly Option<string> Ttl = new("--check-ttl") { Description = "A time, such as 30s, within which it reports again" };
    private static readonly Option<string> Interval = new("--interval") { Description = "How often it is checked; by default 10s" };
    private static readonly Option<string> DrainWait = new("--drain-wait") { Description = "Time for callers to leave; by default 2s" };
    private static readonly Option<FileInfo> Definition = new("--file") { Description = "A definition as JSON, instead" };

    public static Command Create()
    {
        var command = new Command("register", "Registers a service with the agent of this machine; again, to change it")
        {
            Name, Id, Port, Scheme, Host, Endpoints, Version, Weight, Zone, Tags, Metadata, DependsOn, Roles, Pid, PidFile, Unit,
            Http, Tcp, Grpc, Ttl, Interval, DrainWait, Definition, DeregisterCommand.Socket,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Name) is null && result.GetValue(Definition) is null)
                result.AddError("--name is not set; give the name by which others call the service, or a definition by --file.");
            foreach (var text in (result.GetValue(Endpoints) ?? []).Where(text => !EndpointText.TryParse(text, out _)))
                result.AddError($"--endpoint is '{Limits.Show(text)}'; {EndpointText.MustBe}.");
            foreach (var pair in (result.GetValue(Metadata) ?? []).Where(pair => pair.IndexOf('=', StringComparison.Ordinal) <= 0))
                result.AddError($"--metadata is '{Limits.Show(pair)}'; it must be key=value, such as team=blue.");
        });
        command.SetAction((parsed, cancellation) => CommandOutput.RunAsync(parsed, console => RunAsync(parsed, console, cancellation)));
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, IAnsiConsole console, CancellationToken cancellation)
    {
        var body = parsed.GetValue(Definition) is { } file ? await ReadAsync(file, cancellation).ConfigureAwait(false) : Describe(parsed);
        var id = parsed.GetValue(Id) ?? parsed.GetValue(Name) ?? IdOf(body);
        using var agent = new AgentClient(parsed.GetValue(DeregisterCommand.Socket));
        await agent.SendAsync(HttpMethod.Put, AgentClient.PathOf(id), body, cancellation).ConfigureAwait(false);
        console.MarkupLineInterpolated($"The agent has '{Limits.Show(id)}', and registers it when it is found well.");
    }

    private static async Task<byte[]> ReadAsync(FileInfo file, CancellationToken cancellation)
    {
        try
        {
            return await File.ReadAllBytesAsync(file.FullName, cancellation).ConfigureAwait(false);
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"--file cannot be read: {cannot.Message}", cannot);
        }
    }

    private static string IdOf(byte[] definition)
    {
        try
        {
            using var document = JsonDocument.Parse(
                definition, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            foreach (var key in (string[])["id", "name"])
            {
                if (document.RootElement.TryGetProperty(key, out var value) && value.GetString() is { Length: > 0 } id)
                    return id;
            }
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            throw new InvalidOperationException(
                $"--file has no definition in it: {Limits.Show(wrong.Message)} docs/AGENT.md shows one.", wrong);
        }

        throw new InvalidOperationException("--file has neither an id nor a name in it; docs/AGENT.md shows a definition.");
    }

    private static byte[] Describe(ParseResult parsed)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            Write(json, "name", parsed.GetValue(Name));
            Write(json, "version", parsed.GetValue(Version));
            Write(json, "weight", parsed.GetValue(Weight));
            Write(json, "zone", parsed.GetValue(Zone));
            Write(json, "tags", parsed.GetValue(Tags));
            Write(json, "dependsOn", parsed.GetValue(DependsOn));
            Write(json, "authorizedRoles", parsed.GetValue(Roles));
            Write(json, "pid", parsed.GetValue(Pid));
            Write(json, "pidFile", parsed.GetValue(PidFile));
            Write(json, "unit", parsed.GetValue(Unit));
            Write(json, "drainWait", parsed.GetValue(DrainWait));
            WriteEndpoints(json, parsed);
            WriteMetadata(json, parsed.GetValue(Metadata) ?? []);
            WriteChecks(json, parsed);
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static void WriteEndpoints(Utf8JsonWriter json, ParseResult parsed)
    {
        json.WriteStartArray("endpoints");
        if (parsed.GetValue(Port) is { } port)
        {
            json.WriteStartObject();
            json.WriteNumber("port", port);
            Write(json, "scheme", parsed.GetValue(Scheme));
            Write(json, "host", parsed.GetValue(Host));
            json.WriteEndObject();
        }

        foreach (var text in parsed.GetValue(Endpoints) ?? [])
        {
            if (!EndpointText.TryParse(text, out var endpoint))
                continue;
            json.WriteStartObject();
            Write(json, "name", endpoint.Name is "" ? null : endpoint.Name);
            Write(json, "scheme", endpoint.Address.Scheme);
            Write(json, "host", endpoint.Address.IsThisMachine ? null : endpoint.Address.Host);
            json.WriteNumber("port", endpoint.Address.Port);
            Write(json, "protocol", endpoint.Protocol is "" ? null : endpoint.Protocol);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, string[] pairs)
    {
        json.WriteStartObject("metadata");
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            json.WriteString(pair[..equals], pair[(equals + 1)..]);
        }

        json.WriteEndObject();
    }

    private static void WriteChecks(Utf8JsonWriter json, ParseResult parsed)
    {
        json.WriteStartArray("checks");
        WriteCheck("http", parsed.GetValue(Http), () => Write(json, "url", parsed.GetValue(Http)));
        WriteCheck("tcp", parsed.GetValue(Tcp), () => Write(json, "port", parsed.GetValue(Tcp)));
        WriteCheck("grpc", parsed.GetValue(Grpc), () => Write(json, "port", parsed.GetValue(Grpc)));
        WriteCheck("ttl", parsed.GetValue(Ttl), () => Write(json, "ttl", parsed.GetValue(Ttl)));
        json.WriteEndArray();

        void WriteCheck(string type, object? value, Action target)
        {
            if (value is null)
                return;
            json.WriteStartObject();
            json.WriteString("type", type);
            target();
            Write(json, "interval", parsed.GetValue(Interval));
            json.WriteEndObject();
        }
    }

    private static void Write(Utf8JsonWriter json, string key, string? value)
    {
        if (value is not null)
            json.WriteString(key, value);
    }

    private static void Write(Utf8JsonWriter json, string key, int? value)
    {
        if (value is { } number)
            json.WriteNumber(key, number);
    }

    private static void Write(Utf8JsonWriter json, string key, string[]? values)
    {
        if (values is not { Length: > 0 })
            return;
        json.WriteStartArray(key);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
