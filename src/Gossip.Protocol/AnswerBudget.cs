namespace Gossip.Protocol;

/// <summary>
/// What one packet may draw. An address can be forged, and then the answer hits another host: until a peer has shown that it receives what
/// is sent to its address (<see cref="AddressTokens"/>), a packet draws no more bytes than it brought (RFC 9000 §8.1 allows three times as
/// many). A packet of a peer that has shown it draws up to what a comparison of two tables may need; the next packet draws the rest. A
/// sealed packet does so once: a recording of it, which is fresh for half a minute, draws no more than it brought.
/// </summary>
internal sealed class AnswerBudget
{
    /// <summary>
    /// Packets remembered that have drawn more than they brought: joins, comparisons of tables that differ, and the probes of a few seconds
    /// in which there is news. So a storm of joins fits.
    /// </summary>
    private const int Remembered = 4096;

    /// <summary>For how many there is room at first.</summary>
    private const int Few = 256;

    private ulong[] _known = [];
    private int _next;
    private ulong _nonce;
    private int _brought;
    private int _kept;

    /// <summary>Bytes that it may still draw.</summary>
    public int Left { get; private set; }

    /// <summary>Bytes that a frame to an address which the packet names may have: no more than it brought.</summary>
    public int LeftForOthers => Math.Clamp(_brought, 0, Left);

    /// <summary>Bytes that a frame to the packet's own address may have: no more than it brought, for a recording.</summary>
    public int LeftForSender => IsKnown ? LeftForOthers : Left;

    private bool IsKnown => _nonce != 0 && _known.AsSpan().Contains(_nonce);

    /// <summary>A packet is taken in.</summary>
    /// <param name="bytes">What it may draw.</param>
    /// <param name="brought">The bytes that it has.</param>
    /// <param name="nonce">Tells it from all others; 0 for one in the clear, which anybody can make anew.</param>
    public void Begin(int bytes, int brought, ulong nonce) => (Left, _brought, _nonce, _kept) = (bytes, brought, nonce, 0);

    /// <summary>Keeps bytes for the answer to a question, which comes after all else that the packet draws.</summary>
    public void Keep(int bytes)
    {
        Give();
        _kept = Math.Min(bytes, Left);
        Left -= _kept;
    }

    /// <summary>Gives what was kept.</summary>
    public void Give() => (Left, _kept) = (Left + _kept, 0);

    /// <summary>Whether a frame of the answer still fits, and if so it counts.</summary>
    public bool TrySpend(int bytes)
    {
        if (bytes > Left || (bytes > _brought && !IsFirst()))
            return false;
        Left -= bytes;
        _brought -= bytes;
        return true;
    }

    /// <summary>Whether the packet has not come before, as far as that is remembered; from now on it has.</summary>
    public bool IsFirst()
    {
        if (_nonce == 0)
            return true;
        if (IsKnown)
            return false;
        if (_next == _known.Length && _next < Remembered)
            Array.Resize(ref _known, Math.Max(Few, 2 * _next));
        _next = _next == Remembered ? 0 : _next;
        _known[_next++] = _nonce;
        _nonce = 0;
        return true;
    }
}
