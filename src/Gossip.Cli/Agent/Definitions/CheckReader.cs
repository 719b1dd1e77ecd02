using System.Globalization;

namespace Gossip.Cli.Agent.Definitions;

/// <summary>
/// Reads the checks of one definition. A definition that names its process or unit is checked for it, whether it lists that check or not.
/// </summary>
/// <param name="service">The definition without its checks.</param>
/// <param name="commandObjection">Why checks may not be programs; null when they may.</param>
internal sealed class CheckReader(ServiceDefinition service, string? commandObjection)
{
    private static readonly string[] Kinds = ["http", "tcp", "grpc", "command", "ttl", "process", "unit"];

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public IReadOnlyList<CheckDefinition> Read(DefinitionFields ofService, IReadOnlyList<DefinitionItem> items)
    {
        var all = new List<CheckDefinition>();
        foreach (var item in items)
        {
            if (ReadOne(item) is not { } check)
                continue;
            if (all.Exists(other => other.Id == check.Id))
                item.Fields.Wrong("id", $"another than that of a check before it, '{check.Id}'");
            all.Add(check);
        }

        if ((service.Pid is not null || service.PidFile is not null) && !all.Exists(check => check.Kind == CheckKind.Process))
            all.Insert(0, Implied(CheckKind.Process, TimeSpan.FromSeconds(1)));
        if (service.Unit is not null && !all.Exists(check => check.Kind == CheckKind.Unit))
            all.Insert(0, Implied(CheckKind.Unit, TimeSpan.FromSeconds(5)));
        if (all.GroupBy(check => check.Id).FirstOrDefault(same => same.Count() > 1) is { } twice)
            ofService.Wrong("checks", $"a list in which no other check is called '{twice.Key}', as that of the pid or unit is");
        return all;
    }

    private static string NameOf(CheckKind kind) => kind.ToString().ToLowerInvariant();

    private CheckDefinition Implied(CheckKind kind, TimeSpan interval) => new()
    {
        Id = NameOf(kind), Kind = kind, Interval = interval, Timeout = TimeSpan.FromSeconds(5), Jitter = 0.1, Text = TargetOf(kind),
        // An end counts at once. That the system is slow to answer says nothing of the service.
        UnhealthyAfter = 3,
    };

    /// <summary>What a process or unit is compared by: it is not in the check itself.</summary>
    private string TargetOf(CheckKind kind) => kind switch
    {
        CheckKind.Process => string.Create(CultureInfo.InvariantCulture, $"{service.Pid} {service.PidFile}"),
        CheckKind.Unit => service.Unit ?? "",
        CheckKind.Http => string.Join(' ', service.Endpoints),
        _ => "",
    };

    private CheckDefinition? ReadOne(DefinitionItem item)
    {
        var fields = item.Fields;
        if (fields.OneOf("type", Kinds) is not { } type)
        {
            if (!fields.Has("type"))
                fields.Wrong("type", $"one of {string.Join(", ", Kinds)}");
            return null;
        }

        var kind = Enum.Parse<CheckKind>(type, ignoreCase: true);
        var interval = fields.Time("interval", Shortest, Longest);
        var check = new CheckDefinition
        {
            Id = fields.Text("id") ?? type,
            Kind = kind,
            Interval = interval ?? TimeSpan.FromSeconds(kind == CheckKind.Process ? 1 : 10),
            Timeout = fields.Time("timeout", Shortest, TimeSpan.FromMinutes(10)) ?? TimeSpan.FromSeconds(5),
            Jitter = fields.Share("jitter") ?? 0.1,
            HealthyAfter = fields.Whole("healthyAfter", 1, 100) ?? 1,
            UnhealthyAfter = fields.Whole("unhealthyAfter", 1, 100) ?? 2,
            Text = $"{item.Text} {TargetOf(kind)}",
        };
        var target = kind switch
        {
            CheckKind.Http => WithUrl(check, fields),
            CheckKind.Tcp => WithPort(check, fields),
            CheckKind.Grpc => WithPort(check, fields) with
            {
                GrpcService = fields.Text("service") ?? "", UsesTls = fields.Flag("tls"), IsInsecure = fields.Flag("insecure"),
            },
            CheckKind.Command => WithCommand(check, fields),
            CheckKind.Ttl => WithTtl(check, fields),
            _ => WithTarget(check, fields),
        };
        fields.End();
        return target;
    }

    private CheckDefinition WithUrl(CheckDefinition check, DefinitionFields fields)
    {
        const string MustBe =
            "an address, such as \"http://localhost:8080/health\", or the path alone, such as \"/health\", where there is an endpoint";
        var text = fields.Text("url");
        var url = text is ['/', ..] && service.Endpoints.FirstOrDefault(one => one.Scheme is "http" or "https") is { Port: > 0 } first
            ? Url($"{first.Scheme}://{Bracketed(first.Host ?? "localhost")}:{first.Port.ToString(CultureInfo.InvariantCulture)}{text}")
            : Url(text);
        if (url is null)
            fields.Wrong("url", MustBe);
        var status = fields.Text("status") ?? "200-299";
        var parts = status.Split('-', 2);
        if (!IsStatus(parts[0], out var from) || !IsStatus(parts[^1], out var to) || from > to)
        {
            fields.Wrong("status", "a status or a range of them, \"200\" or \"200-399\"");
            (from, to) = (200, 299);
        }

        return check with { Url = url, StatusFrom = from, StatusTo = to, IsInsecure = fields.Flag("insecure") };
    }

    private static Uri? Url(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 ? url : null;

    private static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) && host[0] != '[' ? $"[{host}]" : host;

    private static bool IsStatus(string text, out int status) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out status) && status is >= 100 and <= 599;

    private CheckDefinition WithPort(CheckDefinition check, DefinitionFields fields)
    {
        var host = fields.Text("host");
        if (host is not null && Uri.CheckHostName(host) == UriHostNameType.Unknown)
            fields.Wrong("host", "a host name or an IP address, such as \"localhost\"");
        var first = service.Endpoints.Count > 0 ? service.Endpoints[0] : null;
        var port = fields.Whole("port", 1, ushort.MaxValue);
        if (port is null && !fields.Has("port") && first is null)
            fields.Wrong("port", "the port to connect to, such as 8080; it may be left out where there is an endpoint");
        return check with { Host = host ?? first?.Host ?? "localhost", Port = port ?? first?.Port ?? 0, Text = $"{check.Text} {first}" };
    }

    private CheckDefinition WithCommand(CheckDefinition check, DefinitionFields fields)
    {
        const string Sample = "[\"/usr/bin/test\", \"-e\", \"/run/ok\"]";
        var command = fields.Texts("command", 64);
        var shell = fields.Text("shell");
        if (commandObjection is not null)
            fields.Wrong("type", $"another than command: {commandObjection}");
        if ((command.Count == 0) == (shell is null))
            fields.Wrong("command", $"a list of the program and its arguments, such as {Sample}, or \"shell\" one line for /bin/sh");
        else if (shell is null && !Path.IsPathFullyQualified(command[0]))
            fields.Wrong("command", $"a list that begins with the whole path of a program, such as {Sample}");
        return check with { Command = shell is null ? command : ["/bin/sh", "-c", shell] };
    }

    private static CheckDefinition WithTtl(CheckDefinition check, DefinitionFields fields)
    {
        var ttl = fields.Time("ttl", TimeSpan.FromSeconds(1), Longest);
        if (ttl is null && !fields.Has("ttl"))
            fields.Wrong("ttl", "the time within which the service reports again, such as \"30s\"");
        var good = ttl ?? TimeSpan.FromSeconds(30);
        // A report counts at once, and so does its absence: the time itself is the patience.
        var look = TimeSpan.FromMilliseconds(Math.Clamp(good.TotalMilliseconds / 10, 100, 1_000));
        return check with { Ttl = good, Interval = look, Jitter = 0, HealthyAfter = 1, UnhealthyAfter = 1 };
    }

    private CheckDefinition WithTarget(CheckDefinition check, DefinitionFields fields)
    {
        if (check.Kind == CheckKind.Process && service.Pid is null && service.PidFile is null)
            fields.Wrong("type", "process only where the definition has a pid or a pidFile");
        if (check.Kind == CheckKind.Unit && service.Unit is null)
            fields.Wrong("type", "unit only where the definition has a unit");
        return check;
    }
}
