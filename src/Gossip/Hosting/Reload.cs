using System.Threading.Channels;
using Gossip.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Gossip.Hosting;

/// <summary>
/// Applies changes of the configuration while the process runs: to the cluster's keys, and to the registered instance. A configuration with
/// a mistake is logged, and nothing changes.
/// </summary>
internal sealed partial class Reload : IAsyncDisposable
{
    private readonly OptionsSource _options;
    private readonly IReadOnlyList<Func<GossipOptions, ValueTask>> _parts;
    private readonly ILogger _logger;

    /// <summary>One waiting entry is enough, since the newest configuration is read. File watchers often signal twice.</summary>
    private readonly Channel<bool> _changes =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly IDisposable _watch;
    private readonly Task _running;

    /// <param name="options">Where the options come from.</param>
    /// <param name="logger">Told of mistakes.</param>
    /// <param name="parts">Each takes over from new options what is its own.</param>
    public Reload(OptionsSource options, ILogger logger, params IReadOnlyList<Func<GossipOptions, ValueTask>> parts)
    {
        _options = options;
        _logger = logger;
        _parts = parts;
        _watch = ChangeToken.OnChange(options.Section.GetReloadToken, () => _changes.Writer.TryWrite(true));
        // The start can take a while, and changes were not observed until now.
        if (options.IsOutdated)
            _changes.Writer.TryWrite(true);
        _running = RunAsync();
    }

    /// <summary>Reads the configuration once more: something that follows it is there only now.</summary>
    public void LookAgain() => _changes.Writer.TryWrite(true);

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
                var read = _options.Read();
                foreach (var part in _parts)
                    await part(read).ConfigureAwait(false);
            }
            catch (OptionsValidationException error)
            {
                Refused(_logger, string.Join(" ", error.Failures));
            }
            catch (Exception error) when (error is ObjectDisposedException or InvalidOperationException)
            {
                // The node has stopped: there is nothing left to change.
            }
            catch (Exception error)
            {
                Failed(_logger, error);
            }
        }
    }

    [LoggerMessage(65, LogLevel.Error, "The configuration was reloaded with mistakes, and what was before stays: {Mistakes}")]
    private static partial void Refused(ILogger logger, string mistakes);

    [LoggerMessage(66, LogLevel.Error, "The configuration was reloaded, and could not be taken over")]
    private static partial void Failed(ILogger logger, Exception error);
}
