using Gossip.Protocol;

namespace Gossip.Cli.Protocols.Consul.Model;

/// <summary>Reads checks, within a service and as <c>agent/check/register</c> is sent them.</summary>
internal static class CheckReader
{
    private const string Scripts =
        "Scripts are disabled on this agent from remote calls: programs may only be named by files in Agent:ServicesFolder";

    private const string Unsupported = "Checks of the kinds UDP, H2PING, OSService and alias of a node are not supported.";

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    /// <summary>As in a file of definitions: a longer one is taken for this, since a timer cannot wait for ever.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);

    /// <summary>More often than this nobody is asked, whatever the interval.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    /// <summary>A failing service stays at least so long: as with Consul, a shorter time is accepted, and is a minute.</summary>
    private static readonly TimeSpan ShortestReap = TimeSpan.FromMinutes(1);

    /// <summary>Reads the checks of a service, and gives each an id: one is called after the service, several have a number too.</summary>
    public static IReadOnlyList<CheckRegistration> ReadOf(
        ServiceRegistration service, IReadOnlyList<ConsulBody> bodies, out ConsulRefusal? refusal)
    {
        refusal = null;
        var checks = new List<CheckRegistration>();
        foreach (var body in bodies)
        {
            var own = body.Text("CheckID", "ID");
            var byNumber = bodies.Count == 1 ? $"service:{service.ID}" : $"service:{service.ID}:{checks.Count + 1}";
            var name = body.Text("Name");
            body.Ignore("ServiceID", "service_id");
            var check = ReadOne(
                body,
                own.Length > 0 ? own : byNumber,
                name.Length > 0 ? name : $"Service '{service.Name}' check",
                out var problem) with { ServiceID = service.ID };
            if (problem is null && check.Status.Length > 0 && !CheckWords.IsStatus(check.Status))
                problem = new(400, "Status for checks must 'passing', 'warning', 'critical'");
            refusal ??= problem;
            checks.RemoveAll(other => other.CheckID == check.CheckID);
            checks.Add(check);
        }

        return checks;
    }

    /// <summary>Reads a check that is registered by itself.</summary>
    public static CheckRegistration? Read(ReadOnlySpan<byte> utf8, out ConsulRefusal? refusal)
    {
        if (ConsulBody.Parse(utf8, out refusal) is not { } body)
            return null;
        var name = body.Text("Name");
        var id = body.Text("ID", "CheckID");
        var service = body.Text("ServiceID", "service_id");
        body.Ignore("Token");
        var check = ReadOne(body, id.Length > 0 ? id : name, name, out var problem) with { ServiceID = service };
        refusal = body.Problem
            ?? (name.Length == 0 ? new ConsulRefusal(400, "Missing check name") : null)
            ?? (check.Status.Length > 0 && !CheckWords.IsStatus(check.Status) ? new ConsulRefusal(400, "Bad check status") : null)
            ?? problem;
        return refusal is null ? check : null;
    }

    private static CheckRegistration ReadOne(ConsulBody body, string id, string name, out ConsulRefusal? refusal)
    {
        var (http, tcp, grpc) = (body.Text("HTTP"), body.Text("TCP"), body.Text("GRPC"));
        var alias = body.Text("AliasService");
        var isScript = (body.Texts("Args", "ScriptArgs", "script_args")?.Count > 0) | body.HasMore("DockerContainerID")
            | body.HasMore("docker_container_id") | body.HasMore("Shell");
        var isUnknown = body.HasMore("UDP") | body.HasMore("H2PING") | body.HasMore("OSService") | body.HasMore("AliasNode");
        var interval = body.Duration("Interval");
        var ttl = body.Duration("TTL");
        var timeout = body.Duration("Timeout");
        var reap = body.Duration("DeregisterCriticalServiceAfter", "deregister_critical_service_after");
        var method = body.Text("Method");
        var check = new CheckRegistration
        {
            CheckID = id,
            Name = name,
            Type = http.Length > 0 ? CheckType.Http : tcp.Length > 0 ? CheckType.Tcp : grpc.Length > 0 ? CheckType.Grpc
                : alias.Length > 0 ? CheckType.Alias : CheckType.Ttl,
            Target = http.Length > 0 ? http : tcp.Length > 0 ? tcp : grpc.Length > 0 ? grpc : alias,
            Notes = body.Text("Notes"),
            Status = body.Text("Status"),
            Output = ConsulCheck.Cut(body.Text("Output")),
            Ttl = ttl,
            Interval = interval < Shortest ? Shortest : interval > Longest ? Longest : interval,
            Timeout = timeout <= TimeSpan.Zero ? DefaultTimeout : timeout > LongestTimeout ? LongestTimeout : timeout,
            Method = method.Length > 0 ? method.ToUpperInvariant() : "GET",
            Body = body.Text("Body"),
            Header = body.Lists("Header"),
            UsesTls = body.Flag("GRPCUseTLS", "grpc_use_tls"),
            IsInsecure = body.Flag("TLSSkipVerify", "tls_skip_verify"),
            SuccessBeforePassing = body.Whole("SuccessBeforePassing"),
            FailuresBeforeCritical = body.Whole("FailuresBeforeCritical"),
            DeregisterAfter = reap <= TimeSpan.Zero ? TimeSpan.Zero : reap < ShortestReap ? ShortestReap : reap,
        };
        body.Ignore("FailuresBeforeWarning", "OutputMaxSize", "TLSServerName", "ProxyHTTP", "ProxyGRPC", "Token");
        body.End();
        var isRun = http.Length > 0 || tcp.Length > 0 || grpc.Length > 0 || isScript;
        refusal = (isUnknown ? new ConsulRefusal(501, Unsupported) : null)
            ?? Problem(isRun, alias.Length > 0, interval, ttl)
            ?? ProblemOfTarget(check)
            ?? (isScript ? new ConsulRefusal(500, Scripts) : null);
        return check;
    }

    private static ConsulRefusal? Problem(bool isRun, bool isAlias, TimeSpan interval, TimeSpan ttl)
    {
        var problem = (isRun, isAlias) switch
        {
            _ when interval > TimeSpan.Zero && ttl > TimeSpan.Zero => "Interval and TTL cannot both be specified",
            (true, _) when interval <= TimeSpan.Zero => "Interval must be > 0 for Script, HTTP, or TCP checks",
            (true, true) => "Interval cannot be set for Alias checks",
            (_, true) when ttl > TimeSpan.Zero => "TTL must be not be set for Alias checks",
            (false, false) when ttl <= TimeSpan.Zero => "TTL must be > 0 for TTL checks",
            _ => null,
        };
        return problem is null ? null : new ConsulRefusal(400, $"Invalid check: {problem}");
    }

    private static ConsulRefusal? ProblemOfTarget(CheckRegistration check)
    {
        var isGood = check.Type switch
        {
            CheckType.Http => Uri.TryCreate(check.Target, UriKind.Absolute, out var url) && url.Scheme is "http" or "https",
            CheckType.Tcp or CheckType.Grpc => TargetOf(check.Target) is not null,
            _ => true,
        };
        if (!isGood)
            return new(400, $"Invalid check: '{Limits.Show(check.Target)}' is no place to ask; write an address such as "
                + (check.Type == CheckType.Http ? "http://127.0.0.1:8080/health" : "127.0.0.1:8080"));
        return check.Type != CheckType.Http || check.Method.All(letter => char.IsAsciiLetterUpper(letter) || letter == '-')
            ? null
            : new ConsulRefusal(400, $"Invalid check: '{Limits.Show(check.Method)}' is no method; write one such as GET");
    }

    /// <summary>The host, the port and the name behind a slash of <c>host:port/name</c>; null where it is none.</summary>
    public static (string Host, int Port, string Service)? TargetOf(string target)
    {
        var slash = target.IndexOf('/', StringComparison.Ordinal);
        var (place, service) = slash < 0 ? (target, "") : (target[..slash], target[(slash + 1)..]);
        return Uri.TryCreate($"http://{place}", UriKind.Absolute, out var url) && url.UserInfo.Length == 0
            && place.Contains(':', StringComparison.Ordinal) && url.AbsolutePath == "/" && url.Host.Length > 0
            ? (url.Host.Trim('[', ']'), url.Port, service)
            : null;
    }
}
