using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Gossip.Dns.Messages;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Protocols.Dns;

/// <summary>
/// Takes questions by UDP and by TCP (RFC 7766), one after the other of each asker, and sends what is answered. Askers by TCP are bounded
/// in number, and each in time.
/// </summary>
internal sealed partial class DnsServer : IAsyncDisposable
{
    /// <summary>Connections at a time; whoever comes then is not accepted until one ends.</summary>
    public const int MostConnections = 256;

    /// <summary>Bytes of a question: a name, and options that nobody here reads.</summary>
    private const int MostQuestion = 4096;

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    private readonly Func<DnsQuestion, DnsAnswer> _answer;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<bool> _connected = Channel.CreateBounded<bool>(MostConnections);
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly Task[] _running;
    private long _answered;
    private long _dropped;

    private DnsServer(Func<DnsQuestion, DnsAnswer> answer, TimeProvider time, ILogger logger, Socket udp, Socket tcp)
    {
        (_answer, _time, _logger, _udp, _tcp) = (answer, time, logger, udp, tcp);
        _running = [Task.Run(AnswerByUdpAsync), Task.Run(AcceptAsync)];
    }

    /// <summary>Questions that were answered.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Packets that were no questions, and connections that were broken off.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Begins to listen.</summary>
    /// <exception cref="InvalidOperationException">It cannot; the message says why and what to set.</exception>
    public static DnsServer Start(DnsSettings settings, Func<DnsQuestion, DnsAnswer> answer, TimeProvider time, ILogger logger)
    {
        var udp = new Socket(settings.EndPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        var tcp = new Socket(settings.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            udp.Bind(settings.EndPoint);
            tcp.Bind(settings.EndPoint);
            tcp.Listen();
        }
        catch (SocketException cannot)
        {
            udp.Dispose();
            tcp.Dispose();
            throw new InvalidOperationException(
                $"DNS cannot be answered at {settings.EndPoint}: {cannot.Message} Stop what listens there, or change Agent:Dns:Address; "
                    + "ports below 1024 are for root, or for CAP_NET_BIND_SERVICE.",
                cannot);
        }

        Listens(logger, settings.Domain.ToString(), settings.EndPoint.ToString());
        return new DnsServer(answer, time, logger, udp, tcp);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _udp.Dispose();
        _tcp.Dispose();
        await Task.WhenAll(_running).ConfigureAwait(false);
        // Those who are connected end by themselves, for all are told.
        for (var i = 0; i < MostConnections; i++)
            await _connected.Writer.WriteAsync(true).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AnswerByUdpAsync()
    {
        var question = new byte[MostQuestion];
        var answer = new byte[DnsReply.MostByUdp];
        EndPoint anybody = new IPEndPoint(_udp.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var received = await _udp.ReceiveFromAsync(question, SocketFlags.None, anybody, _stopping.Token).ConfigureAwait(false);
                var length = Answer(question.AsSpan(0, received.ReceivedBytes), answer, byTcp: false);
                if (length > 0)
                    await _udp.SendToAsync(answer.AsMemory(0, length), SocketFlags.None, received.RemoteEndPoint, _stopping.Token)
                        .ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // One who asked has gone, or cannot be reached; or the packet was longer than any question.
                Interlocked.Increment(ref _dropped);
            }
            catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await _connected.Writer.WriteAsync(true, _stopping.Token).ConfigureAwait(false);
                Socket connection;
                try
                {
                    connection = await _tcp.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                }
                catch
                {
                    _connected.Reader.TryRead(out _);
                    throw;
                }

                _ = AnswerByTcpAsync(connection);
            }
            catch (SocketException)
            {
                // Whoever wanted to connect has gone.
                Interlocked.Increment(ref _dropped);
            }
            catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerByTcpAsync(Socket connection)
    {
        try
        {
            using (connection)
                await AnswerAllAsync(connection).ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            Interlocked.Increment(ref _dropped);
        }
        finally
        {
            _connected.Reader.TryRead(out _);
        }
    }

    /// <summary>Each question has its length in front of it (RFC 1035 §4.2.2), and so have the answers.</summary>
    private async Task AnswerAllAsync(Socket connection)
    {
        var question = new byte[2 + MostQuestion];
        byte[]? answer = null;
        while (true)
        {
            // One who is silent, or reads nothing, is left.
            using var patience = new CancellationTokenSource(Idle, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _stopping.Token);
            if (!await ReadAsync(connection, question.AsMemory(0, 2), either.Token).ConfigureAwait(false))
                return;
            var count = BinaryPrimitives.ReadUInt16BigEndian(question);
            if (count > MostQuestion || !await ReadAsync(connection, question.AsMemory(2, count), either.Token).ConfigureAwait(false))
            {
                Interlocked.Increment(ref _dropped);
                return;
            }

            answer ??= new byte[2 + DnsReply.MostByTcp];
            var length = Answer(question.AsSpan(2, count), answer.AsSpan(2), byTcp: true);
            if (length == 0)
                return;
            BinaryPrimitives.WriteUInt16BigEndian(answer, (ushort)length);
            for (var sent = 0; sent < length + 2;)
                sent += await connection.SendAsync(answer.AsMemory(sent, length + 2 - sent), either.Token).ConfigureAwait(false);
        }
    }

    /// <returns>False where the asker has ended before.</returns>
    private static async ValueTask<bool> ReadAsync(Socket connection, Memory<byte> bytes, CancellationToken cancellation)
    {
        while (!bytes.IsEmpty)
        {
            var count = await connection.ReceiveAsync(bytes, cancellation).ConfigureAwait(false);
            if (count == 0)
                return false;
            bytes = bytes[count..];
        }

        return true;
    }

    /// <returns>The length of the answer; 0 for what gets none.</returns>
    private int Answer(ReadOnlySpan<byte> packet, Span<byte> answer, bool byTcp)
    {
        if (DnsQuery.Read(packet) is not { } query)
        {
            Interlocked.Increment(ref _dropped);
            return 0;
        }

        try
        {
            var told = query.Problem == DnsCode.NoError && query.Question is { } question ? _answer(question) : DnsAnswer.Of(query.Problem);
            var (length, _) = DnsReply.Write(answer, query, told, byTcp);
            Interlocked.Increment(ref _answered);
            return length;
        }
        catch (Exception error)
        {
            Failed(_logger, error);
            Interlocked.Increment(ref _dropped);
            return 0;
        }
    }

    [LoggerMessage(183, LogLevel.Information, "The agent answers DNS for '{Domain}' at {EndPoint}, by UDP and TCP")]
    private static partial void Listens(ILogger logger, string domain, string endPoint);

    [LoggerMessage(184, LogLevel.Error, "A question of DNS was not answered. This is a bug: please report it")]
    private static partial void Failed(ILogger logger, Exception error);
}
