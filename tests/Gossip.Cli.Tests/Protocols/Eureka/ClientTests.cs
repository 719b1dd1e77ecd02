using System.Net;
using System.Text.Json;

namespace Gossip.Cli.Tests.Protocols.Eureka;

/// <summary>Clients of Eureka over the whole life of an instance. They know nothing of Gossip.</summary>
public sealed class ClientTests : IDisposable
{
    private const string Node = """
        const assert = require('assert');
        const { Eureka } = require('eureka-js-client');
        const [here, there] = process.argv.slice(2).map(text => new URL(text));
        const quiet = { debug() {}, info() {}, warn() {}, error() {} };
        const make = (id, port, url, more) => new Eureka({
          logger: quiet, shouldUseDelta: false,
          eureka: { host: url.hostname, port: Number(url.port), servicePath: '/eureka/v2/apps/', heartbeatInterval: 100, registryFetchInterval: 50, maxRetries: 1, requestRetryDelay: 10, filterUpInstances: false, ...more },
          instance: { app: 'orders', instanceId: id, hostName: '127.0.0.1', ipAddr: '127.0.0.1', port: { $: port, '@enabled': true }, vipAddress: 'orders', metadata: { zone: 'a' },
            leaseInfo: { durationInSecs: 1, renewalIntervalInSecs: 1 }, dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' } },
        });
        const start = client => new Promise((done, failed) => client.start(error => error ? failed(error) : done()));
        const stop = client => new Promise((done, failed) => client.stop(error => error ? failed(error) : done()));
        const ids = client => client.getInstancesByAppId('orders').map(i => i.instanceId + ' ' + i.status).sort().join();
        const until = async (what, holds) => { for (let i = 0; i < 6000; i++) { if (await holds()) return; await new Promise(r => setTimeout(r, 10)); } throw new Error('not seen: ' + what); };
        const ask = async (method, path, url = here) => (await fetch(url.origin + '/eureka/v2/apps/' + path, { method })).status;

        (async () => {
          const first = make('orders:1', 8081, here), second = make('orders:2', 8082, here), reader = make('x', 1, there, { registerWithEureka: false });
          await start(first);
          assert.equal(ids(first), 'orders:1 UP');
          assert.equal(first.getInstancesByVipAddress('orders')[0].port.$, 8081);
          await start(second);
          await start(reader);
          await until('both, everywhere', () => [first, second, reader].every(one => ids(one) === 'orders:1 UP,orders:2 UP'));

          // For longer than their leases, they are renewed.
          let beats = 0;
          first.on('heartbeat', () => beats++);
          await until('many renewals', () => beats > 20);
          assert.equal(ids(first), 'orders:1 UP,orders:2 UP');

          assert.equal(await ask('PUT', 'ORDERS/orders:2/status?value=OUT_OF_SERVICE'), 200);
          await until('that the second is out', () => ids(first) === 'orders:1 UP,orders:2 OUT_OF_SERVICE' && ids(reader) === ids(first));
          assert.equal(await ask('DELETE', 'ORDERS/orders:2/status?value=UP'), 200);
          await until('that it is back', () => ids(reader) === 'orders:1 UP,orders:2 UP');
          assert.equal(await ask('PUT', 'ORDERS/orders:1/metadata?color=green'), 200);
          await until('its color', () => reader.getInstancesByAppId('orders').find(i => i.instanceId === 'orders:1').metadata.color === 'green');

          // It is not known any more, and its next renewal registers it.
          const again = new Promise(done => first.on('registered', done));
          assert.equal(await ask('DELETE', 'ORDERS/orders:1'), 200);
          await again;
          await until('that it is back', () => ids(reader) === 'orders:1 UP,orders:2 UP');

          await stop(second);
          await until('that the second has gone', () => ids(reader) === 'orders:1 UP');

          // One that is killed renews no more.
          clearInterval(first.heartbeat);
          await until('that the first is missed', () => ids(reader) === '');
          assert.equal(await ask('PUT', 'ORDERS/orders:1'), 404);

          const moved = make('orders:1', 8081, there);
          await start(moved);
          await until('that it is back', () => ids(reader) === 'orders:1 UP' && ids(first) === 'orders:1 UP');
          await stop(moved);
          await until('that it is gone', () => ids(reader) === '');
          console.log('done');
          process.exit(0);
        })().catch(error => { console.log('failed: ' + error.stack.replaceAll('\n', ' ')); process.exit(1); });
        """;

    private const string Moving = """
        const { Eureka } = require('eureka-js-client');
        const client = new Eureka({
          logger: { debug() {}, info() {}, warn() {}, error() {} },
          eureka: { serviceUrls: { default: process.argv.slice(2).map(url => url + 'eureka/apps/') }, heartbeatInterval: 100, fetchRegistry: false, maxRetries: 3, requestRetryDelay: 10 },
          instance: { app: 'orders', instanceId: 'orders:1', hostName: '127.0.0.1', ipAddr: '127.0.0.1', port: { $: 8081, '@enabled': 'true' }, vipAddress: 'orders',
            leaseInfo: { durationInSecs: 2 }, dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' } },
        });
        client.on('registered', () => console.log('registered'));
        client.start(error => error && console.log('failed: ' + error));
        """;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [PeerFact("node", "npm-eureka-js-client")]
    public async Task The_client_of_npm_lives_a_whole_life_with_it()
    {
        await using var cluster = new TestCluster();
        await using var seed = await cluster.StartOneAsync("seed");
        await using var here = await FacadeAgent.StartAsync(_folder, seed, state: "here");
        await using var there = await FacadeAgent.StartAsync(_folder, seed, state: "there");
        var modules = new Dictionary<string, string> { ["NODE_PATH"] = Environment.GetEnvironmentVariable("GOSSIP_NPM_CLIENTS")! };
        await using var client = ChildProcess.Start(modules, "node", _folder.Write("client.js", Node), here.Eureka.ToString(), there.Eureka.ToString());
        Assert.Equal("done", await client.LineAsync(_ => true));
    }

    [PeerFact("node", "npm-eureka-js-client")]
    public async Task When_its_agent_is_killed_the_client_of_npm_registers_at_another_and_when_it_is_killed_itself_it_is_missed()
    {
        await using var cluster = new TestCluster();
        await using var seed = await cluster.StartOneAsync("seed");
        await using var there = await FacadeAgent.StartAsync(_folder, seed, state: "there");
        using var folder = new TestFolder();
        await using var here = await FacadeAgent.StartProcessAsync(folder, seed, "--set", "Agent:Lease=1s");
        var modules = new Dictionary<string, string> { ["NODE_PATH"] = Environment.GetEnvironmentVariable("GOSSIP_NPM_CLIENTS")! };
        var client = ChildProcess.Start(modules, "node", _folder.Write("client.js", Moving), here.Eureka.ToString(), there.Eureka.ToString());
        await using (client)
        {
            Assert.Equal("registered", await client.LineAsync(_ => true));
            await there.SeesAsync("ORDERS/orders:1 UP");
            await here.KillAsync();
            await Eventually.HoldsAsync(async () => (await there.SendAsync("PUT", "/eureka/apps/ORDERS/orders:1")).Status == HttpStatusCode.OK, "it is registered there");
            await seed.SeesAsync(seen => seen.GetInstances("orders") is [{ IsOrphaned: false }], "that it is at the other agent alone");
        }

        await there.SeesAsync();
        await seed.SeesAsync(seen => seen.GetAllInstances("orders").Count == 0, "that it is missed");
    }

    [Theory]
    [InlineData("eureka-js-client.traffic.jsonl")]
    [InlineData("eureka-prometheus-2.42.traffic.jsonl")]
    public async Task What_clients_were_recorded_to_send_is_answered_with_the_statuses_that_they_were_given(string file)
    {
        await using var agent = await FacadeAgent.StartAsync(_folder, state: file);
        var count = 0;
        foreach (var line in await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Peers", file)))
        {
            var (request, response) = (JsonElement.Parse(line).GetProperty("request"), JsonElement.Parse(line).GetProperty("response"));
            var (method, path) = (request.GetProperty("method").GetString()!, request.GetProperty("path").GetString()!);
            var headers = request.GetProperty("headers");
            var body = request.TryGetProperty("body", out var sent) && sent.ValueKind == JsonValueKind.String ? sent.GetString() : null;
            // The one that a person wrote for the recording left out what a real Eureka asks for.
            var isBare = body is { Length: > 0 } && !body.Contains("dataCenterInfo", StringComparison.Ordinal);
            if (isBare)
                Assert.Equal(HttpStatusCode.BadRequest, (await agent.SendAsync(method, path, body)).Status);
            if (isBare)
                body = body!.Replace("\"vipAddress\"", "\"dataCenterInfo\":{\"name\":\"MyOwn\"},\"vipAddress\"");
            var accept = headers.TryGetProperty("accept", out var told) ? told.GetString() : null;
            var (status, text) = await agent.SendAsync(method, path, body is { Length: > 0 } ? body : null, accept: accept);
            Assert.True((int)status == response.GetProperty("status").GetInt32(), $"{method} {path}: {status} {text}");
            Assert.Equal(method == "GET" && status == HttpStatusCode.OK && accept?.Contains("json", StringComparison.Ordinal) != true, text.StartsWith("<applications>", StringComparison.Ordinal));
            count++;
        }

        Assert.True(count > 4, $"{count} exchanges");
    }
}
