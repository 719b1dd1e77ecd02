using Gossip.Cli.Agent;
using Gossip.Cli.Protocols.CloudMap.Model;

namespace Gossip.Cli.Protocols.CloudMap.Serving;

/// <summary>The instances of a service by its id: clients register theirs here, and each is read at every agent.</summary>
/// <param name="loop">The agent.</param>
/// <param name="source">What clients have told.</param>
/// <param name="catalog">What readers see.</param>
/// <param name="time">The clock.</param>
internal sealed class InstanceOperations(AgentLoop loop, CloudMapSource source, CloudMapCatalog catalog, TimeProvider time)
{
    private const int MostOfRequestId = 64;

    private readonly OperationList _done = new(time);

    public IEnumerable<CloudMapOperation> All =>
    [
        new("RegisterInstance", true, RegisterAsync),
        new("DeregisterInstance", true, DeregisterAsync),
        new("UpdateInstanceCustomHealthStatus", true, ReportAsync),
        new("GetOperation", false, (body, _) => ValueTask.FromResult(GetOperation(body))),
        new("GetInstance", false, (body, _) => ValueTask.FromResult(GetInstance(body))),
        new("ListInstances", false, (body, _) => ValueTask.FromResult(ListInstances(body))),
        new("GetInstancesHealthStatus", false, (body, _) => ValueTask.FromResult(GetHealth(body))),
    ];

    private async ValueTask<CloudMapAnswer> RegisterAsync(CloudMapBody body, CancellationToken cancellation)
    {
        var (service, id) = ReadIds(body);
        var attributes = body.Pairs("Attributes");
        var requestId = body.OptionalText("CreatorRequestId", MostOfRequestId);
        if (service is not null)
            ServiceOperations.RequireName(body, "ServiceId", service);
        if (body.Problem is null && !CloudMapNames.IsInstanceId(id))
            body.Wrong(CloudMapRefusal.InvalidInput(
                $"InstanceId is '{CloudMapBody.Show(id)}'; "
                    + $"it must be 1 to {CloudMapNames.MostOfInstance} letters, digits and _ / : . @ -."));
        if (attributes is null)
            body.Wrong(CloudMapRefusal.InvalidInput(
                "Attributes is missing; give it, such as { \"AWS_INSTANCE_IPV4\": \"10.1.2.3\", \"AWS_INSTANCE_PORT\": \"8080\" }."));
        else if (InstanceAttributes.ProblemOf(attributes) is { } problem)
            body.Wrong(CloudMapRefusal.InvalidInput(problem));
        if (body.Problem is { } wrong)
            return CloudMapAnswer.Of(wrong);
        var what = new InstanceRegistration
        {
            Service = service!, InstanceId = id, Attributes = attributes!, CreatorRequestId = requestId,
            IsHealthy = InstanceAttributes.BeginsHealthy(attributes!),
        };
        if (DefinedElsewhere(what) is { } before)
            return CloudMapAnswer.Of(before);
        if (await loop.AskAsync(_ => source.Register(what, time.GetUtcNow()), cancellation).ConfigureAwait(false) is { } refusal)
            return CloudMapAnswer.Of(refusal);
        // A file may have come to be known with this very pass: it counts, and the client is not left to believe otherwise.
        if (DefinedElsewhere(what) is { } after)
        {
            await loop.AskAsync(_ => source.Deregister(service!, id), cancellation).ConfigureAwait(false);
            return CloudMapAnswer.Of(after);
        }

        return Done("REGISTER_INSTANCE", loop.Shown.GetValueOrDefault(what.RecordId)?.Problem, service!, id);
    }

    private async ValueTask<CloudMapAnswer> DeregisterAsync(CloudMapBody body, CancellationToken cancellation)
    {
        var (service, id) = ReadIds(body);
        if (body.Problem is { } wrong)
            return CloudMapAnswer.Of(wrong);
        if (source.State.Find(service!, id) is not { } known)
            return CloudMapAnswer.Of(NotHere(service!, id, "DeregisterInstance"));
        var refusal = await loop.AskAsync(
            api =>
            {
                api.ForgetDrains([known.Definition.Id]);
                return source.Deregister(service!, id);
            },
            cancellation).ConfigureAwait(false);
        return refusal is null ? Done("DEREGISTER_INSTANCE", null, service!, id) : CloudMapAnswer.Of(refusal);
    }

    private async ValueTask<CloudMapAnswer> ReportAsync(CloudMapBody body, CancellationToken cancellation)
    {
        var (service, id) = ReadIds(body);
        if (body.Word("Status", CloudMapHealth.Healthy, CloudMapHealth.Unhealthy) is not { } status)
        {
            body.Wrong(CloudMapRefusal.InvalidInput(
                $"Status is missing; give it, {CloudMapHealth.Healthy} or {CloudMapHealth.Unhealthy}."));
            return CloudMapAnswer.Of(body.Problem!);
        }

        if (body.Problem is { } wrong)
            return CloudMapAnswer.Of(wrong);
        if (source.State.Find(service!, id) is null)
            return CloudMapAnswer.Of(NotHere(service!, id, "UpdateInstanceCustomHealthStatus"));
        var isHealthy = status == CloudMapHealth.Healthy;
        var refusal = await loop.AskAsync(_ => source.Report(service!, id, isHealthy), cancellation).ConfigureAwait(false);
        return refusal is null ? CloudMapAnswer.Nothing : CloudMapAnswer.Of(refusal);
    }

    private CloudMapAnswer GetOperation(CloudMapBody body)
    {
        var id = body.Text("OperationId", CloudMapNames.MostOfId, Guid.Empty.ToString("N"));
        return body.Problem is { } problem ? CloudMapAnswer.Of(problem)
            : _done.Find(id) is { } operation ? CloudMapAnswer.Of(new OperationResultBody(operation), json => json.OperationResultBody)
            : CloudMapAnswer.Of(new CloudMapRefusal(
                "OperationNotFound",
                $"This agent knows no operation '{CloudMapBody.Show(id)}': it remembers the last {OperationList.Most} since its start."));
    }

    private CloudMapAnswer GetInstance(CloudMapBody body)
    {
        var (service, id) = ReadIds(body);
        if (body.Problem is { } problem)
            return CloudMapAnswer.Of(problem);
        if (catalog.Find(service!) is not { } known)
            return CloudMapAnswer.Of(ServiceOperations.NoService(service!));
        return known.Rows.FirstOrDefault(row => row.Id == id) is { } found
            ? CloudMapAnswer.Of(new InstanceResultBody(CloudMapJson.Owner, Show(service!, found)), json => json.InstanceResultBody)
            : CloudMapAnswer.Of(NoInstance(service!, id));
    }

    private CloudMapAnswer ListInstances(CloudMapBody body)
    {
        if (Find(body, out var service) is not { } known)
            return CloudMapAnswer.Of(body.Problem!);
        var (page, next) = CloudMapPages.Of(body, known.Rows, KeyOf);
        return body.Problem is { } problem
            ? CloudMapAnswer.Of(problem)
            : CloudMapAnswer.Of(
                new InstanceListBody(CloudMapJson.Owner, [.. page.Select(row => Show(service, row))], next), json => json.InstanceListBody);
    }

    private CloudMapAnswer GetHealth(CloudMapBody body)
    {
        if (Find(body, out var service) is not { } known)
            return CloudMapAnswer.Of(body.Problem!);
        var asked = body.Texts("Instances", CloudMapNames.MostOfId);
        // Of two with one id, at two agents, the first is that of this agent.
        var rows = known.Rows.DistinctBy(row => row.Id).ToDictionary(row => row.Id, StringComparer.Ordinal);
        if (asked.FirstOrDefault(id => !rows.ContainsKey(id)) is { } missing)
            body.Wrong(NoInstance(service, missing));
        var (page, next) = CloudMapPages.Of(body, rows.Values.Where(row => asked.Count == 0 || asked.Contains(row.Id)), row => row.Id);
        return body.Problem is { } problem
            ? CloudMapAnswer.Of(problem)
            : CloudMapAnswer.Of(new HealthListBody(page.ToDictionary(row => row.Id, row => row.Health), next), json => json.HealthListBody);
    }

    private ServiceRows? Find(CloudMapBody body, out string service)
    {
        service = ServiceOperations.ServiceOf(body, "ServiceId", catalog) ?? "";
        if (body.Problem is not null)
            return null;
        var known = catalog.Find(service);
        if (known is null)
            body.Wrong(ServiceOperations.NoService(service));
        return known;
    }

    private (string? Service, string Instance) ReadIds(CloudMapBody body)
    {
        var service = ServiceOperations.ServiceOf(body, "ServiceId", catalog);
        var id = body.Text("InstanceId", CloudMapNames.MostOfId, "web-1");
        return (service, id);
    }

    private InstanceBody Show(string service, InstanceRow row) => new(
        row.Id, row.Attributes, row.Node is null ? source.State.Find(service, row.Id)?.What.CreatorRequestId : null);

    private CloudMapAnswer Done(string type, string? problem, string service, string instance) => CloudMapAnswer.Of(
        new OperationIdBody(_done.Add(type, problem, CloudMapNames.ServiceIdOf(service), instance)), json => json.OperationIdBody);

    /// <summary>That a file, or a client of another API, has the instance; null where none has.</summary>
    private CloudMapRefusal? DefinedElsewhere(InstanceRegistration what) =>
        loop.Shown.TryGetValue(what.RecordId, out var shown) && shown.Definition.Origin != CloudMapDefinitions.Origin
            ? CloudMapRefusal.InvalidInput(
                $"'{what.RecordId}' is defined by {shown.Definition.Origin}; change it there, or choose another InstanceId.")
            : null;

    /// <summary>Why an instance that is not of this agent's clients cannot be changed here.</summary>
    private CloudMapRefusal NotHere(string service, string id, string operation)
    {
        if (catalog.Find(service) is not { } known)
            return ServiceOperations.NoService(service);
        return known.Rows.FirstOrDefault(row => row.Id == id) is { Node: { } node }
            ? CloudMapRefusal.InstanceNotFound(
                $"The instance '{CloudMapBody.Show(id)}' is of the member '{node}', and only who has registered it changes it: "
                    + $"send {operation} to that agent.")
            : NoInstance(service, id);
    }

    private static CloudMapRefusal NoInstance(string service, string id) => CloudMapRefusal.InstanceNotFound(
        $"The service '{service}' has no instance '{CloudMapBody.Show(id)}'; ListInstances has those that there are.");

    private static string KeyOf(InstanceRow row) => $"{row.Id}\n{row.Node}";
}
