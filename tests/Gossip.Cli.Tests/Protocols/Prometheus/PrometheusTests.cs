using System.Text.Json;

namespace Gossip.Cli.Tests.Protocols.Prometheus;

/// <summary>A real Prometheus, which finds by http_sd and by eureka_sd what the cluster has.</summary>
public sealed class PrometheusTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [PeerFact("prometheus", "promtool")]
    public async Task Prometheus_finds_all_instances_by_both_and_their_end()
    {
        await using var cluster = new TestCluster();
        await using var node = await cluster.StartOneAsync("shop-1");
        await using var agent = await FacadeAgent.StartAsync(_folder, node);
        await using var shop = await node.Registrar.RegisterAsync(TestCluster.Payments() with { Service = "shop", Metadata = new Dictionary<string, string> { ["load/cpu"] = "1" } });
        await agent.RegisterAsync("orders", "orders:1", 8081, metadata: """{ "version": "1.2.3", "a b": "<" }""");
        await agent.RegisterAsync("orders", "orders:2", 8082);
        await node.SeesAsync(seen => seen.GetInstances("orders").Count == 2, "both orders");
        await agent.SendAsync("PUT", "/eureka/apps/ORDERS/orders:2/status?value=OUT_OF_SERVICE");
        var port = TestPorts.Free();
        var config = _folder.Write("prometheus.yml", $$"""
            global: { scrape_interval: 1h }
            scrape_configs:
              - job_name: http
                http_sd_configs: [ { url: "{{agent.Prometheus}}v1/targets", refresh_interval: 1s } ]
                relabel_configs:
                  - { source_labels: [__meta_gossip_service], target_label: service }
                  - { source_labels: [__meta_gossip_state], target_label: state }
                  - { source_labels: [__meta_gossip_metadata_load_cpu], target_label: load }
              - job_name: eureka
                eureka_sd_configs: [ { server: "{{agent.Eureka}}eureka", refresh_interval: 1s } ]
                relabel_configs:
                  - { source_labels: [__meta_eureka_app_name], target_label: service }
                  - { source_labels: [__meta_eureka_app_instance_status], target_label: state }
                  - { source_labels: [__meta_eureka_app_instance_metadata_load_cpu], target_label: load }
            """);
        Assert.Contains("is valid", await ChildProcess.RunAsync("promtool", "check", "config", config), StringComparison.Ordinal);
        await using var prometheus = ChildProcess.Start(
            "/bin/sh", "-c", "exec \"$@\" 2>&1", "sh", "prometheus", $"--config.file={config}", $"--storage.tsdb.path={_folder["data"]}", $"--web.listen-address=127.0.0.1:{port}");
        await prometheus.LineAsync(line => line.Contains("Server is ready", StringComparison.Ordinal));
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        // eureka_sd names the instance by its id.
        await SeesAsync(
            "eureka ORDERS orders:1 UP ", "eureka ORDERS orders:2 OUT_OF_SERVICE ", "eureka SHOP shop-1:p1 UP 1",
            "http orders 127.0.0.1:8081 ready ", "http orders 127.0.0.1:8082 draining ", "http shop 127.0.0.1:5001 ready 1");
        await agent.SendAsync("DELETE", "/eureka/apps/ORDERS/orders:1");
        await SeesAsync(
            "eureka ORDERS orders:2 OUT_OF_SERVICE ", "eureka SHOP shop-1:p1 UP 1", "http orders 127.0.0.1:8082 draining ", "http shop 127.0.0.1:5001 ready 1");

        async Task SeesAsync(params string[] expected)
        {
            string[] last = [];
            await Eventually.HoldsAsync(async () => (last = await TargetsAsync()).SequenceEqual(expected), string.Join(", ", expected));
        }

        async Task<string[]> TargetsAsync()
        {
            var targets = JsonElement.Parse(await http.GetStringAsync("/api/v1/targets?state=active")).GetProperty("data").GetProperty("activeTargets");
            return [.. targets.EnumerateArray().Select(target => target.GetProperty("labels")).Select(labels => string.Join(' ', Of(labels, "job"), Of(labels, "service"), Of(labels, "instance"), Of(labels, "state"), Of(labels, "load"))).Order(StringComparer.Ordinal)];
        }

        static string Of(JsonElement labels, string name) => labels.TryGetProperty(name, out var value) ? value.GetString()! : "";
    }
}
