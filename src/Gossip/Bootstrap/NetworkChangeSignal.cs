using System.Net.NetworkInformation;

namespace Gossip.Bootstrap;

/// <summary>Tells when the system reports a change of addresses. Where it cannot, whoever listens looks for itself now and then.</summary>
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
            // No socket left for the system's messages, or no such messages.
        }
    }

    public void Dispose() => NetworkChange.NetworkAddressChanged -= _tell;
}
