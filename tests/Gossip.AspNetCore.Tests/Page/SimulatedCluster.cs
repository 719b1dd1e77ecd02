using System.Text.Json.Nodes;

namespace Gossip.AspNetCore.Tests.Page;

/// <summary>
/// A cluster as a node's endpoint tells of it, made up from a seed: members join, are suspected, refute, die and come back, services call
/// each other, and two instances are worse than their siblings. All that follows from the number of members, the seed and the steps.
/// </summary>
internal sealed class SimulatedCluster
{
    private static readonly (string Name, string[] Calls)[] Kinds =
    [
        ("web", ["orders", "catalog", "users"]), ("orders", ["payments", "stock", "mail"]), ("payments", ["ledger", "fraud"]),
        ("catalog", ["search", "images"]), ("stock", ["ledger"]), ("users", ["sessions"]), ("search", []), ("mail", []), ("ledger", []),
        ("fraud", ["sessions"]), ("images", []), ("sessions", []),
    ];

    private static readonly string[] SmallKinds = ["orders", "payments", "payments"];

    private readonly Random _random;
    private readonly List<SimulatedMember> _members = [];
    private readonly List<JsonObject> _events = [];
    private readonly Dictionary<string, List<double?>> _series = [];
    private readonly string[] _zones;
    private long _sequence;
    private int _steps;

    /// <param name="members">How many there are.</param>
    /// <param name="zones">In how many zones.</param>
    /// <param name="seed">What decides the rest.</param>
    /// <param name="start">When the node started that tells.</param>
    /// <param name="lastName">The name of the last member, where it is not one of the usual ones.</param>
    public SimulatedCluster(int members, int zones, int seed, DateTimeOffset start, string? lastName = null)
    {
        _random = new Random(seed);
        _zones = [.. Enumerable.Range(0, zones).Select(zone => $"eu-central-1{(char)('a' + zone)}")];
        Now = Start = start;
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < members; i++)
        {
            var kind = members <= SmallKinds.Length ? SmallKinds[i] : Kinds[i % Kinds.Length].Name;
            counts[kind] = counts.GetValueOrDefault(kind) + 1;
            var name = i == members - 1 && lastName is not null ? lastName : $"{kind}-{counts[kind]}";
            _members.Add(new SimulatedMember(_random, name, kind, i, _zones[i / 2 % zones], start));
        }
    }

    public DateTimeOffset Start { get; }

    public DateTimeOffset Now { get; private set; }

    public long Revision { get; private set; } = 1;

    public IReadOnlyList<SimulatedMember> Members => _members;

    /// <summary>The services of the cluster, as <c>"calls"</c> knows them.</summary>
    private IEnumerable<string> Services => _members.Select(member => member.Service).Distinct();

    /// <summary>Time goes on, and with it what the members do. What happened is returned, the oldest first.</summary>
    public IReadOnlyList<JsonObject> Step(TimeSpan time)
    {
        Now += time;
        Revision++;
        _steps++;
        var before = _events.Count;
        foreach (var member in _members)
            member.Drift(_random);
        foreach (var member in _members.Skip(1).ToList())
            Live(member);
        Sample();
        return _events[before..];
    }

    /// <summary>Time goes on, and nothing happens but what is measured.</summary>
    public void Sample(TimeSpan time)
    {
        Now += time;
        _steps++;
        Sample();
    }

    /// <summary>Suspects a member, as the others do when it falls silent.</summary>
    public JsonObject Suspect(SimulatedMember member)
    {
        Revision++;
        member.Become("suspect", Now);
        return Add("memberSuspected", member, $"{member.Name} is suspect: {Accusers(member)[0].Name} heard nothing from it, and neither did the relays that it asked.", Testimonies(member, 1));
    }

    public JsonObject Kill(SimulatedMember member)
    {
        Revision++;
        var accusers = Accusers(member);
        member.Become("dead", Now);
        return Add("memberDied", member, $"{member.Name} is dead since {Now:HH:mm:ss}: {accusers[0].Name} and {accusers[1].Name} heard nothing by any path for 1.4 s; nobody refuted.", Testimonies(member, 2));
    }

    public JsonObject Page() => new()
    {
        ["schema"] = 1,
        ["now"] = Now,
        ["node"] = Node(),
        ["convergence"] = new JsonObject
        {
            ["version"] = 17 + (_steps / 40), ["holders"] = Math.Max(0, _members.Count - 1 - (_steps % 7 == 0 ? 3 : 0)), ["peers"] = _members.Count - 1,
        },
        ["members"] = MembersToJson(),
        ["services"] = ServicesToJson(),
        ["events"] = Array(_events.TakeLast(512).Reverse().Select(one => one.DeepClone())),
        ["versions"] = new JsonObject { ["library"] = "0.1.0", ["protocol"] = 1, ["format"] = 2 },
        ["counters"] = new JsonObject(),
    };

    /// <summary>Only the members or only the services.</summary>
    public JsonObject Part(string name) => new()
    {
        ["schema"] = 1, ["revision"] = Revision, ["now"] = Now, [name] = name == "members" ? MembersToJson() : ServicesToJson(),
    };

    public JsonObject Series()
    {
        var points = _series.Count == 0 ? 0 : _series.Values.First().Count;
        var lists = new JsonObject();
        foreach (var (name, values) in _series)
            lists[name] = Array(values.Select(value => (JsonNode?)value));
        return new()
        {
            ["schema"] = 1, ["now"] = Now, ["stepSeconds"] = 5, ["from"] = Now.AddSeconds(-5 * points), ["points"] = points, ["series"] = lists,
        };
    }

    public JsonObject Analytics(string scope)
    {
        var worst = new List<string>();
        var services = Services.Where(service => CallsTo(service) > 0).Select(service =>
        {
            var instances = Hosts(service).Where(one => one.State != "dead").Select(member => member.AnalyticsToJson(Rate(scope) * 60, worst)).ToList();
            var calls = instances.Sum(one => (int)one["calls"]!);
            var failures = instances.Sum(one => (int)one["failures"]!);
            return (JsonNode)new JsonObject
            {
                ["name"] = service, ["calls"] = calls, ["failures"] = failures, ["callsPerSecond"] = calls / 60.0,
                ["failureRate"] = calls == 0 ? null : (double)failures / calls, ["p50Ms"] = Median(instances, "p50Ms"), ["p90Ms"] = Median(instances, "p90Ms"),
                ["p99Ms"] = instances.Max(one => (double)one["p99Ms"]!), ["inFlight"] = instances.Sum(one => (int)one["inFlight"]!), ["instances"] = Array(instances),
            };
        }).ToList();
        return new()
        {
            ["schema"] = 1, ["now"] = Now, ["windowSeconds"] = 60, ["scope"] = scope, ["asked"] = scope == "node" ? 1 : _members.Count,
            ["answered"] = scope == "node" ? 1 : _members.Count(member => member.State == "alive"), ["services"] = Array(services),
            ["outliers"] = Array(worst.Select(one => (JsonNode)one)),
        };
    }

    public JsonObject Graph(string scope) => new()
    {
        ["schema"] = 1,
        ["services"] = Array(Services.Append("tax").Where(service => service != "tax" || _members.Count > 3).Select(service => new JsonObject
        {
            ["name"] = service, ["instances"] = Hosts(service).Count(), ["ready"] = Hosts(service).Count(one => one.State == "alive"),
            ["dependsOn"] = Array(CallsOf(service).Select(one => (JsonNode)one)), ["dependents"] = new JsonArray(),
        })),
        ["missing"] = _members.Count > 3 ? new JsonArray(new JsonObject { ["name"] = "tax", ["neededBy"] = new JsonArray("orders") }) : [],
        ["cycles"] = new JsonArray(),
        ["edges"] = Array(Services.SelectMany(from => CallsOf(from).Where(to => to != "tax").Select(to => new JsonObject
        {
            ["from"] = from, ["to"] = to, ["callsPerSecond"] = Rate(scope) * CallsTo(to) * 1.3, ["failuresPerSecond"] = to == "stock" ? 0.04 * Rate(scope) : 0,
            ["p50Ms"] = 4.2, ["p99Ms"] = to == "payments" ? 812 : 96, ["callers"] = Hosts(from).Count(),
        }))),
    };

    public JsonObject Doctor()
    {
        var findings = new JsonArray();
        if (_members.Count > 3)
        {
            findings.Add(Finding("warning", "noUdp", $"No datagram passes between this node and {_members[5].Name} ({_members[5].Address}): it is reached by streams alone.", "sudo ufw allow 7390/udp"));
            findings.Add(Finding("note", "strangers", "10.0.4.77 sends packets of another cluster: 'staging'.", "Give both clusters keys of their own (openssl rand -base64 32), as Gossip:Key."));
        }

        return new()
        {
            ["schema"] = 1, ["well"] = findings.Count == 0, ["findings"] = findings, ["runtimeEnvironment"] = "kubernetes",
            ["address"] = new JsonObject { ["advertised"] = _members[0].Address, ["because"] = "it is the address of the pod", ["listensAt"] = "0.0.0.0:7390", ["seenAs"] = new JsonArray() },
            ["sources"] = new JsonArray(new JsonObject { ["name"] = "seeds", ["askedAt"] = Now.AddSeconds(-3), ["foundAt"] = Now.AddSeconds(-3), ["found"] = new JsonArray("10.0.0.1:7390", "10.0.0.2:7390"), ["unusable"] = 0, ["problem"] = null }),
            ["mdnsInterfaces"] = null, ["unreadablePackets"] = new JsonArray(), ["noUdpWith"] = new JsonArray(),
        };
    }

    public JsonObject? Why(string name)
    {
        var member = _members.Find(one => one.Name == name || one.Id == name);
        if (member is null)
            return null;
        var events = _events.Where(one => (string)one["member"]! == member.Name).ToList();
        return new()
        {
            ["schema"] = 1, ["member"] = member.Name, ["state"] = member.State, ["sentence"] = events.Count == 0 ? $"{member.Name} is alive: nobody has said anything against it." : (string)events[^1]["sentence"]!,
            ["events"] = Array(events.Select(one => one.DeepClone())), ["others"] = new JsonArray(),
        };
    }

    public JsonObject WhyService(string service) => new()
    {
        ["schema"] = 1, ["service"] = service, ["now"] = Now, ["sentence"] = $"{Hosts(service).Count(one => one.State == "alive")} of {Hosts(service).Count()} instances take calls.",
        ["instances"] = Array(Hosts(service).Select(member => member.RuleToJson(Hosts(service).Count(one => one.State == "alive")))),
    };

    public JsonObject Timeline() => new()
    {
        ["schema"] = 1, ["now"] = Now, ["asked"] = _members.Count, ["answered"] = Array(_members.Where(one => one.State == "alive").Select(one => (JsonNode)one.Name)),
        ["missing"] = Array(_members.Where(one => one.State != "alive").Select(one => (JsonNode)one.Name)),
        ["events"] = Array(_events.TakeLast(400).Select(one => new JsonObject
        {
            ["sentence"] = (string?)one["sentence"], ["what"] = (string?)one["what"], ["member"] = (string?)one["member"], ["incarnation"] = (ulong)one["incarnation"]!,
            ["because"] = one["because"]?.DeepClone(), ["seenBy"] = Array(_members.Take(3).Select(seer => new JsonObject { ["node"] = seer.Name, ["at"] = one["at"]!.DeepClone() })),
        })),
    };

    private JsonArray MembersToJson() => Array(_members.Select(member => member.ToJson(Now)));

    private JsonArray ServicesToJson() => Array(Services.Select(service => new JsonObject
    {
        ["name"] = service,
        ["instances"] = Array(Hosts(service).Select(member => member.InstanceToJson(CallsOf(service)))),
    }));

    private static JsonObject Finding(string severity, string code, string what, string remedy) =>
        new() { ["severity"] = severity, ["code"] = code, ["what"] = what, ["remedy"] = remedy };

    private static double Rate(string scope) => scope == "cluster" ? 9 : 1;

    private static JsonArray Array(IEnumerable<JsonNode?> nodes) => new([.. nodes]);

    private static double Median(IEnumerable<JsonObject> instances, string name) =>
        instances.Select(one => (double)one[name]!).Order().ElementAt(instances.Count() / 2);

    private static int CallsTo(string service) => 3 * Kinds.Count(kind => kind.Calls.Contains(service));

    private string[] CallsOf(string service) => Kinds.First(kind => kind.Name == service || service == "tax").Name is var name && service == "tax"
        ? []
        : [.. Kinds.First(kind => kind.Name == name).Calls.Where(Services.Contains), .. service == "orders" && _members.Count > 3 ? (string[])["tax"] : []];

    private IEnumerable<SimulatedMember> Hosts(string service) => _members.Where(member => member.Service == service && member.State != "left");

    private JsonObject Node() => new()
    {
        ["id"] = _members[0].Id, ["name"] = _members[0].Name, ["cluster"] = "shop", ["zone"] = _members[0].Zone, ["address"] = _members[0].Address,
        ["addressChosenBecause"] = "it is the address of the pod", ["listensAt"] = "0.0.0.0:7390", ["keyFingerprint"] = "4f1c 9a02", ["acceptedKeys"] = new JsonArray(),
        ["synchronized"] = true, ["left"] = false, ["localHealth"] = 0, ["revision"] = Revision, ["startedAt"] = Start, ["uptimeSeconds"] = (Now - Start).TotalSeconds,
    };

    /// <summary>What comes next in a member's life. At most one in eight is in trouble, as in a cluster that has a bad day.</summary>
    private void Live(SimulatedMember member)
    {
        var troubled = _members.Count(one => one.State != "alive");
        var age = Now - member.Since;
        switch (member.State)
        {
            case "alive" when troubled < Math.Max(1, _members.Count / 14) && _random.NextDouble() < 0.6 / _members.Count:
                Suspect(member);
                break;
            case "suspect" when age > TimeSpan.FromSeconds(4) && member.IsDoomed:
                Kill(member);
                break;
            case "suspect" when age > TimeSpan.FromSeconds(3) && !member.IsDoomed:
                member.Refute(Now);
                Add("memberRefuted", member, $"{member.Name} refuted: it answers, and raised its incarnation to {member.Incarnation}.", null);
                break;
            case "dead" when age > TimeSpan.FromSeconds(70):
                member.Restart(_random, Now);
                Add("memberJoined", member, $"{member.Name} joined with incarnation {member.Incarnation}.", null);
                break;
        }
    }

    private SimulatedMember[] Accusers(SimulatedMember member) => [_members[0], _members[(member.Index + 7) % _members.Count]];

    private JsonArray Testimonies(SimulatedMember member, int words) => Array(Accusers(member).Take(words).Select(accuser => new JsonObject
    {
        ["accuser"] = accuser.Name, ["evidence"] = "relayedSilence", ["accuserLocalHealth"] = 0, ["accuserRoundTripMs"] = Math.Round(accuser.RoundTrip, 2),
    }));

    private JsonObject Add(string what, SimulatedMember member, string sentence, JsonArray? because)
    {
        var happened = new JsonObject
        {
            ["at"] = Now, ["what"] = what, ["member"] = member.Name, ["address"] = member.Address, ["incarnation"] = member.Incarnation, ["because"] = because,
            ["sentence"] = sentence, ["sequence"] = ++_sequence,
        };
        _events.Add(happened);
        return happened;
    }

    private void Sample()
    {
        var wave = Math.Sin(_steps / 9.0);
        Add("packetsIn", (_members.Count * 2.1) + (8 * wave) + (_random.NextDouble() * 6));
        Add("packetsOut", (_members.Count * 2.0) + (8 * wave) + (_random.NextDouble() * 6));
        Add("bytesIn", (_members.Count * 410) + (900 * wave) + (_random.NextDouble() * 700));
        Add("bytesOut", (_members.Count * 395) + (900 * wave) + (_random.NextDouble() * 700));
        Add("drops", _steps % 31 == 0 ? 0.4 : 0);
        Add("probes", 1.4);
        Add("probesFailed", _members.Count(member => member.State == "suspect") * 0.2);
        Add("roundTripMs", _steps is > 40 and < 44 ? null : 0.6 + (_random.NextDouble() * 0.5) + (_steps % 47 == 0 ? 4 : 0));
        Add("loopTurnMs", 0.3 + (_random.NextDouble() * 1.2) + (_steps % 61 == 0 ? 9 : 0));
        Add("localHealth", _steps % 97 < 4 ? 1 : 0);
        Add("membersAlive", _members.Count(member => member.State == "alive"));
        Add("membersSuspect", _members.Count(member => member.State == "suspect"));
        Add("rumors", _random.Next(0, 6));
        Add("calls", 96 + (22 * wave) + (_random.NextDouble() * 9));
        Add("callFailures", _random.NextDouble() * 1.4);

        void Add(string name, double? value)
        {
            if (!_series.TryGetValue(name, out var list))
                _series[name] = list = [];
            list.Add(value is null ? null : Math.Round(value.Value, 3));
            if (list.Count > 180)
                list.RemoveAt(0);
        }
    }
}
