using Gossip.Cli.Agent;
using Gossip.Cli.Protocols.CloudMap.Model;

namespace Gossip.Cli.Protocols.CloudMap.Serving;

/// <summary>
/// The namespace and its services. There is one namespace; and a service is a name, which is known where somebody has registered an
/// instance of it, or has created it at this agent.
/// </summary>
/// <param name="space">The name of the namespace.</param>
/// <param name="loop">The agent.</param>
/// <param name="source">What clients have told.</param>
/// <param name="catalog">What readers see.</param>
/// <param name="time">The clock.</param>
internal sealed class ServiceOperations(string space, AgentLoop loop, CloudMapSource source, CloudMapCatalog catalog, TimeProvider time)
{
    private const int MostOfRequestId = 64;
    private const int MostOfDescription = 1_024;

    public IEnumerable<CloudMapOperation> All =>
    [
        new("ListNamespaces", false, (body, _) => ListNamespaces(body)),
        new("GetNamespace", false, (body, _) => GetNamespace(body)),
        new("ListServices", false, (body, _) => ListServices(body)),
        new("GetService", false, (body, _) => GetService(body)),
        new("CreateService", true, CreateServiceAsync),
        new("DeleteService", true, DeleteServiceAsync),
    ];

    /// <summary>The service that a request names by its id or ARN, as it is known; null after saying what is wrong.</summary>
    public static string? ServiceOf(CloudMapBody body, string key, CloudMapCatalog catalog)
    {
        var id = body.Text(key, CloudMapNames.MostOfId, "srv-web");
        if (body.Problem is null && CloudMapNames.ServiceOf(id) is { } name)
            return catalog.NameOf(name);
        body.Wrong(CloudMapRefusal.ServiceNotFound(
            $"{key} is '{CloudMapBody.Show(id)}', which is no id of this agent: here it is srv- and the service's name, such as srv-web."));
        return null;
    }

    /// <summary>Says what is wrong with the name of a service that a client makes known.</summary>
    public static void RequireName(CloudMapBody body, string key, string name)
    {
        if (body.Problem is null && !CloudMapNames.IsServiceName(name))
            body.Wrong(CloudMapRefusal.InvalidInput(
                $"{key} has the name '{CloudMapBody.Show(name)}'; "
                    + $"it must be 1 to {CloudMapNames.MostOfService} letters, digits, '-', '_' and '.'."));
    }

    private ValueTask<CloudMapAnswer> ListNamespaces(CloudMapBody body)
    {
        var passes = CloudMapFilters.Read(body, "TYPE", "NAME", "HTTP_NAME", "RESOURCE_OWNER");
        var (page, next) = CloudMapPages.Of(body, [Namespace()], one => one.Id);
        if (body.Problem is { } problem)
            return Answer(problem);
        var shown = page.Where(one => passes(name => name switch
        {
            "TYPE" => one.Type,
            "RESOURCE_OWNER" => one.ResourceOwner,
            _ => one.Name,
        }));
        return ValueTask.FromResult(CloudMapAnswer.Of(new NamespaceListBody([.. shown], next), json => json.NamespaceListBody));
    }

    private ValueTask<CloudMapAnswer> GetNamespace(CloudMapBody body)
    {
        var id = body.Text("Id", CloudMapNames.MostOfId, CloudMapNames.NamespaceIdOf(space));
        return body.Problem is { } problem ? Answer(problem)
            : !CloudMapNames.IsNamespace(id, space) ? Answer(NoNamespace("Id", id))
            : ValueTask.FromResult(CloudMapAnswer.Of(new NamespaceResultBody(Namespace()), json => json.NamespaceResultBody));
    }

    private ValueTask<CloudMapAnswer> ListServices(CloudMapBody body)
    {
        var passes = CloudMapFilters.Read(body, "NAMESPACE_ID", "RESOURCE_OWNER");
        var isHere = passes(name => name == "NAMESPACE_ID" ? CloudMapNames.NamespaceIdOf(space) : CloudMapJson.Owner)
            || passes(name => name == "NAMESPACE_ID" ? CloudMapNames.NamespaceArnOf(space) : CloudMapJson.Owner);
        var (page, next) = CloudMapPages.Of(body, isHere ? catalog.Names : [], name => name);
        return body.Problem is { } problem
            ? Answer(problem)
            : ValueTask.FromResult(CloudMapAnswer.Of(
                new ServiceListBody([.. page.Select(Show).OfType<ServiceBody>()], next), json => json.ServiceListBody));
    }

    private ValueTask<CloudMapAnswer> GetService(CloudMapBody body)
    {
        var name = ServiceOf(body, "Id", catalog);
        return name is null ? Answer(body.Problem!)
            : Show(name) is { } shown
                ? ValueTask.FromResult(CloudMapAnswer.Of(new ServiceResultBody(shown), json => json.ServiceResultBody))
            : Answer(NoService(name));
    }

    private async ValueTask<CloudMapAnswer> CreateServiceAsync(CloudMapBody body, CancellationToken cancellation)
    {
        var service = ReadService(body);
        if (body.Problem is { } problem)
            return CloudMapAnswer.Of(problem);
        // Two may come at a time: the loop alone knows which was first.
        var refusal = await loop.AskAsync(
            _ => catalog.Find(service.Name) is not { } known ? source.Create(service)
                : known.Created is { CreatorRequestId: { } id } && id == service.CreatorRequestId ? null
                : new CloudMapRefusal("ServiceAlreadyExists", $"There is a service '{catalog.NameOf(service.Name)}' already; use its id.")
                {
                    ServiceId = CloudMapNames.ServiceIdOf(catalog.NameOf(service.Name)),
                },
            cancellation).ConfigureAwait(false);
        if (refusal is not null)
            return CloudMapAnswer.Of(refusal);
        return Show(service.Name) is { } shown
            ? CloudMapAnswer.Of(new ServiceResultBody(shown), json => json.ServiceResultBody)
            : CloudMapAnswer.Of(NoService(service.Name));
    }

    private CreatedService ReadService(CloudMapBody body)
    {
        var name = body.Text("Name", CloudMapNames.MostOfService, "web");
        var service = new CreatedService
        {
            Name = name,
            Description = body.OptionalText("Description", MostOfDescription),
            CreatorRequestId = body.OptionalText("CreatorRequestId", MostOfRequestId),
            At = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds()),
        };
        RequireName(body, "Name", name);
        if (body.OptionalText("NamespaceId", CloudMapNames.MostOfId) is { } id && !CloudMapNames.IsNamespace(id, space))
            body.Wrong(NoNamespace("NamespaceId", id));
        if (body.Says("DnsConfig"))
            body.Wrong(CloudMapRefusal.InvalidInput(
                "DnsConfig is not supported: no DNS of Route 53 is behind this API; leave it out, and find instances by DiscoverInstances, "
                    + "or by the agent's own DNS."));
        if (body.Says("HealthCheckConfig"))
            body.Wrong(CloudMapRefusal.InvalidInput(
                "HealthCheckConfig is not supported: nobody asks from outside; report by UpdateInstanceCustomHealthStatus, or register the "
                    + "service with checks by a file of the agent."));
        return service;
    }

    private async ValueTask<CloudMapAnswer> DeleteServiceAsync(CloudMapBody body, CancellationToken cancellation)
    {
        if (ServiceOf(body, "Id", catalog) is not { } name)
            return CloudMapAnswer.Of(body.Problem!);
        var refusal = catalog.Find(name) is not { } known ? NoService(name)
            : known.Rows.Length > 0
                ? new(
                    "ResourceInUse",
                    $"The service '{name}' has {known.Rows.Length} instances; deregister them where they were registered.")
            // Somebody may register an instance meanwhile: the loop alone knows.
            : await loop.AskAsync(
                _ => source.State.Services.GetValueOrDefault(name) is { Instances.Count: > 0 }
                    ? new CloudMapRefusal("ResourceInUse", $"The service '{name}' has an instance; deregister it first.")
                    : source.Delete(name),
                cancellation).ConfigureAwait(false);
        return refusal is null ? CloudMapAnswer.Nothing : CloudMapAnswer.Of(refusal);
    }

    private NamespaceBody Namespace() => new(
        CloudMapNames.NamespaceIdOf(space), CloudMapNames.NamespaceArnOf(space), space, catalog.Names.Count, new(new(space)));

    private ServiceBody? Show(string name) => catalog.Find(name) is not { } rows ? null : new ServiceBody(
        CloudMapNames.ServiceIdOf(name), CloudMapNames.ServiceArnOf(name), name, CloudMapNames.NamespaceIdOf(space),
        rows.Created?.Description, rows.Rows.Length, rows.Created is null ? null : new CustomHealthBody(),
        rows.Created?.At.ToUnixTimeSeconds(), rows.Created?.CreatorRequestId);

    /// <summary>That a namespace is not here.</summary>
    public CloudMapRefusal NoNamespace(string key, string given) => CloudMapRefusal.NamespaceNotFound(
        $"{key} is '{CloudMapBody.Show(given)}'; the one namespace of this cluster is '{space}', with the id "
            + $"{CloudMapNames.NamespaceIdOf(space)} (Agent:CloudMap:Namespace).");

    /// <summary>That a service is not here.</summary>
    public static CloudMapRefusal NoService(string name) => CloudMapRefusal.ServiceNotFound(
        $"Nobody has registered an instance of '{CloudMapBody.Show(name)}', and nobody has created it here: "
            + "look at its name, or create it by CreateService.");

    private static ValueTask<CloudMapAnswer> Answer(CloudMapRefusal refusal) => ValueTask.FromResult(CloudMapAnswer.Of(refusal));
}
