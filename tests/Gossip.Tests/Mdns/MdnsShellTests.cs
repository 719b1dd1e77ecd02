using System.Net.Sockets;
using Gossip.Bootstrap;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Tests.Mdns;

public sealed class MdnsShellTests
{
    [Fact]
    public async Task A_turn_that_fails_is_not_the_last_one()
    {
        using var log = new TestLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug));
        var time = new FaultyTime { Faults = 3 };
        var shell = new MdnsShell(Options(), time, loggers.CreateLogger<MdnsShell>());
        time.IsFaulty = true;
        shell.Start();
        // After the faults it lists the interfaces, and says of each, or of their want, how it went.
        await Eventually.HoldsAsync(() => log.Entries.Any(entry => !entry.Text.StartsWith("A turn", StringComparison.Ordinal)), "mDNS goes on");
        Assert.Equal(0, time.Faults);
        Assert.Single(log.Entries, entry => entry.Text.StartsWith("A turn of mDNS failed", StringComparison.Ordinal));
        await shell.DisposeAsync();
    }

    [Fact]
    public async Task A_close_that_fails_does_not_keep_the_watchers_waiting()
    {
        using var log = new TestLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug));
        var time = new FaultyTime { Faults = int.MaxValue };
        var shell = new MdnsShell(Options(), time, loggers.CreateLogger<MdnsShell>());
        shell.Start();
        await Eventually.HoldsAsync(() => log.Entries.Count > 0, "the interfaces are listed");
        var watching = Task.Run(async () =>
        {
            await foreach (var _ in shell.WatchAsync(Eventually.Patience()))
                continue;
        });
        time.IsFaulty = true;
        await shell.DisposeAsync();
        await watching;
    }

    [Fact]
    public async Task Every_interface_is_used_or_not_for_a_reason_and_bad_services_are_refused()
    {
        var shell = new MdnsShell(Options(), TimeProvider.System, NullLogger<MdnsShell>.Instance);
        Assert.Empty(shell.Interfaces);
        shell.Start();
        await Eventually.HoldsAsync(() => shell.Interfaces.Count > 0, "the interfaces are listed");
        Assert.All(shell.Interfaces, verdict => Assert.NotEmpty(verdict.Reason));
        Assert.Contains(shell.Interfaces, verdict => !verdict.IsUsed && verdict.Reason.StartsWith("loopback", StringComparison.Ordinal));
        Assert.Throws<ArgumentException>(
            () => shell.Publish([new MdnsService("_http._tcp.local", new string('x', 64), 80, new Dictionary<string, string>())]));
        await shell.DisposeAsync();
    }

    [Theory]
    [InlineData(SocketError.ConnectionReset, true)]
    [InlineData(SocketError.MessageSize, true)]
    [InlineData(SocketError.OperationAborted, false)]
    [InlineData(SocketError.NetworkDown, false)]
    public void A_read_that_fails_for_one_packet_is_told_from_a_socket_that_fails(SocketError error, bool goesOn) =>
        Assert.Equal(goesOn, MdnsSocket.IsOfOnePacket(error));

    private static MdnsOptions Options() => new()
    {
        Instance = $"shell-{Guid.NewGuid():N}",
        Host = $"shell-{Guid.NewGuid():N}",
        Port = 7390,
        Text = new Dictionary<string, string>(),
    };

    private sealed class FaultyTime : TimeProvider
    {
        private int _faults;

        public int Faults
        {
            get => Volatile.Read(ref _faults);
            set => Volatile.Write(ref _faults, value);
        }

        public bool IsFaulty { get; set; }

        public override long GetTimestamp()
        {
            if (!IsFaulty || Faults == 0)
                return base.GetTimestamp();
            Interlocked.Decrement(ref _faults);
            throw new InvalidOperationException("a clock that fails, as this test wants it");
        }
    }
}
