using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;

namespace Gossip.AspNetCore.Tests;

/// <summary>What a real exporter of OpenTelemetry serves to Prometheus, and what deploy/ makes of it.</summary>
public sealed partial class PrometheusTests
{
    private static readonly string Root = FindRoot();
    private static readonly string Alerts = Path.Combine(Root, "deploy/prometheus/alerts.yml");

    [Fact]
    public async Task A_scrape_has_the_series_and_labels_that_the_alerts_and_the_dashboard_ask_for()
    {
        await using var payments = await TestApp.StartAsync("payments");
        await using var orders = await TestApp.StartAsync(
            "orders", payments,
            build: builder =>
            {
                builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter("Gossip").AddPrometheusExporter());
                builder.Services.AddHttpClient("named").AddGossipDiscovery();
            },
            map: app => app.MapPrometheusScrapingEndpoint());
        await orders.SeesAsync("payments", one => one.State == ServiceState.Ready);
        using var named = orders.App.Services.GetRequiredService<IHttpClientFactory>().CreateClient("named");
        using (await named.GetAsync("http://payments/", Eventually.Patience()))
        {
        }

        using var http = new HttpClient { BaseAddress = orders.Discovery.GetInstances("orders")[0].Uri };
        var scrape = "";
        await Eventually.HoldsAsync(
            async () => (scrape = await http.GetStringAsync("/metrics"))
                .Contains("gossip_probe_duration_seconds_count", StringComparison.Ordinal)
                && scrape.Contains("gossip_member_joins_total", StringComparison.Ordinal),
            "the instruments are collected");

        var asked = await File.ReadAllTextAsync(Alerts) + await File.ReadAllTextAsync(Path.Combine(Root, "deploy/grafana/gossip.json"));
        // Nothing is retried or ejected here, nobody has drained, and only a gateway has its own: Gossip.House holds those to their names.
        string[] unused = ["gossip_call_retries_total", "gossip_call_ejections_total", "gossip_proof_duration_seconds_bucket", "gossip_service_state", "gossip_route_verdict"];
        string[] missing = [.. Series().Matches(asked).Select(match => match.Value).Distinct().Except(unused)
            .Where(name => !name.StartsWith("gossip_gateway_", StringComparison.Ordinal))
            .Where(name => !Regex.IsMatch(scrape, $@"^{name}{{|[{{,]{name}=", RegexOptions.Multiline))];
        Assert.True(missing.Length == 0, $"{string.Join(", ", missing)} in{Environment.NewLine}{scrape}");
        Assert.Contains(scrape.Split('\n'), line => line.StartsWith("gossip_members{", StringComparison.Ordinal)
            && line.Contains("otel_scope_gossip_cluster=\"test-", StringComparison.Ordinal)
            && line.Contains("gossip_member_state=\"alive\"", StringComparison.Ordinal) && line.Contains("} 2", StringComparison.Ordinal));
        Assert.Contains(scrape.Split('\n'), line => line.StartsWith("gossip_call_duration_seconds_count{", StringComparison.Ordinal)
            && line.Contains("gossip_call_outcome=\"answered\"", StringComparison.Ordinal)
            && line.Contains("peer_service=\"payments\"", StringComparison.Ordinal));
    }

    [PeerFact("promtool")]
    public async Task Prometheus_reads_the_alerts() =>
        Assert.Contains("SUCCESS: 10 rules found", await ChildProcess.RunAsync("promtool", "check", "rules", Alerts));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Gossip.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex(@"(?<!\w)(otel_scope_)?gossip_[a-z_]+")]
    private static partial Regex Series();
}
