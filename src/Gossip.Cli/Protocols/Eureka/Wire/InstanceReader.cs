using System.Globalization;
using Gossip.Cli.Protocols.Eureka.Model;
using Gossip.Protocol;

namespace Gossip.Cli.Protocols.Eureka.Wire;

/// <summary>
/// Reads an instance that a client registers. What Eureka has and nobody here asks for is passed over: data centres, countries, times of
/// the client. The first mistake is kept.
/// </summary>
internal sealed class InstanceReader
{
    /// <summary>Seconds of the longest lease: what is renewed once a day is not looked after.</summary>
    public const int MostDuration = 86_400;

    private readonly EurekaElement _root;
    private string? _problem;

    private InstanceReader(EurekaElement root) => _root = root;

    /// <summary>Reads one.</summary>
    /// <param name="root">The body.</param>
    /// <param name="app">The application that the path names, in capitals.</param>
    /// <param name="refusal">What is wrong with it.</param>
    /// <returns>Null after a refusal.</returns>
    public static EurekaInstance? Read(EurekaElement root, string app, out EurekaRefusal? refusal)
    {
        var reader = new InstanceReader(root);
        var read = reader.Read(app);
        refusal = reader._problem is { } problem ? new(400, problem) : null;
        return refusal is null ? read : null;
    }

    private EurekaInstance? Read(string app)
    {
        if (_root.Name != "instance")
            Say($"The body is '{Limits.Show(Short(_root.Name))}'; it must be an instance.");
        var host = Required("hostName");
        var center = _root.Find("dataCenterInfo");
        // Who has no id of his own is called as his machine; machines of Amazon have one.
        var id = _root.TextOf("instanceId") ?? center?.Find("metadata")?.TextOf("instance-id") ?? host;
        var name = Required("app").ToUpperInvariant();
        if (name != app && name.Length > 0)
            Say($"app is '{Limits.Show(Short(name))}', and the path names {Limits.Show(Short(app))}; they must be the same.");
        if (name.Contains(':', StringComparison.Ordinal))
            Say($"app is '{Limits.Show(Short(name))}'; it must have no ':'.");
        if (center?.TextOf("name") is null)
            Say("dataCenterInfo, or its name, is missing; send { \"@class\": "
                + "\"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo\", \"name\": \"MyOwn\" }.");
        if (host.Length > 0 && Uri.CheckHostName(host) == UriHostNameType.Unknown)
            Say($"hostName is '{Limits.Show(Short(host))}'; it must be a host name or an IP address.");
        var lease = _root.Find("leaseInfo");
        var (port, isEnabled) = PortOf("port", isEnabled: true);
        var (secure, isSecure) = PortOf("securePort", isEnabled: false);
        return new EurekaInstance
        {
            InstanceId = id,
            App = app,
            AppGroupName = _root.TextOf("appGroupName"),
            HostName = host,
            IpAddr = Required("ipAddr"),
            Status = _root.TextOf("status") is { } status ? EurekaStatusText.Read(status) ?? EurekaStatus.Unknown : EurekaStatus.Up,
            Override = EurekaStatusText.Read(_root.TextOf("overriddenStatus") ?? _root.TextOf("overriddenstatus")) ?? EurekaStatus.Unknown,
            Port = port,
            IsPortEnabled = isEnabled,
            SecurePort = secure,
            IsSecurePortEnabled = isSecure,
            VipAddress = _root.TextOf("vipAddress"),
            SecureVipAddress = _root.TextOf("secureVipAddress"),
            HomePageUrl = _root.TextOf("homePageUrl"),
            StatusPageUrl = _root.TextOf("statusPageUrl"),
            HealthCheckUrl = _root.TextOf("healthCheckUrl"),
            SecureHealthCheckUrl = _root.TextOf("secureHealthCheckUrl"),
            Metadata = MetadataOf(),
            RenewalInterval = SecondsOf(lease, "renewalIntervalInSecs", EurekaInstance.DefaultInterval),
            Duration = SecondsOf(lease, "durationInSecs", EurekaInstance.DefaultDuration),
            DirtyAt = NumberOf(_root.TextOf("lastDirtyTimestamp")),
        };
    }

    /// <summary>A time that a client tells, in milliseconds; 0 for what is none.</summary>
    public static long NumberOf(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private string Required(string key)
    {
        if (_root.TextOf(key) is { } text)
            return text;
        Say($"{key} is missing; an instance has instanceId, hostName, app, ipAddr and dataCenterInfo.");
        return "";
    }

    private Dictionary<string, string> MetadataOf()
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var one in _root.Find("metadata")?.Children ?? [])
        {
            if (!EurekaTemplate.IsReserved(one.Name))
                all[one.Name] = one.Text;
        }

        return all;
    }

    /// <summary>A port that is not enabled may be any number: clients tell those that they would have.</summary>
    private (int Port, bool IsEnabled) PortOf(string key, bool isEnabled)
    {
        if (_root.Find(key) is not { } element)
            return (0, false);
        var told = element.Attribute("enabled");
        isEnabled = told is null ? isEnabled : told.Equals("true", StringComparison.OrdinalIgnoreCase);
        var isPort = int.TryParse(element.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and <= ushort.MaxValue;
        if (isEnabled && !isPort)
            Say($"{key} is '{Limits.Show(Short(element.Text))}'; it must be 1 to 65535, or not enabled.");
        return (isPort ? port : 0, isEnabled && isPort);
    }

    private int SecondsOf(EurekaElement? lease, string key, int otherwise)
    {
        if (lease?.TextOf(key) is not { } text)
            return otherwise;
        var isNumber = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds);
        if (!isNumber || seconds > MostDuration)
            Say(string.Create(
                CultureInfo.InvariantCulture,
                $"leaseInfo.{key} is '{Limits.Show(Short(text))}'; it must be 1 to {MostDuration} seconds, {otherwise} without it."));
        return seconds > 0 ? seconds : otherwise;
    }

    private void Say(string problem) => _problem ??= problem;

    private static string Short(string text) => text.Length > 200 ? text[..200] + "…" : text;
}
