using System.Threading.Channels;
using Gossip.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Gossip.Hosting;

/// <summary>
/// Applies changes of the configuration to the registered instance while the process runs. A configuration with a mistake is logged, and
/// nothing changes.
/// </summary>
internal sealed partial class Reload : IAsyncDisposable
{
    private readonly OptionsSource _options;
    private readonly IServiceRegistration _own;
    private readonly Application _application;
    private readonly ILogger _logger;

    /// <summary>One waiting entry is enough, since the newest configuration is read. File watchers often signal twice.</summary>
    private readonly Channel<bool> _changes =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly IDisposable _watch;
    private readonly Task _running;
    private GossipServiceOptions _known;

    public Reload(OptionsSource options, IServiceRegistration own, Application application, ILogger logger)
    {
        _options = options;
        _own = own;
        _application = application;
        _logger = logger;
        _known = options.First.Service;
        _watch = ChangeToken.OnChange(options.Section.GetReloadToken, () => _changes.Writer.TryWrite(true));
        // The start can take a while, and changes were not observed until now.
        if (options.IsOutdated)
            _changes.Writer.TryWrite(true);
        _running = RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _watch.Dispose();
        _changes.Writer.TryComplete();
        await _running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        await foreach (var _ in _changes.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                await ApplyAsync(_options.Read().Service).ConfigureAwait(false);
            }
            catch (OptionsValidationException error)
            {
                Refused(_logger, string.Join(" ", error.Failures));
            }
            catch (Exception error) when (error is ObjectDisposedException or InvalidOperationException)
            {
                // The instance was removed, or the node has stopped: there is nothing left to change.
            }
            catch (Exception error)
            {
                Failed(_logger, error);
            }
        }
    }

    private async ValueTask ApplyAsync(GossipServiceOptions read)
    {
        var before = _own.Record;
        await _own.UpdateAsync(record => Changed(record, OwnService.Apply(record, _known, read, _application))).ConfigureAwait(false);
        _known = read;
        if (!ReferenceEquals(before, _own.Record))
            Applied(_logger, _own.Record.Service);
    }

    /// <summary>The record itself when nothing is new, so that the cluster is told nothing.</summary>
    private static ServiceRecord Changed(ServiceRecord before, ServiceRecord after) => before == after ? before : after;

    [LoggerMessage(64, LogLevel.Information, "The configuration of '{Service}' has changed, and the cluster is told")]
    private static partial void Applied(ILogger logger, string service);

    [LoggerMessage(65, LogLevel.Error, "The configuration was reloaded with mistakes, and what was before stays: {Mistakes}")]
    private static partial void Refused(ILogger logger, string mistakes);

    [LoggerMessage(66, LogLevel.Error, "The configuration was reloaded, and could not be taken over")]
    private static partial void Failed(ILogger logger, Exception error);
}
