using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gossip.Bootstrap;
using Microsoft.AspNetCore.Http;

namespace Gossip.AspNetCore.Access;

/// <summary>
/// Lets a browser in, which sends no token: a caller with the token asks for a link, which works once and for a minute, and the browser
/// that opens it gets a cookie. It keeps one link, the newest, and no cookies: a cookie contains its own expiry, sealed with a key that
/// lives as long as the process.
/// </summary>
/// <param name="time">The source of timestamps for the age of a link and a cookie; they do not follow changes of the clock.</param>
internal sealed class EndpointLogin(TimeProvider time)
{
    /// <summary>A link may stay in the history of a browser and the log of a server, where it must be of no use.</summary>
    public static readonly TimeSpan LinkLife = TimeSpan.FromMinutes(1);

    /// <summary>A working day.</summary>
    public static readonly TimeSpan CookieLife = TimeSpan.FromHours(8);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly long _start = time.GetTimestamp();
    private Link? _link;

    /// <summary>
    /// A browser does not tell the ports of a host apart: with a name of its own a cookie does not replace another process's.
    /// </summary>
    public string CookieName { get; } = $"gossip-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";

    private TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>Makes a link's code; the code before it becomes invalid.</summary>
    public string Begin()
    {
        var link = new Link(RandomNumberGenerator.GetHexString(64, lowercase: true), Now + LinkLife);
        Volatile.Write(ref _link, link);
        return link.Code;
    }

    /// <summary>Whether the code is valid, which it is once. A wrong code does not invalidate the right one.</summary>
    public bool TryRedeem(string? code)
    {
        var link = Volatile.Read(ref _link);
        return link is not null && code is not null && Now < link.End && EndpointToken.AreSame(code, link.Code)
            && Interlocked.CompareExchange(ref _link, null, link) == link;
    }

    /// <summary>
    /// Gives the caller the cookie: not readable by scripts, not sent for other sites, and sent over TLS only where the request came over
    /// TLS.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="path">The endpoint's path, so that the rest of the application does not see the cookie.</param>
    public void SignIn(HttpContext http, PathString path)
    {
        var end = (Now + CookieLife).Ticks.ToString(CultureInfo.InvariantCulture);
        http.Response.Cookies.Append(CookieName, $"{end}.{Seal(end)}", new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = http.Request.IsHttps,
            IsEssential = true,
            Path = path,
        });
    }

    public bool IsSignedIn(HttpRequest request) =>
        request.Cookies[CookieName]?.Split('.') is [var end, var seal] && EndpointToken.AreSame(seal, Seal(end))
        && long.TryParse(end, CultureInfo.InvariantCulture, out var ticks) && Now.Ticks < ticks;

    private string Seal(string end) => Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(end)));

    private sealed record Link(string Code, TimeSpan End);
}
