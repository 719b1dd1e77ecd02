using Gossip.Cli.Protocols.Consul.Catalogs;

namespace Gossip.Cli.Tests.Protocols.Consul;

public sealed class WaitersTests
{
    [Fact]
    public async Task However_readers_come_and_go_none_misses_its_wake()
    {
        const int Readers = 4;
        var (waiters, number, arrived) = (new Waiters(Readers), 0, 0);
        var patience = Eventually.Patience();
        var steps = Nightly.Times(5_000, 100_000);
        var reading = Enumerable.Range(0, Readers).Select(_ => Task.Run(async () =>
        {
            for (var i = 1; i <= steps; i++)
            {
                Assert.True(await waiters.WaitAsync("key", () => Volatile.Read(ref number) >= i, Timeout.InfiniteTimeSpan, TimeProvider.System, patience));
                patience.ThrowIfCancellationRequested();
                Interlocked.Increment(ref arrived);
            }
        })).ToArray();

        for (var i = 1; i <= steps; i++)
        {
            Volatile.Write(ref number, i);
            waiters.Wake("key");
            while (Volatile.Read(ref arrived) < i * Readers)
            {
                patience.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        await Task.WhenAll(reading);
        Assert.Equal((0, 0), (waiters.Count, waiters.Keys));
    }
}
