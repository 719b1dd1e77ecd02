using System.Text.Json.Serialization.Metadata;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Gossip.AspNetCore.Resources;

/// <summary>How the resources answer.</summary>
internal static class PageResult
{
    /// <summary>
    /// A page that follows from the snapshot, but for its times and measurements: who has it by its tag is told that nothing has changed.
    /// It may be kept by the caller alone, and is asked for again at each use.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="report">What the page is made of.</param>
    /// <param name="make">Makes it.</param>
    /// <param name="type">How it is written.</param>
    /// <param name="marks">What this node alone knows of what is shown, and what makes no new snapshot, though it lasts.</param>
    public static IResult OfRevision<T>(
        HttpContext http, NodeReport report, Func<NodeReport, T> make, JsonTypeInfo<T> type, IEnumerable<string> marks)
    {
        var tag = new EntityTagHeaderValue(
            $"\"{report.Identity.Id}-{report.Snapshot.Revision}-{StableHash.Of(string.Join('\n', marks)):x}\"", isWeak: true);
        http.Response.Headers.ETag = tag.ToString();
        http.Response.Headers.CacheControl = "private, no-cache";
        var isKnown = http.Request.GetTypedHeaders().IfNoneMatch
            .Any(one => one.Equals(EntityTagHeaderValue.Any) || one.Compare(tag, useStrongComparison: false));
        return isKnown ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Json(make(report), type);
    }

    public static IResult NotFound(string what) => Results.Problem(what, statusCode: StatusCodes.Status404NotFound);

    public static IResult Unavailable(string what) => Results.Problem(what, statusCode: StatusCodes.Status503ServiceUnavailable);

    public static IResult BadRequest(string what) => Results.Problem(what, statusCode: StatusCodes.Status400BadRequest);

    /// <summary>
    /// Whether the caller would rather see a page than JSON: it names HTML, and JSON not at all or with no more weight, as browsers do.
    /// Whoever takes anything, as <c>curl</c>, gets JSON.
    /// </summary>
    public static bool IsForPeople(HttpRequest request)
    {
        var (html, json) = (0.0, 0.0);
        foreach (var range in request.GetTypedHeaders().Accept)
        {
            if (range.MediaType == "text/html")
                html = Math.Max(html, range.Quality ?? 1);
            else if (range.MediaType == "application/json")
                json = Math.Max(json, range.Quality ?? 1);
        }

        return html > 0 && html >= json;
    }
}
