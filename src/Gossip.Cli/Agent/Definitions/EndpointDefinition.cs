namespace Gossip.Cli.Agent.Definitions;

/// <summary>One endpoint of a definition.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="Scheme">The URI scheme.</param>
/// <param name="Host">A host name or an IP address; null for the address at which others reach the agent's node.</param>
/// <param name="Port">The port.</param>
/// <param name="Protocol">What is spoken there if the scheme does not tell it; null when not given.</param>
internal sealed record EndpointDefinition(string Name, string Scheme, string? Host, int Port, string? Protocol);
