using Microsoft.Extensions.Primitives;

namespace Gossip.Discovery;

/// <summary>Fires once something that follows from what the sources tell, such as a view, is not what it was.</summary>
/// <param name="isOutdated">Whether it is.</param>
/// <param name="sources">What it follows from.</param>
internal sealed class ViewChangeToken(Func<bool> isOutdated, Sources sources) : IChangeToken
{
    private readonly Sources _sources = sources;

    public bool HasChanged => isOutdated();

    public bool ActiveChangeCallbacks => true;

    public IDisposable RegisterChangeCallback(Action<object?> callback, object? state) => new Registration(this, callback, state);

    /// <summary>Checks every snapshot until one shows something else. Disposed meanwhile, it checks once more and ends silently.</summary>
    private sealed class Registration : IDisposable
    {
        private readonly ViewChangeToken _token;
        private readonly Action<object?> _callback;
        private readonly object? _state;
        private IDisposable? _waiting;
        private int _done;

        public Registration(ViewChangeToken token, Action<object?> callback, object? state)
        {
            _token = token;
            _callback = callback;
            _state = state;
            Look();
        }

        public void Dispose()
        {
            Interlocked.Exchange(ref _done, 1);
            Interlocked.Exchange(ref _waiting, null)?.Dispose();
        }

        private void Look()
        {
            var stage = _token._sources.Now;
            if (Volatile.Read(ref _done) != 0)
                return;
            if (!_token.HasChanged)
            {
                if (!stage.IsLast)
                    Interlocked.Exchange(ref _waiting, stage.RegisterChangeCallback(static state => ((Registration)state!).Look(), this));
            }
            else if (Interlocked.Exchange(ref _done, 1) == 0)
            {
                _callback(_state);
            }
        }
    }
}
