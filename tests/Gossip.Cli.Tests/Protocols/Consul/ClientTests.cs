namespace Gossip.Cli.Tests.Protocols.Consul;

/// <summary>
/// Clients of others over the whole life of a service: it is registered, renewed, asked for, watched, drained, deregistered and killed. They
/// know nothing of Gossip.
/// </summary>
public sealed class ClientTests : IDisposable
{
    private const string Node = """
        const assert = require('assert');
        const Consul = require('consul');
        const url = new URL(process.argv[2]);
        const consul = new Consul({ host: url.hostname, port: Number(url.port) });
        const ids = async (name, more) => (await consul.health.service({ service: name, ...more })).map(i => i.Service.ID).sort();
        const until = async (what, holds) => { for (let i = 0; i < 6000; i++) { if (await holds()) return; await new Promise(r => setTimeout(r, 10)); } throw new Error('not seen: ' + what); };

        (async () => {
          assert.ok(await consul.status.leader());
          assert.equal((await consul.agent.self()).Config.Datacenter, 'dc1');
          assert.deepEqual(await consul.catalog.datacenters(), ['dc1']);
          assert.ok((await consul.catalog.node.list()).length >= 1);

          await consul.agent.service.register({ name: 'shop', id: 'shop-1', address: '127.0.0.1', port: 8081, tags: ['v1', 'a'], meta: { version: '1.2.3' }, check: { ttl: '1s', notes: 'n' } });
          assert.deepEqual(Object.keys(await consul.agent.service.list()), ['shop-1']);
          assert.equal((await consul.agent.check.list())['service:shop-1'].Status, 'critical');
          assert.deepEqual(await ids('shop', { passing: true }), []);

          await consul.agent.check.pass({ id: 'service:shop-1', note: 'fine' });
          assert.deepEqual(await ids('shop', { passing: true }), ['shop-1']);
          assert.deepEqual(await ids('shop', { tag: 'v1', near: '_agent' }), ['shop-1']);
          assert.deepEqual(await ids('shop', { filter: 'Service.Meta.version == "1.2.3"' }), ['shop-1']);
          assert.deepEqual(await ids('shop', { filter: 'Service.Port == 1' }), []);
          await assert.rejects(ids('shop', { filter: 'Nope == 1' }), /Selector "Nope" is not valid/);
          assert.deepEqual(await consul.catalog.service.list(), { shop: ['v1', 'a'] });
          assert.equal((await consul.catalog.service.nodes('shop'))[0].ServicePort, 8081);

          // Nobody renews it, and it lapses; a watch sees both.
          const seen = [];
          const watch = consul.watch({ method: consul.health.service, options: { service: 'shop', passing: true, wait: '10m' }, backoffFactor: 10 });
          watch.on('change', list => seen.push(list.map(i => i.Service.ID).sort().join()));
          watch.on('error', error => seen.push('error ' + error));
          await until('its lapse', () => seen.at(-1) === '' && seen.length > 1);
          await consul.agent.check.warn('service:shop-1');
          await consul.agent.check.fail('service:shop-1');
          await consul.agent.check.pass('service:shop-1');
          await until('that it is back', () => seen.at(-1) === 'shop-1');
          const beat = setInterval(() => consul.agent.check.pass('service:shop-1').catch(() => {}), 200);

          await consul.agent.service.register({ name: 'shop', id: 'shop-2', port: 8082 });
          await until('the second', () => seen.at(-1) === 'shop-1,shop-2');
          await consul.agent.service.maintenance({ id: 'shop-2', enable: true, reason: 'test' });
          await until('its drain', () => seen.at(-1) === 'shop-1');
          await consul.agent.service.maintenance({ id: 'shop-2', enable: false });
          await until('its end', () => seen.at(-1) === 'shop-1,shop-2');
          await consul.agent.service.deregister('shop-2');
          await until('that it is gone', () => seen.at(-1) === 'shop-1');
          assert.ok(!seen.some(one => one.startsWith('error')), seen.join(' | '));

          // A process that is killed does not renew: its checks find it.
          const server = require('http').createServer((request, response) => response.end('ok')).listen(0, '127.0.0.1');
          await new Promise(done => server.on('listening', done));
          const place = '127.0.0.1:' + server.address().port;
          await consul.agent.service.register({ name: 'web', id: 'web-1', port: server.address().port, checks: [{ http: 'http://' + place + '/', interval: '100ms', timeout: '1s' }, { tcp: place, interval: '100ms' }] });
          await until('web', async () => (await ids('web', { passing: true })).join() === 'web-1');
          server.closeAllConnections();
          server.close();
          await until('its death', async () => (await ids('web', { passing: true })).length === 0);

          await assert.rejects(consul.kv.set('a', 'b'), /not implemented/);
          await assert.rejects(consul.session.create({ name: 'x' }), /not implemented/);
          watch.end();
          clearInterval(beat);
          await consul.agent.service.deregister('shop-1');
          await consul.agent.service.deregister('web-1');
          assert.deepEqual(await consul.agent.service.list(), {});
          console.log('done');
          process.exit(0);
        })().catch(error => { console.log('failed: ' + error.stack); process.exit(1); });
        """;

    private const string Python = """
        import sys, consul
        c = consul.Consul(host='127.0.0.1', port=int(sys.argv[1]))
        def ids(*a, **k): return sorted(i['Service']['ID'] for i in c.health.service(*a, **k)[1])
        assert c.status.leader() and c.status.peers() and c.agent.self()['Config']['Datacenter'] == 'dc1'
        assert c.agent.members() and c.catalog.datacenters() == ['dc1'] and c.catalog.nodes()[1]
        assert c.agent.service.register('jobs', service_id='jobs-1', address='127.0.0.1', port=9001, tags=['a'], check={'ttl': '1h'})
        assert c.agent.services()['jobs-1']['Port'] == 9001 and c.agent.checks()['service:jobs-1']['Status'] == 'critical'
        # Its five writes go by GET, and a real Consul refuses them too.
        assert not c.agent.check.ttl_pass('service:jobs-1', 'by GET') and not c.agent.service.deregister('jobs-1')
        assert ids('jobs', passing=True) == [] and ids('jobs') == ['jobs-1']
        assert c.agent.service.register('jobs', service_id='jobs-2', port=9002)
        assert ids('jobs', passing=True) == ['jobs-2'] and ids('jobs', tag='a') == ['jobs-1'] and ids('jobs', near='_agent') == ['jobs-1', 'jobs-2']
        index = c.health.service('jobs')[0]
        assert int(c.health.service('jobs', index=index, wait='50ms')[0]) == int(index)
        assert c.catalog.services()[1] == {'jobs': ['a']} and len(c.catalog.service('jobs')[1]) == 2
        assert len(c.health.checks('jobs')[1]) == 1 and c.health.state('critical')[1] and c.health.node(c.catalog.nodes()[1][0]['Node'])[1]
        assert c.agent.service.maintenance('jobs-2', True, 'why') and ids('jobs', passing=True) == []
        assert c.agent.service.maintenance('jobs-2', False) and ids('jobs', passing=True) == ['jobs-2']
        assert c.catalog.register('py-ext', '10.9.9.9', service={'Service': 'ext', 'ID': 'ext-1', 'Port': 1}) and c.catalog.service('ext')[1][0]['Address'] == '10.9.9.9'
        assert c.catalog.deregister('py-ext') and c.catalog.service('ext')[1] == []
        print('done')
        """;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [PeerFact("node", "npm-consul")]
    public async Task The_client_of_npm_lives_a_whole_life_with_it()
    {
        await using var agent = await ConsulAgent.StartAsync(_folder);
        var modules = new Dictionary<string, string> { ["NODE_PATH"] = Environment.GetEnvironmentVariable("GOSSIP_NPM_CLIENTS")! };
        await using var client = ChildProcess.Start(modules, "node", _folder.Write("client.js", Node), agent.Url.ToString());
        Assert.Equal("done", await client.LineAsync(_ => true));
    }

    [PeerFact("python3-consul")]
    public async Task The_client_of_Debian_reads_and_registers_and_its_writes_by_get_are_refused()
    {
        await using var agent = await ConsulAgent.StartAsync(_folder);
        // What Debian installs is there for its own interpreter, which need not be the first on the path.
        Assert.Equal("done\n", await ChildProcess.RunAsync("/usr/bin/python3", _folder.Write("client.py", Python), agent.Url.Port.ToString()));
    }
}
