namespace Gossip.Yarp.Published;

/// <summary>Which services may publish routes, and below which path.</summary>
internal sealed class RoutePermission
{
    private const string OwnName = "{service}";

    private readonly Func<string, bool> _services;
    private readonly string[] _segments;

    public RoutePermission(Func<string, bool> services, string pathPrefix)
    {
        _services = services;
        if (pathPrefix is null || !pathPrefix.StartsWith('/'))
            throw new ArgumentException($"'{pathPrefix}' is no path: let it begin with '/', as \"/pay\".", nameof(pathPrefix));
        _segments = pathPrefix.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (Array.Find(_segments, one => one != OwnName && !PublishedRoute.IsLiteral(one)) is { } wrong)
            throw new ArgumentException(
                $"'{wrong}' in '{pathPrefix}' is no segment of a path for this: use letters, digits, '-', '.', '_' and '~', "
                + $"or {OwnName} for the name of the service.", nameof(pathPrefix));
    }

    /// <summary>Whether a service may publish anything by this.</summary>
    public bool Covers(string service)
    {
        try
        {
            return _services(service);
        }
        catch (Exception)
        {
            // The application's own function: what it does not allow is not allowed.
            return false;
        }
    }

    /// <summary>Whether a path is one of those that the service may publish, by the segments with which it begins.</summary>
    public bool Covers(string service, IReadOnlyList<string> segments)
    {
        if (segments.Count < _segments.Length)
            return false;
        for (var i = 0; i < _segments.Length; i++)
        {
            var wanted = _segments[i] == OwnName ? service : _segments[i];
            if (!string.Equals(segments[i], wanted, StringComparison.OrdinalIgnoreCase))
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => "/" + string.Join('/', _segments);
}
