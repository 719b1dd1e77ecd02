using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Gossip.House;

/// <summary>
/// docs/METRICS.md tells of all instruments and of no other; what deploy/ draws and alerts of exists by the name that Prometheus gives it,
/// and each alert leads to its runbook.
/// </summary>
public sealed partial class InstrumentTableTests
{
    private const string Table = "docs/METRICS.md";
    private const string Alerts = "deploy/prometheus/alerts.yml";
    private const string Dashboard = "deploy/grafana/gossip.json";

    /// <summary>What Prometheus makes of units that are no annotations.</summary>
    private static readonly Dictionary<string, string> Units = new() { ["s"] = "_seconds", ["By"] = "_bytes" };

    private static readonly IReadOnlyList<Instrument> Instruments = Find();

    [Fact]
    public void The_table_of_instruments_has_all_of_them_and_no_other() => Law.Holds(
        $"{Table} and the code differ (+ is in the code, - in the table):",
        Differences(Instruments.Select(RowOf), Rows(Repository.Read(Table))));

    [Fact]
    public void Each_instrument_says_in_a_sentence_what_it_counts_and_is_named_by_the_conventions() => Law.Holds(
        "A name in lower case with dots, a unit of UCUM or an annotation, and a description that ends with a full stop:",
        from instrument in Instruments
        where !Name().IsMatch(instrument.Name) || !Unit().IsMatch(instrument.Unit ?? "") || instrument.Description?.EndsWith('.') != true
        select $"{instrument.Name} '{instrument.Unit}' {instrument.Description}");

    [Theory]
    [InlineData(Alerts)]
    [InlineData(Dashboard)]
    public void What_is_drawn_or_alerted_of_exists(string file)
    {
        var series = Instruments.SelectMany(Exposed).ToHashSet();
        var tags = Dotted().Matches(Repository.Read(Table)).Select(match => match.Value.Replace('.', '_')).ToList();
        var labels = tags.Concat(tags.Select(tag => $"otel_scope_{tag}")).ToHashSet();
        var named = Series().Matches(Repository.Read(file)).Select(match => match.Value).Distinct().ToList();
        Assert.Contains(named, series.Contains);
        Law.Holds(
            $"{file} names what no instrument and no tag is called in Prometheus:",
            named.Where(one => !series.Contains(one) && !labels.Contains(one)));
    }

    [Fact]
    public void Each_alert_leads_to_a_heading_that_is_there()
    {
        var text = Repository.Read(Alerts);
        var rules = text.Split("- alert: ").Skip(1).ToList();
        Assert.NotEmpty(rules);
        Law.Holds(
            "An alert without a runbook_url to a heading of the documentation:",
            from rule in rules
            let link = Runbook().Match(rule)
            where !link.Success || !Anchors(link.Groups[1].Value).Contains(link.Groups[2].Value)
            select rule.Split('\n')[0]);
    }

    [Theory]
    [InlineData("gossip.probe.duration", "s", "histogram", "gossip_probe_duration_seconds_bucket")]
    [InlineData("gossip.network.io", "By", "counter", "gossip_network_io_bytes_total")]
    [InlineData("gossip.load.cpu", "1", "gauge", "gossip_load_cpu")]
    [InlineData("gossip.members", "{member}", "up-down counter", "gossip_members")]
    public void An_instrument_is_known_by_the_name_that_Prometheus_gives_it(string name, string unit, string type, string expected) =>
        Assert.Contains(expected, Exposed(Assert.Single(Instruments, one => RowOf(one) == $"{name} | {type} | {unit}")));

    [Fact]
    public void A_row_that_lacks_or_is_too_much_is_seen() => Assert.Equal(
        ["+ gossip.a | counter | s", "- gossip.b | counter | s"],
        Differences(["gossip.a | counter | s"], Rows("| `gossip.b` | counter | `s` | says | do |")));

    private static IEnumerable<string> Differences(IEnumerable<string> code, IEnumerable<string> table) =>
        code.Except(table).Select(row => $"+ {row}").Concat(table.Except(code).Select(row => $"- {row}"));

    private static IEnumerable<string> Rows(string text) =>
        Row().Matches(text).Select(match => $"{match.Groups[1].Value} | {match.Groups[2].Value} | {match.Groups[3].Value}");

    private static string RowOf(Instrument instrument) => $"{instrument.Name} | {TypeOf(instrument)} | {instrument.Unit}";

    private static string TypeOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Histogram" => "histogram",
        "Counter" or "ObservableCounter" => "counter",
        "ObservableUpDownCounter" => "up-down counter",
        "ObservableGauge" => "gauge",
        var other => other,
    };

    /// <summary>The names of an instrument's series, as the exporters of OpenTelemetry write them.</summary>
    private static IEnumerable<string> Exposed(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_') + Units.GetValueOrDefault(instrument.Unit ?? "");
        return TypeOf(instrument) switch
        {
            "histogram" => [$"{name}_bucket", $"{name}_sum", $"{name}_count"],
            "counter" => [$"{name}_total"],
            _ => [name],
        };
    }

    private static IEnumerable<string> Anchors(string file) =>
        from line in Repository.Read(file).Split('\n')
        where line.StartsWith('#')
        select NotInAnchors().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    /// <summary>Those of a host that was made and not started.</summary>
    private static List<Instrument> Find()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddGossip();
        builder.Services.AddReverseProxy().LoadFromGossip();
        using var host = builder.Build();
        var factory = host.Services.GetRequiredService<IMeterFactory>();
        var found = new List<Instrument>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == "Gossip" && ReferenceEquals(instrument.Meter.Scope, factory))
                found.Add(instrument);
        };
        _ = host.Services.GetServices<IHostedService>().ToList();
        _ = host.Services.GetServices<global::Yarp.ReverseProxy.Configuration.IProxyConfigProvider>().ToList();
        listener.Start();
        return found;
    }

    [GeneratedRegex(@"^\| `(gossip[\w.]+)` \| ([a-z -]+) \| `(.+?)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^gossip(\.[a-z]+(_[a-z]+)*)+$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^(s|By|1|\{[a-z]+\})$")]
    private static partial Regex Unit();

    [GeneratedRegex(@"(?<!\w)(otel_scope_)?gossip_[a-z_]+")]
    private static partial Regex Series();

    [GeneratedRegex(@"(?<=`)gossip(\.[a-z_]+)+(?=`)")]
    private static partial Regex Dotted();

    [GeneratedRegex(@"runbook_url: (docs/[A-Z]+\.md)#([\w-]+)")]
    private static partial Regex Runbook();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();
}
