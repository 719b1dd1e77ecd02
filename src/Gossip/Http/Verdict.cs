using System.Net;
using System.Net.Http.Headers;
using Gossip.Statistics;

namespace Gossip.Http;

/// <summary>What an answer says of the instance that gave it.</summary>
/// <param name="statistics">The statistics of the instance.</param>
/// <param name="start">When the call began.</param>
/// <param name="left">When its headers had arrived.</param>
/// <param name="outcomeSelector">The client's own judgement of answers; null for the default.</param>
internal readonly struct Verdict(
    InstanceStatistics statistics, long start, long left, Func<HttpResponseMessage, CallOutcome?>? outcomeSelector)
{
    /// <summary>The header in which gRPC tells how a call ended.</summary>
    public const string GrpcStatus = "grpc-status";

    public void Tell(HttpResponseMessage response)
    {
        var outcome = CallOutcome.Abandoned;
        try
        {
            outcome = outcomeSelector?.Invoke(response) ?? Of(response);
        }
        finally
        {
            // Also when the application's function throws, which its caller must see.
            Tell(outcome);
        }
    }

    public void Tell(CallOutcome outcome) => statistics.Judge(start, left, outcome);

    /// <summary>
    /// 502, 503 and 504 say that the instance cannot serve, as UNAVAILABLE does. 500 may be the fault of the request, and so may INTERNAL
    /// and UNKNOWN, into which a server turns an exception.
    /// </summary>
    public static CallOutcome Of(HttpResponseMessage response) => response.StatusCode switch
    {
        HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => CallOutcome.Failed,
        >= HttpStatusCode.InternalServerError => CallOutcome.Erred,
        _ => (Find(response.Headers) ?? Find(response.TrailingHeaders)) switch
        {
            "14" => CallOutcome.Failed,
            "13" or "2" => CallOutcome.Erred,
            _ => CallOutcome.Answered,
        },
    };

    private static string? Find(HttpResponseHeaders headers) =>
        headers.NonValidated.TryGetValues(GrpcStatus, out var values) ? values.ToString() : null;
}
