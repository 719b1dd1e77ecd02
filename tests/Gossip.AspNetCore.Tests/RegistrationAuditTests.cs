using Gossip.AspNetCore.Tests.Access;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gossip.AspNetCore.Tests;

/// <summary>What the category <c>Gossip.Audit</c> says of instances that were not taken.</summary>
public sealed class RegistrationAuditTests
{
    [Fact]
    public async Task Registrations_that_are_refused_are_audited()
    {
        using var log = new AuditLog();
        await using var app = await TestApp.StartAsync("orders", build: builder => builder.Logging.AddProvider(log));
        var registrar = app.App.Services.GetRequiredService<IServiceRegistrar>();
        await using var first = await registrar.RegisterAsync(new ServiceRecord { InstanceId = "p1", Service = "payments" });

        var (second, forged) = (first.Record, new ServiceRecord { InstanceId = "p2", Service = "pay\nForged line" });
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await registrar.RegisterAsync(second));
        await Assert.ThrowsAsync<ArgumentException>(async () => await registrar.RegisterAsync(forged));
        await Assert.ThrowsAsync<ArgumentException>(async () => await first.UpdateAsync(record => record with { InstanceId = "p3" }));

        Assert.Collection(
            log.Audit,
            line => Assert.StartsWith("The instance 'p1' of 'payments' was refused: This node has an instance 'p1' already.", line),
            line => Assert.StartsWith("The instance 'p2' of 'pay Forged line' was refused: ", line),
            line => Assert.StartsWith("The instance 'p1' of 'payments' was refused: The change turns instance 'p1' into 'p3'", line));
        Assert.DoesNotContain(log.Audit, line => line.Contains('\n'));
    }
}
