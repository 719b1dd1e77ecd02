using System.Net;
using Gossip.Bootstrap;
using Gossip.Cli.Protocols.Consul.Model;
using Microsoft.AspNetCore.Http;

namespace Gossip.Cli.Protocols.Consul.Serving;

/// <summary>
/// Who is let in to the façade: on loopback everybody unless told otherwise, as with a Consul that has no ACL, and elsewhere whoever brings
/// the token, in the headers and the parameter in which Consul has its own.
/// </summary>
/// <param name="settings">What callers need.</param>
/// <param name="secret">The token.</param>
/// <param name="file">Where it is.</param>
internal sealed class ConsulGate(ConsulSettings settings, string secret, string file)
{
    private const string Bearer = "Bearer ";

    /// <summary>What is done with a caller that brings nothing.</summary>
    public string Policy => settings.Access == ConsulAccess.Open ? "allow" : "deny";

    /// <summary>Why a request is refused; null when it is not.</summary>
    /// <param name="http">The request.</param>
    /// <param name="writes">Whether it changes something.</param>
    public ConsulRefusal? Objection(HttpContext http, bool writes)
    {
        var isAsked = settings.Access == ConsulAccess.Token || (settings.Access == ConsulAccess.Write && writes);
        if (isAsked)
            return TokenOf(http.Request) is { } token && EndpointToken.AreSame(token, secret)
                ? null
                : new(403, $"Permission denied: the token of this agent is in {file}; send it as X-Consul-Token (Agent:Consul:Access).");
        // A page whose name was made to mean this machine would be read and obeyed as one of the machine's own programs.
        return settings.IsLoopback && !IsLocal(http.Request.Host.Host)
            ? new(403, "Permission denied: on loopback the façade answers to localhost and to addresses, and to no other name.")
            : null;
    }

    private static bool IsLocal(string host) =>
        host.Length == 0 || IPAddress.TryParse(host.Trim('[', ']'), out _) || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase);

    private static string? TokenOf(HttpRequest request)
    {
        if (request.Headers["X-Consul-Token"] is [{ Length: > 0 } header])
            return header;
        if (request.Headers.Authorization is [{ } bearer] && bearer.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return bearer[Bearer.Length..].Trim();
        return request.Query["token"] is [{ Length: > 0 } parameter] ? parameter : null;
    }
}
