using Gossip.Cli.Protocols.Consul.Catalogs;
using Gossip.Cli.Protocols.Consul.Filters;
using Gossip.Cli.Protocols.Consul.Model;
using Gossip.Hosting;
using Gossip.Protocol;

namespace Gossip.Cli.Protocols.Consul.Serving;

/// <summary><c>/v1/agent</c> but for checks: the services of this agent.</summary>
internal sealed class AgentEndpoints(AgentRows rows, ConsulReader reader)
{
    public async Task RegisterAsync(ConsulCall call)
    {
        if (await call.ReadAsync().ConfigureAwait(false) is not { } body)
            return;
        if (ServiceReader.Read(body, out var refusal) is { } sent)
        {
            var replaces = call.Parameter("replace-existing-checks") is not (null or "false" or "0");
            refusal = await rows.RegisterAsync(sent, replaces, call.Aborted).ConfigureAwait(false);
        }

        await call.DoneAsync(refusal).ConfigureAwait(false);
    }

    public async Task DeregisterAsync(ConsulCall call)
    {
        if (call.Rest.Length == 0)
            await call.TextAsync(500, "ServiceID missing").ConfigureAwait(false);
        else
            await call.DoneAsync(await rows.DeregisterAsync(call.Rest, call.Aborted).ConfigureAwait(false)).ConfigureAwait(false);
    }

    public Task ServicesAsync(ConsulCall call)
    {
        IReadOnlyList<AgentServiceBody> all = [.. rows.All.Select(row => row.ToBody(reader.Datacenter, withHash: false))];
        return call.Filter(ConsulSchemas.AgentService, ref all) is { } refusal
            ? call.RefuseAsync(refusal)
            : call.JsonAsync<IReadOnlyDictionary<string, AgentServiceBody>>(
                all.ToDictionary(one => one.ID, StringComparer.Ordinal), json => json.IReadOnlyDictionaryStringAgentServiceBody);
    }

    /// <summary>One service; with the hash of it that the caller knows, as soon as that is another.</summary>
    public async Task ServiceAsync(ConsulCall call)
    {
        var id = call.Rest;
        if (ConsulQuery.Read(call, out var refusal) is not { } query)
        {
            await call.RefuseAsync(refusal!).ConfigureAwait(false);
            return;
        }

        if (call.Parameter("hash") is { Length: > 0 } known && rows.Find(id) is { } before)
        {
            var key = CatalogChanges.OfService(before.Service.Name, ofHealth: false);
            bool HasChanged() => rows.Find(id)?.ToBody(reader.Datacenter, withHash: true).ContentHash != known;
            if (!await reader.WaitAsync(call, key, HasChanged, query).ConfigureAwait(false))
                return;
        }

        if (rows.Find(id)?.ToBody(reader.Datacenter, withHash: true) is { } body)
        {
            call.Headers["X-Consul-ContentHash"] = body.ContentHash;
            await call.JsonAsync(body, json => json.AgentServiceBody).ConfigureAwait(false);
        }
        else
        {
            await call.TextAsync(404, $"unknown service ID: {ConsulCall.Show(id)}").ConfigureAwait(false);
        }
    }

    public async Task MaintainServiceAsync(ConsulCall call)
    {
        var refusal = ReadEnable(call, out var isOn);
        if (call.Rest.Length == 0)
            refusal = new(400, "Missing service ID");
        else if (refusal is null)
            refusal = rows.Find(call.Rest) is not { } row
                ? new(404, $"No service registered with ID \"{ConsulCall.Show(call.Rest)}\"")
                : await rows.MaintainAsync(row, isOn ? ReasonOf(call, CheckWords.NoServiceReason) : null, call.Aborted)
                    .ConfigureAwait(false);
        await call.DoneAsync(refusal).ConfigureAwait(false);
    }

    public async Task MaintainAsync(ConsulCall call)
    {
        var refusal = ReadEnable(call, out var isOn)
            ?? await rows.MaintainAllAsync(isOn ? ReasonOf(call, CheckWords.NoNodeReason) : null, call.Aborted).ConfigureAwait(false);
        await call.DoneAsync(refusal).ConfigureAwait(false);
    }

    /// <summary>How well all instances of a name are, by status too.</summary>
    public Task HealthByNameAsync(ConsulCall call)
    {
        if (call.Rest.Length == 0)
            return call.TextAsync(500, "Bad request: Missing service Name");
        var all = rows.All.Where(row => row.Service.Name == call.Rest).Select(HealthOf).ToList();
        var worst = all.Count == 0 ? CheckWords.Critical : CheckWords.Worst(all.Select(one => one.AggregatedStatus));
        var status = all.Count == 0 ? 404 : StatusOf(worst);
        return IsText(call)
            ? call.TextAsync(status, all.Count == 0 ? $"Service {ConsulCall.Show(call.Rest)} not found" : worst, "text/plain")
            : call.JsonAsync<IReadOnlyList<AgentHealthBody>>(all, json => json.IReadOnlyListAgentHealthBody, status);
    }

    /// <summary>How well one instance is, by status too.</summary>
    public Task HealthByIdAsync(ConsulCall call)
    {
        if (call.Rest.Length == 0)
            return call.TextAsync(500, "Bad request: Missing serviceID");
        if (rows.Find(call.Rest) is not { } row)
            return IsText(call)
                ? call.JsonAsync($"ServiceId {ConsulCall.Show(call.Rest)} not found", json => json.String, 404)
                : call.JsonAsync(new AgentHealthBody(CheckWords.Critical, null, null), json => json.AgentHealthBody, 404);
        var health = HealthOf(row);
        var status = StatusOf(health.AggregatedStatus);
        return IsText(call)
            ? call.TextAsync(status, health.AggregatedStatus, "text/plain")
            : call.JsonAsync(health, json => json.AgentHealthBody, status);
    }

    private static bool IsText(ConsulCall call) =>
        call.Parameter("format") == "text"
        || call.Request.Headers.Accept.ToString().StartsWith("text/plain", StringComparison.OrdinalIgnoreCase);

    private static int StatusOf(string word) => word switch
    {
        CheckWords.Passing => 200,
        CheckWords.Warning => 429,
        _ => 503,
    };

    private static ConsulRefusal? ReadEnable(ConsulCall call, out bool isOn)
    {
        var word = call.Parameter("enable");
        isOn = word is "1" or "t" or "T" or "true" or "TRUE" or "True";
        return string.IsNullOrEmpty(word) ? new(400, "Missing value for enable")
            : isOn || word is "0" or "f" or "F" or "false" or "FALSE" or "False" ? null
            : new(400, $"Invalid value for enable: \"{ConsulCall.Show(word)}\"");
    }

    private static string ReasonOf(ConsulCall call, string otherwise) =>
        call.Parameter("reason") is { Length: > 0 } reason ? RecordText.Fit(reason, Limits.ReasonBytes) : otherwise;

    private AgentHealthBody HealthOf(AgentRow row)
    {
        var words = row.Checks.Concat(rows.OfNode)
            .Select(check => check.Type == CheckWords.Maintenance ? CheckWords.Maintenance : check.Status);
        return new(
            CheckWords.Worst(words),
            row.ToBody(reader.Datacenter, withHash: false),
            [.. row.Checks.Select(check => new BareCheckBody(
                check.Node, check.CheckID, check.Name, check.Status, check.Notes, check.Output, check.ServiceID, check.ServiceName, null,
                "", BareDefinitionBody.Instance, 0, 0))]);
    }
}
