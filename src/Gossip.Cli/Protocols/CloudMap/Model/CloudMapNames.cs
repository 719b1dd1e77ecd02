namespace Gossip.Cli.Protocols.CloudMap.Model;

/// <summary>
/// The ids and ARNs of services and of the namespace, which are made of their names: each agent knows them without asking another one.
/// </summary>
internal static class CloudMapNames
{
    /// <summary>Letters of a service's name.</summary>
    public const int MostOfService = 127;

    /// <summary>Letters of an instance's id.</summary>
    public const int MostOfInstance = 64;

    /// <summary>Letters of an id or an ARN in a request.</summary>
    public const int MostOfId = 320;

    private const string Service = "srv-";
    private const string Namespace = "ns-";
    private const string Arn = "arn:";
    private const string ArnPrefix = "arn:aws:servicediscovery:gossip:000000000000:";

    public static string ServiceIdOf(string name) => Service + name;

    public static string NamespaceIdOf(string name) => Namespace + name;

    public static string ServiceArnOf(string name) => $"{ArnPrefix}service/{ServiceIdOf(name)}";

    public static string NamespaceArnOf(string name) => $"{ArnPrefix}namespace/{NamespaceIdOf(name)}";

    /// <summary>The name of the service that an id or an ARN means; null where it is no id of this façade.</summary>
    public static string? ServiceOf(string id)
    {
        var bare = Bare(id);
        return bare.StartsWith(Service, StringComparison.Ordinal) && bare.Length > Service.Length ? bare[Service.Length..] : null;
    }

    /// <summary>Whether an id or an ARN means the namespace of that name.</summary>
    public static bool IsNamespace(string id, string name) => Bare(id) == NamespaceIdOf(name);

    /// <summary>Whether a client may create a service of the name: it stands in ids, in addresses and in names of DNS.</summary>
    public static bool IsServiceName(string name) =>
        name.Length is >= 1 and <= MostOfService && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');

    /// <summary>Whether an instance may have the id.</summary>
    public static bool IsInstanceId(string id) =>
        id.Length is >= 1 and <= MostOfInstance
        && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '/' or ':' or '.' or '@' or '-');

    /// <summary>The id of an instance's record.</summary>
    public static string RecordIdOf(string service, string instance) => $"{service}/{instance}";

    /// <summary>
    /// The id of an instance as readers see it: that with which a client of any agent has registered it. Others are named among those of
    /// their node only, so the node's name comes before theirs, unless they are called as their node.
    /// </summary>
    public static string InstanceIdOf(ServiceInstance instance)
    {
        var (service, id) = (instance.Service, instance.InstanceId);
        if (id.Length > service.Length + 1 && id[service.Length] == '/' && id.StartsWith(service, StringComparison.OrdinalIgnoreCase))
            return id[(service.Length + 1)..];
        return instance.NodeName is { } node && node != id ? $"{node}/{id}" : id;
    }

    private static string Bare(string id) =>
        id.StartsWith(Arn, StringComparison.Ordinal) ? id[(id.IndexOf('/', StringComparison.Ordinal) + 1)..] : id;
}
