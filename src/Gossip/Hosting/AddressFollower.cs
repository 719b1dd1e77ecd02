using System.Net;
using System.Threading.Channels;
using Gossip.Bootstrap;
using Gossip.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Gossip.Hosting;

/// <summary>Whether the machine still has the address that its node advertises.</summary>
/// <param name="IsGone">Whether the machine had the address and lost it.</param>
/// <param name="CanFollow">Whether the node takes another one by itself.</param>
/// <param name="Has">The addresses that the machine has.</param>
/// <param name="Networks">The networks that the machine is in, except its own loopback.</param>
internal sealed record AddressStanding(bool IsGone, bool CanFollow, IReadOnlyList<IPAddress> Has, IReadOnlyList<IPNetwork> Networks)
{
    public static AddressStanding Of(bool isGone, bool canFollow, IReadOnlyList<InterfaceAddress> here) => new(
        isGone,
        canFollow,
        [.. here.Select(one => one.Address)],
        [.. here.Where(one => !IPAddress.IsLoopback(one.Address)).Select(NetworkOf).Distinct()]);

    private static IPNetwork NetworkOf(InterfaceAddress one)
    {
        var bytes = one.Address.GetAddressBytes();
        for (var bit = one.Prefix; bit < 8 * bytes.Length; bit++)
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new IPNetwork(new IPAddress(bytes), one.Prefix);
    }
}

/// <summary>
/// Keeps a node reachable where its host's address changes: a lease runs out, a laptop joins another network, a container is connected
/// anew. When the system reports a change, and every few seconds in case it does not, it checks whether the advertised address is still
/// there, and otherwise chooses anew. An address that the options name is never changed; that it is gone is only reported.
/// </summary>
internal sealed partial class AddressFollower : IAsyncDisposable
{
    /// <summary>Between two looks without a signal.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    /// <summary>A change comes in many pieces: link, address, route; and the old address goes before the new one comes.</summary>
    private static readonly TimeSpan Pieces = TimeSpan.FromMilliseconds(200);

    /// <summary>After so long without a real address a bridge to containers, or a tunnel, is better than none.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>One waiting entry is enough: the reader looks at the addresses of that moment.</summary>
    private readonly Channel<bool> _looks = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Func<IReadOnlyList<InterfaceAddress>> _machine;
    private readonly Func<ChosenAddress, ValueTask> _move;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly bool _canFollow;
    private readonly bool _ipv4Only;
    private readonly bool _wasHere;
    private readonly NetworkChangeSignal _nudge;
    private readonly ITimer _timer;
    private readonly Task _running;
    private ChosenAddress _current;
    private AddressStanding _standing;
    private long? _goneSince;
    private bool _hasFailed;

    /// <param name="node">The node whose address it is, as it was chosen at the start.</param>
    /// <param name="machine">Lists the addresses of the machine.</param>
    /// <param name="move">Called with another address.</param>
    /// <param name="time">Measures pauses.</param>
    /// <param name="logger">Logs changes that cannot be followed.</param>
    public AddressFollower(
        NodeIdentity node,
        Func<IReadOnlyList<InterfaceAddress>> machine,
        Func<ChosenAddress, ValueTask> move,
        TimeProvider time,
        ILogger logger)
    {
        (_machine, _move, _time, _logger) = (machine, move, time, logger);
        _canFollow = node.Local.IsAny && node.AdvertisedBecause != NodeIdentity.Configured;
        _ipv4Only = node.Local.IsIPv4;
        var (address, here) = (node.Advertised.ToIPAddress(), machine());
        _wasHere = AddressChoice.IsAmong(address, here);
        // Chosen again from only the interface that has it, which tells what kind of address it is.
        _current = AddressChoice.Choose(here.Where(one => one.Address.Equals(address)), ipv4Only: false) with
        {
            Address = address, Because = node.AdvertisedBecause,
        };
        _standing = AddressStanding.Of(isGone: false, _canFollow, here);
        _nudge = new NetworkChangeSignal(() => _looks.Writer.TryWrite(true));
        _timer = time.CreateTimer(_ => _looks.Writer.TryWrite(false), null, Interval, Interval);
        _running = RunAsync();
    }

    /// <summary>What was seen last.</summary>
    public AddressStanding Standing => Volatile.Read(ref _standing);

    public async ValueTask DisposeAsync()
    {
        _nudge.Dispose();
        await _timer.DisposeAsync().ConfigureAwait(false);
        _looks.Writer.TryComplete();
        await _running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        await foreach (var isNudged in _looks.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                if (isNudged)
                    await Task.Delay(Pieces, _time).ConfigureAwait(false);
                await LookAsync().ConfigureAwait(false);
                _hasFailed = false;
            }
            catch (Exception error)
            {
                // Logged once: the system may refuse to list its interfaces, or the node may have stopped, and the next look may succeed.
                if (!_hasFailed)
                    LookFailed(_logger, error);
                _hasFailed = true;
            }
        }
    }

    private async ValueTask LookAsync()
    {
        var here = _machine();
        var isGone = _wasHere && !AddressChoice.IsAmong(_current.Address, here);
        Tell(isGone, here);
        if (!_canFollow)
            return;
        _goneSince = isGone ? _goneSince ?? _time.GetTimestamp() : null;
        var isPatient = _goneSince is not { } since || _time.GetElapsedTime(since) < Patience;
        if (AddressChoice.Follow(_current, here, _ipv4Only, isPatient) is not { } next)
            return;
        await _move(next).ConfigureAwait(false);
        (_current, _goneSince) = (next, null);
        Tell(isGone: false, here);
    }

    private void Tell(bool isGone, IReadOnlyList<InterfaceAddress> here)
    {
        if (isGone && !Standing.IsGone && !_canFollow)
            Gone(_logger, _current.Address, _current.Because);
        Volatile.Write(ref _standing, AddressStanding.Of(isGone, _canFollow, here));
    }

    [LoggerMessage(43, LogLevel.Warning,
        "The address {Address} that this node advertises ({Because}) has gone from this machine, and the node does not follow: "
        + "others do not reach it. Correct Gossip:AdvertiseAddress or Gossip:BindAddress, or leave both out: "
        + "then the node follows its machine's address")]
    private static partial void Gone(ILogger logger, IPAddress address, string because);

    [LoggerMessage(44, LogLevel.Warning,
        "The addresses of this machine could not be looked at, or a change of them not told; they are looked at again")]
    private static partial void LookFailed(ILogger logger, Exception error);
}
