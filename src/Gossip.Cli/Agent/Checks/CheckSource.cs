using System.Net;
using System.Net.Security;
using Gossip.Cli.Agent.Definitions;

namespace Gossip.Cli.Agent.Checks;

/// <summary>Makes the checks of definitions, and has what they share.</summary>
/// <param name="time">The clock of reports.</param>
/// <param name="processes">The processes of this machine.</param>
/// <param name="systemctl">The program that tells the state of units.</param>
internal sealed class CheckSource(TimeProvider time, ProcessTable processes, string systemctl) : IDisposable
{
    private readonly HttpMessageInvoker _strict = new(Open(null));
    private readonly HttpMessageInvoker _lax = new(Open((_, certificate, _, _) => certificate is not null));

    public ScheduledCheck Make(ServiceDefinition service, CheckDefinition check) => new(check, check.Own ?? check.Kind switch
    {
        CheckKind.Http => new HttpCheck(check.IsInsecure ? _lax : _strict, check),
        CheckKind.Tcp => new TcpCheck(check.Host, check.Port),
        CheckKind.Grpc => new GrpcCheck(check.IsInsecure ? _lax : _strict, check),
        CheckKind.Command => new CommandCheck(check.Command, ProgramRun.EnvironmentFor(service.Id, service.Name)),
        CheckKind.Ttl => new TtlCheck(check.Ttl, time),
        CheckKind.Process => new ProcessCheck(service.Pid, service.PidFile, service.Process, processes),
        _ => new UnitCheck(systemctl, service.Unit!),
    });

    public void Dispose()
    {
        _strict.Dispose();
        _lax.Dispose();
    }

    private static SocketsHttpHandler Open(RemoteCertificateValidationCallback? accepts)
    {
        var opened = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            // A check that comes every ten seconds must not keep a connection of the service open all the time.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(2),
            MaxResponseHeadersLength = 16,
        };
        if (accepts is not null)
            opened.SslOptions.RemoteCertificateValidationCallback = accepts;
        return opened;
    }
}
