using System.Net.NetworkInformation;

namespace Gossip.Bootstrap;

/// <summary>Signals when the system reports a change of addresses. Where it cannot, the listener polls.</summary>
internal sealed class NetworkChangeSignal : IDisposable
{
    private readonly NetworkAddressChangedEventHandler _tell;

    public NetworkChangeSignal(Action tell)
    {
        _tell = (_, _) => tell();
        try
        {
            NetworkChange.NetworkAddressChanged += _tell;
        }
        catch (Exception cannot) when (cannot is NetworkInformationException or PlatformNotSupportedException)
        {
            // There is no socket left for the system's messages, or the system has no such messages.
        }
    }

    public void Dispose() => NetworkChange.NetworkAddressChanged -= _tell;
}
