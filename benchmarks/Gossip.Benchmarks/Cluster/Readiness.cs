using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Gossip.Benchmarks.Cluster;

/// <summary>Which of many sockets have something to read, by Linux's epoll(7): asking each of them costs more than serving the few that do.</summary>
internal sealed class Readiness : IDisposable
{
    private const int ToAdd = 1;
    private const uint Readable = 1;
    private const int Interrupted = 4;

    /// <summary>The kernel packs its event on this architecture, and on no other.</summary>
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private readonly int _queue;
    private readonly byte[] _events;
    private readonly int[] _places;

    public Readiness(int capacity)
    {
        _queue = epoll_create1(0);
        Check(_queue);
        _events = new byte[capacity * EventSize];
        _places = new int[capacity];
    }

    /// <summary>Watches a socket until it is closed. Any thread may call it.</summary>
    public void Add(SafeHandle socket, int place)
    {
        var what = new byte[EventSize];
        MemoryMarshal.Write(what, Readable);
        MemoryMarshal.Write(what.AsSpan(EventSize - sizeof(long)), (long)place);
        Check(epoll_ctl(_queue, ToAdd, socket.DangerousGetHandle().ToInt32(), what));
    }

    /// <summary>The places of those that have something to read, as soon as there are any; none when the time is over.</summary>
    public ReadOnlySpan<int> Wait(TimeSpan atMost)
    {
        var count = epoll_wait(_queue, _events, _places.Length, (int)Math.Ceiling(atMost.TotalMilliseconds));
        if (count < 0 && Marshal.GetLastPInvokeError() == Interrupted)
            return [];
        Check(count);
        for (var i = 0; i < count; i++)
            _places[i] = (int)MemoryMarshal.Read<long>(_events.AsSpan(((i + 1) * EventSize) - sizeof(long)));
        return _places.AsSpan(0, count);
    }

    public void Dispose() => _ = close(_queue);

    private static void Check(int result)
    {
        if (result < 0)
            throw new Win32Exception();
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_create1(int flags);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_ctl(int queue, int operation, int socket, byte[] what);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_wait(int queue, byte[] events, int most, int milliseconds);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc")]
    private static extern int close(int queue);
}
