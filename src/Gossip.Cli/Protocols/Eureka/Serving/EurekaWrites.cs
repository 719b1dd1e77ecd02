using Gossip.Cli.Agent;
using Gossip.Cli.Protocols.Eureka.Model;
using Gossip.Cli.Protocols.Eureka.Wire;
using Microsoft.AspNetCore.Http;

namespace Gossip.Cli.Protocols.Eureka.Serving;

/// <summary>What clients change: instances that they register at this agent, and nobody else's.</summary>
/// <param name="loop">The agent.</param>
/// <param name="source">What its clients have registered.</param>
internal sealed class EurekaWrites(AgentLoop loop, EurekaSource source)
{
    public async Task RegisterAsync(EurekaCall call, string app)
    {
        if (call.SendsJson is not { } isJson)
        {
            await call.RefuseAsync(
                StatusCodes.Status415UnsupportedMediaType, "Send the instance with Content-Type: application/json, or application/xml.")
                .ConfigureAwait(false);
            return;
        }

        if (await call.ReadAsync().ConfigureAwait(false) is not { } body)
            return;
        if ((isJson ? EurekaElement.ReadJson(body, out var problem) : EurekaElement.ReadXml(body, out problem)) is not { } root)
            await call.RefuseAsync(StatusCodes.Status400BadRequest, $"The body cannot be read: {problem}").ConfigureAwait(false);
        else if (InstanceReader.Read(root, app, out var refusal) is not { } sent)
            await call.DoneAsync(refusal).ConfigureAwait(false);
        else
            await call.DoneAsync(await RegisterAsync(sent, call.Aborted).ConfigureAwait(false), StatusCodes.Status204NoContent)
                .ConfigureAwait(false);
    }

    /// <summary>
    /// A client that has changed since it registered, by its own clock, is not here as it is: it registers anew, as one that is not here at
    /// all.
    /// </summary>
    public async Task RenewAsync(EurekaCall call, string app, string id)
    {
        var known = source.Find(app, id);
        var dirty = InstanceReader.NumberOf(call.Parameter("lastDirtyTimestamp"));
        if (known is null || (known.Instance.DirtyAt > 0 && dirty > known.Instance.DirtyAt) || !known.Check.TryRenew(out var wasAwaited))
        {
            await call.DoneAsync(NotHere(app, id)).ConfigureAwait(false);
            return;
        }

        // When it came is kept.
        loop.Learned?.Invoke();
        var status = EurekaStatusText.Read(call.Parameter("status"));
        if (status is { } told && told != known.Instance.Status)
            await call.DoneAsync(await ChangeAsync(app, id, one => one with { Status = told }, call.Aborted).ConfigureAwait(false))
                .ConfigureAwait(false);
        else
            await call.DoneAsync().ConfigureAwait(false);
        if (wasAwaited)
            RunNow(app, id);
    }

    public async Task CancelAsync(EurekaCall call, string app, string id)
    {
        var wasHere = await loop.AskAsync(
            api =>
            {
                if (!source.Cancel(app, id))
                    return false;
                // An operator's drain was of this one, and not of who registers next under its id.
                api.ForgetDrains([EurekaTemplate.KeyOf(app, id)]);
                return true;
            },
            call.Aborted).ConfigureAwait(false);
        await call.DoneAsync(wasHere ? Unkept() : NotHere(app, id)).ConfigureAwait(false);
    }

    public async Task OverrideAsync(EurekaCall call, string app, string id)
    {
        var refusal = EurekaStatusText.Read(call.Parameter("value")) is { } value
            ? await ChangeAsync(app, id, one => one with { Override = value }, call.Aborted).ConfigureAwait(false)
            : new(400, $"value is '{EurekaCall.Show(call.Parameter("value") ?? "")}'; it must be one of {EurekaStatusText.All}.");
        await call.DoneAsync(refusal).ConfigureAwait(false);
    }

    /// <summary>Without the override, the instance is what its client says; until that says more, what the caller says.</summary>
    public async Task EndOverrideAsync(EurekaCall call, string app, string id)
    {
        var value = EurekaStatusText.Read(call.Parameter("value"));
        await call.DoneAsync(await ChangeAsync(
            app, id, one => one with { Override = EurekaStatus.Unknown, Status = value ?? one.Status }, call.Aborted).ConfigureAwait(false))
            .ConfigureAwait(false);
    }

    public async Task DescribeAsync(EurekaCall call, string app, string id)
    {
        var pairs = call.Parameters.Where(pair => !EurekaTemplate.IsReserved(pair.Key)).ToList();
        await call.DoneAsync(await ChangeAsync(
            app,
            id,
            one =>
            {
                var all = new Dictionary<string, string>(one.Metadata, StringComparer.Ordinal);
                foreach (var (key, value) in pairs)
                    all[key] = value;
                return one with { Metadata = all };
            },
            call.Aborted).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async ValueTask<EurekaRefusal?> RegisterAsync(EurekaInstance sent, CancellationToken cancellation)
    {
        var key = EurekaTemplate.KeyOf(sent.App, sent.InstanceId);
        if (loop.Shown.TryGetValue(key, out var other) && other.Definition.Origin != EurekaTemplate.Origin)
            return new(400, $"'{EurekaCall.Show(key)}' is defined by {other.Definition.Origin}; change it there, or choose another id.");
        if (await loop.AskAsync(_ => source.Register(sent), cancellation).ConfigureAwait(false) is { } refusal)
            return refusal;
        RunNow(sent.App, sent.InstanceId);
        return Unkept();
    }

    private async ValueTask<EurekaRefusal?> ChangeAsync(
        string app, string id, Func<EurekaInstance, EurekaInstance> change, CancellationToken cancellation)
    {
        if (await loop.AskAsync(_ => source.Change(app, id, change), cancellation).ConfigureAwait(false) is { } refusal)
            return refusal.Status == StatusCodes.Status404NotFound ? NotHere(app, id) : refusal;
        RunNow(app, id);
        return Unkept();
    }

    /// <summary>What its check says now is told at once.</summary>
    private void RunNow(string app, string id)
    {
        if (loop.Shown.GetValueOrDefault(EurekaTemplate.KeyOf(app, id)) is { Checks: [{ Check: EurekaCheck } scheduled] })
            loop.RunNow(scheduled);
    }

    private EurekaRefusal? Unkept() => source.Problem is { } problem ? new(500, problem) : null;

    private static EurekaRefusal NotHere(string app, string id) => new(
        404,
        $"No instance '{EurekaCall.Show(id)}' of {EurekaCall.Show(app)} is registered at this agent; register it, or ask where it is.");
}
