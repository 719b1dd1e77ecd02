using System.Globalization;
using Gossip.Configuration;
using Gossip.Statistics;
using Microsoft.Extensions.Configuration;

namespace Gossip.Discovery;

/// <summary>
/// What the configuration says of one service, below <c>Services:{name}</c>:
/// <code>
/// {endpoint}:{number} = {address}    services__payments__https__0=https://localhost:7001, as .NET Aspire writes it
/// {endpoint}          = {address}    services__payments__grpc=http://localhost:5001
/// {number}            = {address}    the endpoint is named as the address's scheme
///                     = {address}    services__payments=http://10.0.0.5:8080
/// </code>
/// The addresses of one number belong to one instance, such as the first of http and the first of https. An address is
/// "scheme://host:port"; a path behind it is ignored. It may lack the scheme where the endpoint is named after one.
/// </summary>
internal sealed class StaticAddresses
{
    private readonly string _service;
    private readonly SortedDictionary<int, List<ServiceEndpoint>> _byNumber = [];
    private readonly List<string> _problems = [];

    public StaticAddresses(IConfigurationSection service)
    {
        _service = service.Key;
        Add(0, "", service);
        foreach (var child in service.GetChildren())
        {
            if (IsNumber(child.Key, out var single))
            {
                Add(single, "", child);
                continue;
            }

            var endpoint = child.Key.ToLowerInvariant();
            Add(0, endpoint, child);
            foreach (var numbered in child.GetChildren())
            {
                if (IsNumber(numbered.Key, out var number))
                    Add(number, endpoint, numbered);
                else if (numbered.Value is not null)
                    _problems.Add($"{numbered.Path} is passed over: its last part must be a number, as in {child.Path}:0.");
            }
        }

        if (_byNumber.Count > 0 && CalledName.Obstacle(_service) is { } obstacle)
        {
            _problems.Add(
                $"{service.Path} has addresses, but HttpClient cannot call '{_service}' by that name: {obstacle}. "
                + "Give it another name for calls by name.");
        }
    }

    /// <summary>Values that are no addresses, with the remedy. The section may be meant for something else, so this is no error.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>The instances, in the order of their numbers; unchanged ones are the same objects as before.</summary>
    public IReadOnlyList<ServiceInstance> ToInstances(IReadOnlyList<ServiceInstance>? before, BalancingClock balancing)
    {
        List<ServiceInstance> instances = [];
        foreach (var (number, read) in _byNumber)
        {
            // A configuration sorts its keys, which expresses no preference: an endpoint that is named after its scheme comes first.
            var endpoints = read.OrderBy(endpoint => endpoint.Name == endpoint.Scheme ? 0 : endpoint.Name == "default" ? 1 : 2).ToArray();
            var id = number.ToString(CultureInfo.InvariantCulture);
            var known = before?.FirstOrDefault(one => one.InstanceId == id && one.Endpoints.SequenceEqual(endpoints));
            instances.Add(known ?? new ServiceInstance(
                new ServiceRecord { InstanceId = id, Service = _service, Endpoints = endpoints },
                new InstanceStatistics(balancing, calls: balancing.Calls?.Of(_service))));
        }

        return before is not null && Projection.AreSame(before, instances) ? before : instances;
    }

    private static bool IsNumber(string key, out int number) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private void Add(int number, string endpoint, IConfigurationSection section)
    {
        // An empty value means that an environment variable is not set.
        if (string.IsNullOrWhiteSpace(section.Value))
            return;
        var text = section.Value.Trim();
        var isBare = endpoint is "http" or "https" && !text.Contains("://", StringComparison.Ordinal);
        if (!EndpointAddress.TryParse(isBare ? $"{endpoint}://{text}" : text, out var address) || address.IsAnyAddress)
        {
            _problems.Add($"{section.Path} is '{text}', and is passed over: "
                + $"it must be an address such as https://10.0.0.5:7001 or http://{_service}.example:8080.");
            return;
        }

        if (!_byNumber.TryGetValue(number, out var endpoints))
            _byNumber[number] = endpoints = [];
        endpoints.Add(new ServiceEndpoint(endpoint.Length > 0 ? endpoint : address.Scheme, address.Scheme, address.Host, address.Port));
    }
}
