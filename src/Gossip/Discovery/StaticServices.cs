using Gossip.Configuration;
using Microsoft.Extensions.Configuration;

namespace Gossip.Discovery;

/// <summary>
/// Services that stand in the configuration, as <c>Services:{name}:{endpoint}:{number}</c> with an address, or as
/// <c>Services:{name}:{number}</c>: what .NET Aspire writes, and what an operator writes to have the last word. A service that stands here
/// is not looked for in the cluster.
/// </summary>
internal sealed class StaticServices
{
    /// <summary>The section of the configuration.</summary>
    public const string SectionName = "Services";

    private readonly Dictionary<string, IReadOnlyList<ServiceInstance>> _services = new(StringComparer.OrdinalIgnoreCase);

    public StaticServices(IConfiguration? configuration)
    {
        if (configuration is null)
            return;
        foreach (var service in configuration.GetSection(SectionName).GetChildren())
        {
            if (Read(service) is { Count: > 0 } instances)
                _services[service.Key] = instances;
        }
    }

    public static StaticServices None { get; } = new(null);

    /// <summary>The names, sorted.</summary>
    public IEnumerable<string> Names => _services.Keys.Order(StringComparer.OrdinalIgnoreCase);

    /// <summary>The instances of a service; null when it does not stand in the configuration.</summary>
    public IReadOnlyList<ServiceInstance>? Find(string service) => _services.Count == 0 ? null : _services.GetValueOrDefault(service);

    /// <summary>
    /// The endpoints of one number belong to one instance: the first http address and the first https address are two doors of one house.
    /// </summary>
    private static List<ServiceInstance> Read(IConfigurationSection service)
    {
        var byNumber = new SortedDictionary<string, List<ServiceEndpoint>>(StringComparer.Ordinal);
        foreach (var child in service.GetChildren())
        {
            if (child.Value is { } address)
                Add(child.Key, "", address);
            foreach (var numbered in child.GetChildren())
            {
                if (numbered.Value is { } text)
                    Add(numbered.Key, child.Key, text);
            }
        }

        return [.. byNumber.Select(pair => new ServiceInstance(new ServiceRecord { InstanceId = pair.Key, Service = service.Key, Endpoints = pair.Value }))];

        void Add(string number, string endpoint, string text)
        {
            if (!EndpointAddress.TryParse(text, out var address))
                return;
            if (!byNumber.TryGetValue(number, out var endpoints))
                byNumber[number] = endpoints = [];
            endpoints.Add(new ServiceEndpoint(endpoint.Length > 0 ? endpoint : address.Scheme, address.Scheme, address.Host, address.Port));
        }
    }
}
