using System.Net;
using Gossip.AspNetCore.Access;
using Gossip.Bootstrap;
using Microsoft.AspNetCore.Http;

namespace Gossip.Cli.Protocols.Serving;

/// <summary>
/// Who is let in to a façade: on loopback everybody unless told otherwise, and elsewhere whoever brings the token. The token is in a file
/// for as long as the façade serves. Where none is asked for, browsers' pages are kept out: one of another site changes nothing, and reads
/// nothing, since no answer allows it; and one whose name was made to mean this machine is not answered at all.
/// </summary>
internal sealed class FacadeGate : IDisposable
{
    private const string Bearer = "Bearer ";

    private readonly FacadeSettings _settings;
    private readonly string _hostPrefix;
    private readonly HeldFile? _file;

    /// <param name="settings">What callers need.</param>
    /// <param name="file">Where the token is written, if there is to be one.</param>
    /// <param name="hostPrefix">What clients put before the host's name by themselves; empty for nothing.</param>
    public FacadeGate(FacadeSettings settings, string file, string hostPrefix = "")
    {
        (_settings, Path, _hostPrefix) = (settings, file, hostPrefix);
        Secret = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        _file = settings.Access == FacadeAccess.Open ? null : HeldFile.Create(file, Secret + "\n");
    }

    /// <summary>The token.</summary>
    public string Secret { get; }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Whether a caller that brings nothing may do everything.</summary>
    public bool IsOpen => _settings.Access == FacadeAccess.Open;

    /// <summary>Why a request is refused, in a sentence; null when it is not.</summary>
    /// <param name="http">The request.</param>
    /// <param name="writes">Whether it changes something.</param>
    /// <param name="token">What the caller brings, where it is not <c>Authorization: Bearer</c>.</param>
    /// <param name="how">How it is brought, for the sentence.</param>
    public string? Objection(HttpContext http, bool writes, string? token, string how)
    {
        if (_settings.Access == FacadeAccess.Token || (_settings.Access == FacadeAccess.Write && writes))
            return (token ?? BearerOf(http.Request)) is { } brought && EndpointToken.AreSame(brought, Secret)
                ? null
                : $"the token of this agent is in {Path}; send it as {how} ({_settings.Section}:{nameof(FacadeSettings.Access)}).";
        if (writes && LocalCaller.IsForeignPage(http.Request))
            return "a page of another site changes nothing here; "
                + $"a program sends no Origin and no Sec-Fetch-Site, or set {_settings.Section}:{nameof(FacadeSettings.Access)} to token.";
        // A page whose name was made to mean this machine would be read and obeyed as one of the machine's own programs.
        return _settings.IsLoopback && !IsLocal(WithoutPrefix(http.Request.Host.Host))
            ? "on loopback the façade answers to localhost and to addresses, and to no other name."
            : null;
    }

    public void Dispose() => _file?.Dispose();

    private static string? BearerOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } bearer] && bearer.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? bearer[Bearer.Length..].Trim()
            : null;

    private string WithoutPrefix(string host) =>
        _hostPrefix.Length > 0 && host.StartsWith(_hostPrefix, StringComparison.OrdinalIgnoreCase) ? host[_hostPrefix.Length..] : host;

    private static bool IsLocal(string host) =>
        host.Length == 0 || IPAddress.TryParse(host.Trim('[', ']'), out _) || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase);
}
