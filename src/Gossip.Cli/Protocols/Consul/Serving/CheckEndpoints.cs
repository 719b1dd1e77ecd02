using Gossip.Cli.Protocols.Consul.Filters;
using Gossip.Cli.Protocols.Consul.Model;

namespace Gossip.Cli.Protocols.Consul.Serving;

/// <summary><c>/v1/agent/check</c>: what is known of this agent's services, and what they report.</summary>
internal sealed class CheckEndpoints(AgentRows rows)
{
    public Task ChecksAsync(ConsulCall call)
    {
        IReadOnlyList<CheckBody> all = [.. rows.OfNode, .. rows.All.SelectMany(row => row.Checks)];
        return call.Filter(ConsulSchemas.Check, ref all) is { } refusal
            ? call.TextAsync(refusal.Status, refusal.Text.Replace(ConsulCall.WrongFilter, "", StringComparison.Ordinal))
            : call.JsonAsync<IReadOnlyDictionary<string, CheckBody>>(
                all.DistinctBy(one => one.CheckID).ToDictionary(one => one.CheckID, StringComparer.Ordinal),
                json => json.IReadOnlyDictionaryStringCheckBody);
    }

    public async Task RegisterAsync(ConsulCall call)
    {
        if (await call.ReadAsync().ConfigureAwait(false) is not { } body)
            return;
        if (CheckReader.Read(body, out var refusal) is { } check)
            refusal = await rows.RegisterCheckAsync(check, call.Aborted).ConfigureAwait(false);
        await call.DoneAsync(refusal).ConfigureAwait(false);
    }

    public async Task DeregisterAsync(ConsulCall call)
    {
        if (call.Rest.Length == 0)
            await call.TextAsync(500, "CheckID missing").ConfigureAwait(false);
        else
            await call.DoneAsync(await rows.DeregisterCheckAsync(call.Rest, call.Aborted).ConfigureAwait(false)).ConfigureAwait(false);
    }

    public Task PassAsync(ConsulCall call) => ReportAsync(call, CheckWords.Passing, call.Parameter("note") ?? "");

    public Task WarnAsync(ConsulCall call) => ReportAsync(call, CheckWords.Warning, call.Parameter("note") ?? "");

    public Task FailAsync(ConsulCall call) => ReportAsync(call, CheckWords.Critical, call.Parameter("note") ?? "");

    public async Task UpdateAsync(ConsulCall call)
    {
        if (await call.ReadAsync().ConfigureAwait(false) is not { } bytes)
            return;
        if (ConsulBody.Parse(bytes, out var refusal) is not { } body)
        {
            await call.RefuseAsync(refusal!).ConfigureAwait(false);
            return;
        }

        var (status, output) = (body.Text("Status"), body.Text("Output"));
        body.Ignore("CheckID", "Token");
        body.End();
        if (body.Problem is { } problem)
            await call.RefuseAsync(problem).ConfigureAwait(false);
        else if (!CheckWords.IsStatus(status))
            await call.TextAsync(400, $"Invalid check status: '{ConsulCall.Show(status)}'").ConfigureAwait(false);
        else
            await ReportAsync(call, status, output).ConfigureAwait(false);
    }

    private async Task ReportAsync(ConsulCall call, string status, string output) =>
        await call.DoneAsync(await rows.ReportAsync(call.Rest, status, output, call.Aborted).ConfigureAwait(false)).ConfigureAwait(false);
}
