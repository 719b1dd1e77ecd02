namespace Gossip.Cli.Tests.Protocols.CloudMap;

/// <summary>
/// AWS's own SDK over the whole life of an instance: it is registered, discovered, reported, deregistered, and lost with its agent. It knows
/// nothing of Gossip.
/// </summary>
public sealed class ClientTests : IDisposable
{
    private const string Node = """
        const assert = require('assert');
        const aws = require('@aws-sdk/client-servicediscovery');
        const [here, there, token] = process.argv.slice(2);
        const clientOf = (endpoint, more) => new aws.ServiceDiscoveryClient({
          endpoint, region: 'local', disableHostPrefix: true, maxAttempts: 1, credentials: { accessKeyId: token, secretAccessKey: 'any' }, ...more });
        const [client, other] = [clientOf(here), clientOf(there)];
        const send = (name, input, by = client) => by.send(new aws[name + 'Command'](input));
        const discover = (more, by) => send('DiscoverInstances', { NamespaceName: 'test', ServiceName: 'web', ...more }, by);
        const ids = async (more, by) => (await discover(more, by)).Instances.map(i => i.InstanceId).sort().join();
        const until = async (what, holds) => { for (let i = 0; i < 6000; i++) { if (await holds()) return; await new Promise(r => setTimeout(r, 10)); } throw new Error('not seen: ' + what); };

        (async () => {
          const space = (await send('ListNamespaces', { Filters: [{ Name: 'TYPE', Values: ['HTTP'], Condition: 'EQ' }] })).Namespaces[0];
          assert.equal(space.Properties.HttpProperties.HttpName, 'test');
          await assert.rejects(discover(), aws.ServiceNotFound);
          const service = (await send('CreateService', { Name: 'web', NamespaceId: space.Id, HealthCheckCustomConfig: { FailureThreshold: 1 } })).Service;
          assert.ok(service.CreateDate instanceof Date && Math.abs(service.CreateDate - Date.now()) < 60 * 60 * 1000);
          await assert.rejects(send('CreateService', { Name: 'web', CreatorRequestId: 'x' }), error => error instanceof aws.ServiceAlreadyExists && error.ServiceId === service.Id);
          assert.deepEqual((await discover()).Instances, []);
          const listed = [];
          for await (const page of aws.paginateListServices({ client, pageSize: 1 }, {})) listed.push(...page.Services.map(s => s.Name));
          assert.deepEqual(listed, ['web']);

          const register = async (id, port, more) => {
            const { OperationId } = await send('RegisterInstance', { ServiceId: service.Id, InstanceId: id, CreatorRequestId: String(Math.random()), Attributes: { AWS_INSTANCE_IPV4: '127.0.0.1', AWS_INSTANCE_PORT: String(port), ...more } });
            assert.equal((await send('GetOperation', { OperationId })).Operation.Status, 'SUCCESS');
          };
          await register('web-1', 8081, { stage: 'beta' });
          await register('web-2', 8082, { stage: 'prod', AWS_INIT_HEALTH_STATUS: 'UNHEALTHY' });
          const found = await discover({ QueryParameters: { stage: 'beta' } });
          assert.deepEqual(found.Instances, [{ InstanceId: 'web-1', NamespaceName: 'test', ServiceName: 'web', HealthStatus: 'HEALTHY', Attributes: { AWS_INSTANCE_IPV4: '127.0.0.1', AWS_INSTANCE_PORT: '8081', stage: 'beta' } }]);
          assert.equal(await ids({ HealthStatus: 'ALL' }), 'web-1,web-2');
          assert.equal(await ids({ HealthStatus: 'UNHEALTHY' }), 'web-2');
          assert.equal(await ids({ HealthStatus: 'HEALTHY_OR_ELSE_ALL', QueryParameters: { stage: 'prod' } }), 'web-2');
          assert.equal(await ids({ OptionalParameters: { stage: 'none' } }), 'web-1');
          assert.equal((await discover({ MaxResults: 1, HealthStatus: 'ALL' })).Instances.length, 1);
          await assert.rejects(discover({ NamespaceName: 'other' }), aws.NamespaceNotFound);

          // A reader that asks for the revision reads again only when it is another.
          const revision = async by => (await send('DiscoverInstancesRevision', { NamespaceName: 'test', ServiceName: 'web' }, by)).InstancesRevision;
          const first = found.InstancesRevision;
          assert.equal(await revision(), first);
          await send('UpdateInstanceCustomHealthStatus', { ServiceId: service.Id, InstanceId: 'web-2', Status: 'HEALTHY' });
          assert.ok(await revision() > first);
          assert.equal(await ids(), 'web-1,web-2');
          assert.deepEqual((await send('GetInstancesHealthStatus', { ServiceId: service.Id })).Status, { 'web-1': 'HEALTHY', 'web-2': 'HEALTHY' });
          assert.equal((await send('GetInstance', { ServiceId: service.Arn, InstanceId: 'web-2' })).Instance.Attributes.AWS_INSTANCE_PORT, '8082');
          await until('both at the other agent', async () => await ids({}, other).catch(() => '') === 'web-1,web-2');
          const before = await revision(other);

          await send('DeregisterInstance', { ServiceId: service.Id, InstanceId: 'web-1' });
          assert.equal(await ids(), 'web-2');
          await until('its end at the other agent', async () => await ids({}, other) === 'web-2');
          assert.ok(await revision(other) > before);
          await assert.rejects(send('DeregisterInstance', { ServiceId: service.Id, InstanceId: 'web-2' }, other), aws.InstanceNotFound);
          await assert.rejects(send('DeleteService', { Id: service.Id }), aws.ResourceInUse);
          await assert.rejects(send('TagResource', { ResourceARN: service.Arn, Tags: [] }), error => error.name === 'UnknownOperationException' && error.$metadata.httpStatusCode === 501 && /no tags/.test(error.message));
          await assert.rejects(send('ListServices', {}, clientOf(here, { credentials: { accessKeyId: 'wrong', secretAccessKey: 'any' } })), error => error.name === 'AccessDeniedException');
          // The SDK's own habit, which is why the prefix is switched off above: the name that it makes up leads nowhere.
          await assert.rejects(discover({}, clientOf(here, { disableHostPrefix: false })), error => /data-127\.0\.0\.1/.test(error.message + error.hostname));
          console.log('kill');
          await until('its death', async () => await ids({ HealthStatus: 'ALL' }, other) === '');
          console.log('done');
          process.exit(0);
        })().catch(error => { console.log('failed: ' + error.stack.replaceAll('\n', ' ')); process.exit(1); });
        """;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [PeerFact("node", "npm-@aws-sdk/client-servicediscovery")]
    public async Task The_SDK_of_AWS_lives_a_whole_life_with_it()
    {
        await using var cluster = new TestCluster();
        await using var seed = await cluster.StartOneAsync("seed");
        using var folder = new TestFolder();
        await using var here = await CloudMapClient.StartAsync(folder, seed, "token");
        await using var there = await CloudMapAgent.StartAsync(_folder, seed);
        var token = (await File.ReadAllTextAsync(folder["state/cloudmap.token"])).Trim();
        var variables = new Dictionary<string, string> { ["NODE_PATH"] = Environment.GetEnvironmentVariable("GOSSIP_NPM_CLIENTS")! };
        await using var client = ChildProcess.Start(variables, "node", _folder.Write("client.js", Node), here.Url.ToString(), there.Url.ToString(), token);
        Assert.Equal("kill", await client.LineAsync(_ => true));
        await here.KillAsync();
        Assert.Equal("done", await client.LineAsync(line => line != "kill"));
    }
}
