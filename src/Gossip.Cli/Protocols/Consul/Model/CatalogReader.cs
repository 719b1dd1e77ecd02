using Gossip.Protocol;

namespace Gossip.Cli.Protocols.Consul.Model;

/// <summary>What <c>catalog/register</c> is sent.</summary>
/// <param name="Node">The node; it takes the place of what was known of it.</param>
/// <param name="Service">A service on it; null for none.</param>
/// <param name="Checks">Checks of the node or the service.</param>
internal sealed record CatalogEntry(ExternalNode Node, ServiceRegistration? Service, IReadOnlyList<CheckRegistration> Checks);

/// <summary>What <c>catalog/deregister</c> is sent: a service, a check, or else the whole node.</summary>
internal sealed record CatalogRemoval(string Node, string ServiceID, string CheckID);

/// <summary>Reads what the catalog is told without an agent.</summary>
internal static class CatalogReader
{
    private const int MostChecks = 32;

    public static CatalogEntry? ReadEntry(ReadOnlySpan<byte> utf8, string datacenter, out ConsulRefusal? refusal)
    {
        if (ConsulBody.Parse(utf8, out refusal) is not { } body)
            return null;
        var node = new ExternalNode
        {
            Node = body.Text("Node"),
            Address = body.Text("Address"),
            ID = body.Text("ID"),
            TaggedAddresses = body.Pairs("TaggedAddresses"),
            Meta = body.Pairs("NodeMeta"),
        };
        var service = ReadService(body.Object("Service"), out var ofService);
        var bodies = body.Object("Check") is { } one ? [one] : Array.Empty<ConsulBody>();
        bodies = [.. bodies, .. body.List("Checks") ?? []];
        var checks = bodies.Take(MostChecks).Select(ReadCheck).ToList();
        var place = body.Text("Datacenter");
        body.Ignore("SkipNodeUpdate", "WriteRequest", "Token", "EnterpriseMeta");
        body.End();
        refusal = body.Problem
            ?? (node.Node.Length == 0 ? new ConsulRefusal(500, "Must provide node") : null)
            ?? (node.Address.Length == 0 ? new ConsulRefusal(500, "Must provide address if SkipNodeUpdate is not set") : null)
            ?? (place.Length > 0 && place != datacenter ? new ConsulRefusal(500, "No path to datacenter") : null)
            ?? ProblemOfId(node.ID)
            ?? ofService
            ?? ProblemOfName(node)
            ?? (bodies.Length > MostChecks
                ? new ConsulRefusal(400, $"There are {bodies.Length} checks; send at most {MostChecks} at a time.")
                : null);
        return refusal is null ? new(node, service, checks) : null;
    }

    public static CatalogRemoval? ReadRemoval(ReadOnlySpan<byte> utf8, string datacenter, out ConsulRefusal? refusal)
    {
        if (ConsulBody.Parse(utf8, out refusal) is not { } body)
            return null;
        var removal = new CatalogRemoval(body.Text("Node"), body.Text("ServiceID"), body.Text("CheckID"));
        var place = body.Text("Datacenter");
        body.Ignore("Address", "WriteRequest", "Token");
        body.End();
        refusal = body.Problem
            ?? (removal.Node.Length == 0 ? new ConsulRefusal(500, "Must provide node") : null)
            ?? (place.Length > 0 && place != datacenter ? new ConsulRefusal(500, "No path to datacenter") : null);
        return refusal is null ? removal : null;
    }

    private static ServiceRegistration? ReadService(ConsulBody? body, out ConsulRefusal? refusal)
    {
        refusal = null;
        if (body is null)
            return null;
        var (id, name) = (body.Text("ID"), body.Text("Service"));
        var isConnected = ServiceReader.RefusesConnect(body);
        var service = ServiceReader.ReadService(body, id.Length > 0 ? id : name, name);
        body.Ignore("CreateIndex", "ModifyIndex", "LocallyRegisteredAsSidecar");
        body.End();
        refusal = (name.Length == 0 && id.Length > 0 ? new ConsulRefusal(500, "Must provide service name with ID") : null)
            ?? (isConnected ? new ConsulRefusal(501, "Connect is not supported: leave Kind, Proxy and Connect out.") : null);
        return name.Length == 0 ? null : service;
    }

    /// <summary>Nobody looks whether its status is one.</summary>
    private static CheckRegistration ReadCheck(ConsulBody body)
    {
        var (name, id) = (body.Text("Name"), body.Text("CheckID"));
        var check = new CheckRegistration
        {
            CheckID = id.Length > 0 ? id : name,
            Type = CheckType.Static,
            Name = name,
            Notes = body.Text("Notes"),
            Status = body.Text("Status"),
            Output = ConsulCheck.Cut(body.Text("Output")),
            ServiceID = body.Text("ServiceID"),
        };
        body.Ignore("Node", "ServiceName", "ServiceTags", "Type", "Definition", "CreateIndex", "ModifyIndex");
        body.End();
        return check;
    }

    private static ConsulRefusal? ProblemOfId(string id) =>
        id.Length == 0 || Guid.TryParseExact(id, "D", out _) ? null : new(500, "Bad node ID: uuid string is wrong");

    private static ConsulRefusal? ProblemOfName(ExternalNode node) =>
        Limits.IsName(node.Node, Limits.NameBytes) && Limits.IsName(node.Address, Limits.HostBytes)
            ? ServiceReader.ProblemOfMeta("Node Meta", node.Meta)
            : new(400, $"Node '{Limits.Show(node.Node)}' at '{Limits.Show(node.Address)}': a name has at most {Limits.NameBytes} bytes, "
                + $"and an address {Limits.HostBytes}, of {Limits.Letters}.");
}
