using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Gossip.AspNetCore.Page;

/// <summary>
/// The page for browsers: one document, put together once from the files beside this one. It asks the other resources of the endpoint,
/// from the place that it was itself loaded from, so it works under any path.
/// </summary>
/// <remarks>
/// The policy names the only style and the only script that run, by their hashes, so that a name or a reason that another process has
/// written is never run, whatever it contains.
/// </remarks>
internal static class PageDocument
{
    private const string Style = "<style></style>";
    private const string Script = "<script type=\"module\"></script>";

    /// <summary>In the order in which they use each other; the last one begins.</summary>
    private static readonly string[] Scripts =
    [
        "dom", "words", "feed", "events", "overview", "members", "services", "graph", "timeline", "charts", "doctor", "search", "main",
    ];

    private static readonly Lazy<Document> Whole = new(Assemble);

    /// <summary>Answers the page, or that the caller's copy is still the one.</summary>
    public static IResult Serve(HttpContext http)
    {
        var document = Whole.Value;
        var headers = http.Response.Headers;
        // The same address answers JSON to others, and the page is the same until the process is another one.
        headers.Vary = HeaderNames.Accept;
        headers.CacheControl = "private, no-cache";
        headers.ContentSecurityPolicy = document.Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return Results.Bytes(document.Content, "text/html; charset=utf-8", entityTag: document.Tag);
    }

    private static Document Assemble()
    {
        var style = "\n" + Read("page.css");
        var script = "\n" + string.Concat(Scripts.Select(name => Read(name + ".js")));
        var text = Put(Put(Read("page.html"), Style, style), Script, script);
        var content = Encoding.UTF8.GetBytes(text);
        return new Document(
            content,
            new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16))}\""),
            $"default-src 'none'; script-src {HashOf(script)}; style-src {HashOf(style)}; connect-src 'self'; img-src data:; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'");
    }

    /// <summary>Puts text between the two tags of an empty element, of which the page has one.</summary>
    private static string Put(string page, string element, string content)
    {
        var at = page.IndexOf(element, StringComparison.Ordinal);
        if (at < 0)
            throw new InvalidOperationException($"page.html has no {element}.");
        var inside = at + element.IndexOf('>', StringComparison.Ordinal) + 1;
        return page.Insert(inside, content);
    }

    private static string HashOf(string content) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'";

    /// <summary>A browser hashes what it has read, in which each line ends with a line feed alone.</summary>
    private static string Read(string name)
    {
        using var stream = typeof(PageDocument).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private sealed record Document(byte[] Content, EntityTagHeaderValue Tag, string Policy);
}
