using Gossip.Protocol;

namespace Gossip.Yarp.Published;

/// <summary>A route that a service publishes and that is not used.</summary>
/// <param name="Service">The service.</param>
/// <param name="Text">As it is written in the metadata, shown so that it turns round no line of the log.</param>
/// <param name="Because">Why.</param>
internal sealed record RefusedRoute(string Service, string Text, string Because)
{
    private const int MostShown = 100;

    public static RefusedRoute Of(string service, string text, string because) =>
        new(service, Limits.Show(text.Length > MostShown ? text[..MostShown] + "…" : text), because);
}
