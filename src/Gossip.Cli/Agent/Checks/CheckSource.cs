using System.Net;
using System.Net.Security;
using Gossip.Cli.Agent.Definitions;

namespace Gossip.Cli.Agent.Checks;

/// <summary>Makes the checks of definitions, and has what they share.</summary>
/// <param name="time">The clock of reports.</param>
/// <param name="processes">The processes of this machine.</param>
/// <param name="systemctl">The program that tells the state of units.</param>
/// <param name="kept">What the agent before this one has kept; null for nothing.</param>
internal sealed class CheckSource(
    TimeProvider time, ProcessTable processes, string systemctl, IReadOnlyDictionary<CheckKey, KeptCheck>? kept = null) : IDisposable
{
    private IReadOnlyDictionary<CheckKey, KeptCheck>? _kept = kept;

    private readonly HttpMessageInvoker _strict = new(Open(null));
    private readonly HttpMessageInvoker _lax = new(Open((_, certificate, _, _) => certificate is not null));

    /// <summary>Those that there were at the start have been made: a service of the same id that comes now is another one.</summary>
    public void ForgetKept() => _kept = null;

    public ScheduledCheck Make(ServiceDefinition service, CheckDefinition check) => new(check, check.Own ?? check.Kind switch
    {
        CheckKind.Http => new HttpCheck(check.IsInsecure ? _lax : _strict, check),
        CheckKind.Tcp => new TcpCheck(check.Host, check.Port),
        CheckKind.Grpc => new GrpcCheck(check.IsInsecure ? _lax : _strict, check),
        CheckKind.Command => new CommandCheck(check.Command, ProgramRun.EnvironmentFor(service.Id, service.Name)),
        CheckKind.Ttl => new TtlCheck(check.Ttl, time, KeptOf(service, check)),
        CheckKind.Process => new ProcessCheck(service.Pid, service.PidFile, service.Process, processes, KeptOf(service, check)),
        _ => new UnitCheck(systemctl, service.Unit!),
    });

    private KeptCheck? KeptOf(ServiceDefinition service, CheckDefinition check) => _kept?.GetValueOrDefault(new(service.Id, check.Id));

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
