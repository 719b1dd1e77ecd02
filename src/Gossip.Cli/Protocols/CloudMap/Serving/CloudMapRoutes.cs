using System.Globalization;
using Gossip.Cli.Protocols.CloudMap.Model;
using Gossip.Cli.Protocols.Serving;
using Microsoft.AspNetCore.Http;

namespace Gossip.Cli.Protocols.CloudMap.Serving;

/// <summary>One operation of the API.</summary>
/// <param name="Name">Its name, as in <c>X-Amz-Target</c>.</param>
/// <param name="Writes">Whether it changes something.</param>
/// <param name="Act">Answers it.</param>
internal sealed record CloudMapOperation(string Name, bool Writes, Func<CloudMapBody, CancellationToken, ValueTask<CloudMapAnswer>> Act);

/// <summary>
/// The requests of the protocol AWS JSON 1.1: each is a POST to the root whose header names the operation. No page of a browser can send
/// that header to another site without having asked.
/// </summary>
internal sealed class CloudMapRoutes
{
    private const string ContentType = "application/x-amz-json-1.1";
    private const string Target = "X-Amz-Target";
    private const string Prefix = "Route53AutoNaming_v20170314.";
    private const string UnknownOperation = "UnknownOperationException";

    private readonly FacadeGate _gate;
    private readonly BodyRoom _bodies;
    private readonly Dictionary<string, CloudMapOperation> _operations = new(StringComparer.Ordinal);

    public CloudMapRoutes(FacadeGate gate, BodyRoom bodies, params IEnumerable<CloudMapOperation> operations)
    {
        (_gate, _bodies) = (gate, bodies);
        foreach (var operation in operations)
            _operations[operation.Name] = operation;
    }

    /// <summary>Answers a request.</summary>
    public async Task AnswerAsync(HttpContext http)
    {
        var answer = await ActAsync(http).ConfigureAwait(false);
        if (answer is null)
            return;
        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = ContentType;
        http.Response.Headers["x-amzn-RequestId"] = Guid.NewGuid().ToString("D");
        if (answer.ErrorType is { } type)
            http.Response.Headers["x-amzn-ErrorType"] = type;
        http.Response.ContentLength = answer.Body.Length;
        await http.Response.Body.WriteAsync(answer.Body, http.RequestAborted).ConfigureAwait(false);
    }

    /// <returns>The answer; null where nobody is there to be answered.</returns>
    private async ValueTask<CloudMapAnswer?> ActAsync(HttpContext http)
    {
        try
        {
            if (Find(http.Request, out var refusal) is not { } operation)
                return CloudMapAnswer.Of(refusal!);
            if (_gate.Objection(http, operation.Writes, TokenOf(http.Request), "the access key id, with any secret") is { } objection)
                return CloudMapAnswer.Of(new("AccessDeniedException", objection, StatusCodes.Status403Forbidden));
            var (bytes, status) = await _bodies.ReadAsync(http).ConfigureAwait(false);
            if (bytes is null)
                return CloudMapAnswer.Of(NotRead(status));
            return CloudMapBody.Read(bytes, out refusal) is { } body
                ? await operation.Act(body, http.RequestAborted).ConfigureAwait(false)
                : CloudMapAnswer.Of(refusal!);
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            return CloudMapAnswer.Of(new("ServiceUnavailableException", "The agent stops.", StatusCodes.Status503ServiceUnavailable));
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private CloudMapOperation? Find(HttpRequest request, out CloudMapRefusal? refusal)
    {
        refusal = null;
        if (request.Path != "/" || !HttpMethods.IsPost(request.Method))
            refusal = new(
                UnknownOperation, "Cloud Map's API is POST / with the operation in X-Amz-Target, as every SDK of AWS sends it.",
                request.Path != "/" ? StatusCodes.Status404NotFound : StatusCodes.Status405MethodNotAllowed);
        else if (request.Headers[Target] is not [{ } target] || !target.StartsWith(Prefix, StringComparison.Ordinal))
            refusal = new(UnknownOperation, $"The header {Target} must be {Prefix} and the operation, such as {Prefix}DiscoverInstances.");
        else if (_operations.TryGetValue(target[Prefix.Length..], out var operation))
            return operation;
        else
            refusal = CloudMapUnsupported.Of(target[Prefix.Length..]);
        return null;
    }

    /// <summary>
    /// What an SDK can be given: the access key id, which stands in the signature's credential; or a session's token. The signature is made
    /// with a secret that nobody has told the agent, and is not looked at.
    /// </summary>
    private static string? TokenOf(HttpRequest request)
    {
        const string Credential = "Credential=";
        if (request.Headers["X-Amz-Security-Token"] is [{ Length: > 0 } token])
            return token;
        if (request.Headers.Authorization is not [{ } signature] || !signature.StartsWith("AWS4-", StringComparison.Ordinal))
            return null;
        var begin = signature.IndexOf(Credential, StringComparison.Ordinal);
        return begin < 0 ? null : signature[(begin + Credential.Length)..].Split('/', 2)[0];
    }

    private CloudMapRefusal NotRead(int status) => status == StatusCodes.Status413PayloadTooLarge
        ? new(
            "InvalidInput",
            string.Create(CultureInfo.InvariantCulture, $"The body is too large; it may have {_bodies.MostOfOne} bytes."),
            status)
        : new("ServiceUnavailableException", "As many bodies are held as there is room for. Try again.", status);
}

/// <summary>What Cloud Map has and the façade does not: it is refused with a sentence, so that nobody takes it for broken.</summary>
internal static class CloudMapUnsupported
{
    private static readonly (string[] Operations, string Sentence)[] Sentences =
    [
        (["CreateHttpNamespace", "CreatePrivateDnsNamespace", "CreatePublicDnsNamespace", "DeleteNamespace", "UpdateHttpNamespace",
            "UpdatePrivateDnsNamespace", "UpdatePublicDnsNamespace"],
            "There is one namespace for each cluster, and it is always there; its name is set by Agent:CloudMap:Namespace."),
        (["UpdateService", "GetServiceAttributes", "UpdateServiceAttributes", "DeleteServiceAttributes"],
            "A service is a name here, and says nothing of its own; tell it by the attributes of its instances."),
        (["TagResource", "UntagResource", "ListTagsForResource"],
            "There is nothing to bill, and so there are no tags; use attributes of instances."),
        (["ListOperations"], "All is done when it is answered, so there is no list of what is under way; ask by GetOperation."),
    ];

    public static CloudMapRefusal Of(string operation)
    {
        var sentence = Sentences.FirstOrDefault(one => one.Operations.Contains(operation)).Sentence;
        return new(
            "UnknownOperationException",
            sentence is null
                ? $"'{CloudMapBody.Show(operation)}' is no operation of Cloud Map."
                : $"{operation} is not supported: {sentence}",
            StatusCodes.Status501NotImplemented);
    }
}
