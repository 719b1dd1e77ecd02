using Gossip.Cli.Agent.Definitions;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace Gossip.Cli.Agent.Checks;

/// <summary>Whether a server says by gRPC's health protocol that it serves.</summary>
/// <param name="client">Sends the calls, and is shared by all checks.</param>
/// <param name="definition">Where, and for which service.</param>
internal sealed class GrpcCheck(HttpMessageInvoker client, CheckDefinition definition) : ICheck
{
    private readonly Uri _address =
        new UriBuilder(definition.UsesTls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, definition.Host, definition.Port).Uri;

    public async ValueTask<CheckResult> RunAsync(CancellationToken cancellation)
    {
        using var channel = GrpcChannel.ForAddress(
            _address, new GrpcChannelOptions { HttpHandler = new Shared(client), DisposeHttpClient = true });
        try
        {
            var answer = await new Health.HealthClient(channel).CheckAsync(
                new HealthCheckRequest { Service = definition.GrpcService }, cancellationToken: cancellation).ConfigureAwait(false);
            var isServing = answer.Status == HealthCheckResponse.Types.ServingStatus.Serving;
            return new(isServing ? CheckStatus.Pass : CheckStatus.Fail, $"{_address} '{definition.GrpcService}' → {answer.Status}");
        }
        catch (RpcException error) when (!cancellation.IsCancellationRequested)
        {
            return new(CheckStatus.Fail, $"{_address} '{definition.GrpcService}': {error.StatusCode}: {error.Status.Detail}");
        }
    }

    /// <summary>Passes calls on to the client that all checks share, and leaves it open when its channel closes.</summary>
    private sealed class Shared(HttpMessageInvoker client) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            client.SendAsync(request, cancellationToken);
    }
}
