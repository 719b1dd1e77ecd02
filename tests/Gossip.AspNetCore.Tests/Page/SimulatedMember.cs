using System.Text.Json.Nodes;

namespace Gossip.AspNetCore.Tests.Page;

/// <summary>One made-up member, with the one instance of a service that it hosts.</summary>
internal sealed class SimulatedMember
{
    public SimulatedMember(Random random, string name, string service, int index, string zone, DateTimeOffset now)
    {
        (Name, Service, Index, Zone, Since) = (name, service, index, zone, now);
        Address = $"10.0.{index / 200}.{1 + (index % 200)}:7390";
        Id = random.NextInt64().ToString("x16");
        RoundTrip = 0.4 + (2 * random.NextDouble());
        Load = random.NextDouble() * 60;
    }

    public string Name { get; }

    public string Service { get; }

    public int Index { get; }

    public string Zone { get; }

    public string Address { get; }

    public string Id { get; private set; }

    public string State { get; private set; } = "alive";

    public DateTimeOffset Since { get; private set; }

    public ulong Incarnation { get; private set; } = 7;

    public double RoundTrip { get; private set; }

    public bool IsDoomed => Incarnation % 2 == 1;

    private double Load { get; set; }

    /// <summary>One instance is slow, and one fails, whatever the others do.</summary>
    private bool IsSlow => Name == "payments-2";

    private bool IsFailing => Name == "stock-1";

    public void Drift(Random random)
    {
        RoundTrip = Math.Clamp(RoundTrip + ((random.NextDouble() - 0.5) * 0.2), 0.2, 6);
        Load = Math.Clamp(Load + ((random.NextDouble() - 0.5) * 6), 1, 97);
    }

    public void Become(string state, DateTimeOffset now) => (State, Since) = (state, now);

    public void Refute(DateTimeOffset now)
    {
        Incarnation++;
        Become("alive", now);
    }

    public void Restart(Random random, DateTimeOffset now)
    {
        Id = random.NextInt64().ToString("x16");
        Refute(now);
    }

    public JsonObject ToJson(DateTimeOffset now) => new()
    {
        ["id"] = Id, ["name"] = Name, ["address"] = Address, ["zone"] = Zone, ["state"] = State, ["self"] = Index == 0, ["incarnation"] = Incarnation, ["since"] = Since,
        ["lastHeard"] = State == "alive" ? now.AddMilliseconds(-400) : Since, ["evidence"] = State is "suspect" or "dead" ? "relayedSilence" : null, ["outOfReach"] = Index == 23,
        ["recordsHeld"] = true, ["keyFingerprint"] = "4f1c 9a02", ["roundTripMs"] = Index == 0 ? null : Math.Round(RoundTrip, 2), ["load"] = LoadToJson(), ["indirect"] = Index == 5,
    };

    public JsonObject InstanceToJson(string[] needs) => new()
    {
        ["id"] = Name, ["node"] = Name, ["nodeId"] = Id, ["version"] = Index % 5 == 4 ? "2.5.0-rc.1" : "2.4.1", ["state"] = Index == 17 ? "draining" : Index == 30 ? "degraded" : "ready",
        ["outOfReach"] = State == "dead" || Index == 23, ["reason"] = Index == 30 ? "the cache is cold" : null, ["weight"] = 100, ["zone"] = Zone, ["region"] = "eu-central-1", ["environment"] = "Production",
        ["host"] = $"pod-{Index}", ["endpoints"] = new JsonArray(new JsonObject { ["name"] = "http", ["address"] = $"http://{Address.Split(':')[0]}:8080", ["protocol"] = "h2" }),
        ["dependsOn"] = new JsonArray([.. needs.Select(one => (JsonNode)one)]), ["authorizedRoles"] = new JsonArray(), ["tags"] = new JsonArray("blue"), ["metadata"] = new JsonObject(),
        ["load"] = LoadToJson(),
        ["calls"] = new JsonObject
        {
            ["inFlight"] = 1, ["calls"] = 60, ["failures"] = IsFailing ? 8 : 0, ["latencyMs"] = 5.1, ["p50Ms"] = 4.2, ["p90Ms"] = 11, ["p99Ms"] = IsSlow ? 812 : 96, ["expectedMs"] = 6,
            ["ejected"] = IsFailing, ["ejectedUntilSeconds"] = IsFailing ? 12 : null,
        },
    };

    public JsonObject AnalyticsToJson(double calls, List<string> outliers)
    {
        var made = (int)(calls * (0.9 + (Load / 400)));
        var outlier = IsSlow ? $"{Name}: p99 8 times its siblings' (812 ms against 96 ms)" : IsFailing ? $"{Name}: 13 % of its calls fail, against 0.2 % of its siblings'" : null;
        if (outlier is not null)
            outliers.Add(outlier);
        return new()
        {
            ["id"] = Name, ["node"] = Name, ["calls"] = made, ["failures"] = IsFailing ? made / 8 : 0, ["p50Ms"] = IsSlow ? 310 : 3 + (Load / 30), ["p90Ms"] = IsSlow ? 640 : 12 + (Load / 10),
            ["p99Ms"] = IsSlow ? 812 : 60 + (Load * 0.6), ["inFlight"] = (int)(Load / 20), ["load"] = LoadToJson(), ["outlier"] = outlier,
        };
    }

    public JsonObject RuleToJson(int alive)
    {
        var (isIn, rule, sentence) = State switch
        {
            "dead" => (false, "outOfReach", $"{Name} is out: its member is held dead."),
            "suspect" => (false, "suspect", $"{Name} is out: its member is suspect."),
            _ when Index == 17 => (false, "draining", $"{Name} is out: it drains."),
            _ when IsFailing => (false, "ejected", $"{Name} is out for 12 s more: 8 of its last 60 calls failed."),
            _ => (true, "chosen", $"{Name} is in: it takes {100 / Math.Max(1, alive)} % of the calls."),
        };
        return new() { ["id"] = Name, ["node"] = Name, ["in"] = isIn, ["rule"] = rule, ["sentence"] = sentence };
    }

    private JsonObject LoadToJson() => new() { ["inFlight"] = (int)(Load / 9), ["queueDelayMs"] = Math.Round(Load / 40, 2), ["cpuPercent"] = Math.Round(Load) };
}
