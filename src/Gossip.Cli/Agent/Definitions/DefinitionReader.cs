using System.Net;
using System.Text.Json;
using Gossip.Protocol;

namespace Gossip.Cli.Agent.Definitions;

/// <summary>
/// Reads definitions, as docs/AGENT.md describes them. Nothing throws on what it reads: a definition comes out, or what is wrong with it.
/// </summary>
/// <param name="origin">Who says so.</param>
/// <param name="mayRunCommands">Whether what is read may name programs; the reason why not, else null.</param>
internal sealed class DefinitionReader(string origin, string? mayRunCommands)
{
    /// <summary>The most definitions of one file.</summary>
    public const int MostOfOneFile = 1024;

    private const int MostChecks = 16;

    private static readonly TimeSpan DefaultDrainWait = TimeSpan.FromSeconds(2);

    private static readonly JsonDocumentOptions Json = new()
    {
        AllowDuplicateProperties = false, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 8,
    };

    /// <summary>Reads one definition, or a list of them.</summary>
    /// <returns>What was read; empty where there are problems.</returns>
    public IReadOnlyList<ServiceDefinition> Read(ReadOnlyMemory<byte> utf8, List<string> problems)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, Json);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object)
                return Read(root, "", null, problems) is { } one ? [one] : [];
            if (root.ValueKind != JsonValueKind.Array || root.GetArrayLength() is 0 or > MostOfOneFile)
            {
                problems.Add(
                    $"The whole is no definition; write one object, {{ \"name\": … }}, or a list of 1 to {MostOfOneFile} of them.");
                return [];
            }

            return ReadAll(root, problems);
        }
        catch (Exception error) when (IsOfText(error))
        {
            problems.Add($"It is no JSON: {RootCauseOf(error)} Correct that place, or look at it with `jq . FILE`.");
            return [];
        }
    }

    /// <summary>Reads a definition whose id is known, as of the API.</summary>
    public ServiceDefinition? ReadOne(ReadOnlyMemory<byte> utf8, string id, List<string> problems)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, Json);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return Read(document.RootElement, "", id, problems);
            problems.Add("The body is no definition; write one object, { \"name\": … }.");
        }
        catch (Exception error) when (IsOfText(error))
        {
            problems.Add($"The body is no JSON: {RootCauseOf(error)}");
        }

        return null;
    }

    /// <summary>What is no JSON, and what is JSON with texts in it that are no UTF-8 or half a letter.</summary>
    private static bool IsOfText(Exception error) => error is JsonException or InvalidOperationException;

    private static string RootCauseOf(Exception error) => Limits.Show(error.Message);

    private List<ServiceDefinition> ReadAll(JsonElement root, List<string> problems)
    {
        var all = new List<ServiceDefinition>();
        var index = 0;
        foreach (var one in root.EnumerateArray())
        {
            if (one.ValueKind != JsonValueKind.Object)
                problems.Add($"[{index}] is no definition; write an object, {{ \"name\": … }}.");
            else if (Read(one, $"[{index}].", null, problems) is { } definition)
                all.Add(definition);
            index++;
        }

        problems.AddRange(all.GroupBy(one => one.Id).Where(same => same.Count() > 1)
            .Select(same => $"id is '{same.Key}' more than once; give each an id of its own."));
        return problems.Count == 0 ? all : [];
    }

    private ServiceDefinition? Read(JsonElement element, string path, string? id, List<string> problems)
    {
        var before = problems.Count;
        var fields = new DefinitionFields(element, path, problems);
        var name = fields.Text("name");
        if (name is null && !fields.Has("name"))
            fields.Wrong("name", "the name by which others call the service, such as \"payments\"");
        var ownId = fields.Text("id");
        if (id is not null && ownId is not null && ownId != id)
            fields.Wrong("id", $"left out, or '{Limits.Show(id)}' as in the address");
        var unwatched = new ServiceDefinition
        {
            Id = id ?? ownId ?? name ?? "",
            Name = name ?? "",
            Version = fields.Text("version"),
            Weight = fields.Whole("weight", 0, 10_000) ?? 100,
            Zone = fields.Text("zone"),
            Region = fields.Text("region"),
            Environment = fields.Text("environment"),
            Endpoints = [.. fields.Objects("endpoints", Limits.Endpoints).Select(ReadEndpoint)],
            Tags = fields.Texts("tags", Limits.Tags),
            Metadata = fields.Pairs("metadata"),
            DependsOn = fields.Texts("dependsOn", Limits.NamesPerRecord),
            AuthorizedRoles = fields.Texts("authorizedRoles", Limits.NamesPerRecord),
            DrainWait = fields.Time("drainWait", TimeSpan.Zero, TimeSpan.FromMinutes(5)) ?? DefaultDrainWait,
            DeregisterAfter = fields.Time("deregisterAfter", TimeSpan.FromSeconds(1), TimeSpan.FromDays(30)),
            Pid = fields.Whole("pid", 1, int.MaxValue),
            PidFile = fields.Text("pidFile"),
            Unit = fields.Text("unit"),
            Text = element.GetRawText(),
            Origin = origin,
        };
        var checks = new CheckReader(unwatched, mayRunCommands).Read(fields, [.. fields.Objects("checks", MostChecks)]);
        RequireUsable(fields, unwatched, problems);
        fields.End();
        var definition = unwatched with { Checks = checks };
        if (problems.Count == before && ProblemOf(definition) is { } problem)
            problems.Add(path + problem);
        return problems.Count == before ? definition : null;
    }

    private static void RequireUsable(DefinitionFields fields, ServiceDefinition definition, List<string> problems)
    {
        if (definition is { Pid: not null, PidFile: not null })
            problems.Add("pid and pidFile are both set; leave one of them out.");
        if (definition.PidFile is { } file && !Path.IsPathFullyQualified(file))
            fields.Wrong("pidFile", "the whole path of a file, such as \"/run/payments.pid\"");
        // A text that begins with a dash would be an option of systemctl.
        if (definition.Unit is { } unit && (unit[0] == '-' || unit.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter))))
            fields.Wrong("unit", "the name of a unit, such as \"payments.service\"");
    }

    private static EndpointDefinition ReadEndpoint(DefinitionItem item)
    {
        var fields = item.Fields;
        var scheme = fields.Text("scheme") ?? "http";
        var endpoint = new EndpointDefinition(
            fields.Text("name") ?? scheme,
            scheme,
            fields.Text("host"),
            fields.Whole("port", 1, ushort.MaxValue) ?? 0,
            fields.Text("protocol"));
        if (!fields.Has("port"))
            fields.Wrong("port", "the port at which the service listens, such as 8080");
        fields.End();
        return endpoint;
    }

    private static ServiceLease Longest { get; } = new() { Agent = new string('a', Limits.NameBytes), Time = Limits.LongestLease };

    /// <summary>What the record would be refused for; the sample's address takes as many bytes as any.</summary>
    private static string? ProblemOf(ServiceDefinition definition)
    {
        try
        {
            RecordTemplate.Of(
                definition, IPAddress.Parse("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ServiceState.Ready, null, Longest).Validate();
            return null;
        }
        catch (ArgumentException error)
        {
            return error.Message;
        }
    }
}
