using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Gossip.Cli.Tests.Chaos;

/// <summary>A thread that has moved into a network namespace: the sockets that it opens are there.</summary>
internal sealed class NetworkRoom : IDisposable
{
    private const int Network = 0x40000000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly BlockingCollection<Action> _asked = [];
    private readonly Thread _thread;

    public NetworkRoom(string name)
    {
        var entered = new TaskCompletionSource();
        _thread = new Thread(() => Run(name, entered)) { IsBackground = true, Name = name };
        _thread.Start();
        entered.Task.GetAwaiter().GetResult();
    }

    /// <summary>Whether somebody accepts a connection.</summary>
    public Task<bool> AcceptsAsync(IPAddress address, int port) => AskAsync(() =>
    {
        using var socket = Connect(address, port);
        return socket is not null;
    });

    /// <summary>What a GET is answered with; null where nobody answers.</summary>
    public Task<string?> GetAsync(IPAddress address, int port) => AskAsync(() =>
    {
        using var socket = Connect(address, port);
        if (socket is null)
            return null;
        using var stream = new NetworkStream(socket);
        stream.Write("GET / HTTP/1.0\r\n\r\n"u8);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return reader.ReadToEnd().Split("\r\n\r\n")[^1];
    });

    public void Dispose()
    {
        _asked.CompleteAdding();
        _thread.Join();
        _asked.Dispose();
    }

    private static Socket? Connect(IPAddress address, int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveTimeout = (int)Patience.TotalMilliseconds, SendTimeout = (int)Patience.TotalMilliseconds,
        };
        try
        {
            socket.Connect(address, port);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    private Task<T> AskAsync<T>(Func<T> ask)
    {
        var answered = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Add(() =>
        {
            try
            {
                answered.SetResult(ask());
            }
            catch (Exception error)
            {
                answered.SetException(error);
            }
        });
        return answered.Task;
    }

    private void Run(string name, TaskCompletionSource entered)
    {
        try
        {
            using var room = File.OpenHandle($"/run/netns/{name}");
            if (setns((int)room.DangerousGetHandle(), Network) != 0)
                throw new IOException($"{name} cannot be entered: error {Marshal.GetLastPInvokeError()}");
        }
        catch (Exception error)
        {
            entered.SetException(error);
            return;
        }

        entered.SetResult();
        foreach (var ask in _asked.GetConsumingEnumerable())
            ask();
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc", SetLastError = true)]
    private static extern int setns(int file, int kind);
}
