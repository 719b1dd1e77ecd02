using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Agent.Checks;

/// <summary>Names a check of the agent.</summary>
internal readonly record struct CheckKey(string Service, string Check);

/// <summary>
/// Keeps what checks know in a file, so that the next agent goes on with it: a service that reports need not report at once, and a process
/// that got the id in an old file is not taken for the service. It is written beside and moved, once a second at the most, and is not
/// forced onto the disk: a machine that loses its power loses the processes, too. So reports from before another start of the machine are
/// passed over; that a file has not been written since then is worth knowing.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="boot">This start of the machine.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of what cannot be read or written.</param>
internal sealed partial class KeptChecks(string path, string boot, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>Letters of a report's note: what a record's reason has room for.</summary>
    private const int MostNote = 256;

    /// <summary>Checks that are kept: more than reports and files of as many services as one agent has.</summary>
    private const int Most = 16_384;

    /// <summary>Bytes of a file that is read: more than the most checks take.</summary>
    private const int MostBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Mailbox _writing = new();
    private Func<IEnumerable<(CheckKey, KeptCheck)>>? _collect;
    private ITimer? _timer;
    private int _isDue;
    private byte[] _written = [];
    private bool _saysBroken;

    /// <summary>What the agent before this one has kept.</summary>
    public IReadOnlyDictionary<CheckKey, KeptCheck> Read()
    {
        try
        {
            if (!File.Exists(path))
                return new Dictionary<CheckKey, KeptCheck>();
            using var handle = PlainFile.Open(path);
            var bytes = new byte[Math.Min(RandomAccess.GetLength(handle), MostBytes)];
            var count = PlainFile.Read(handle, bytes);
            using var document = JsonDocument.Parse(bytes.AsMemory(0, count), new JsonDocumentOptions { MaxDepth = 8 });
            var isOfThisStart = boot.Length > 0 && document.RootElement.GetProperty("boot").GetString() == boot;
            return document.RootElement.GetProperty("checks").EnumerateArray().Take(Most).Select(ReadOne)
                .Where(one => isOfThisStart || one.Kept.Report is null)
                .DistinctBy(one => one.Key).ToDictionary(one => one.Key, one => one.Kept);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or JsonException
            or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            Broken(logger, path, broken.Message);
            return new Dictionary<CheckKey, KeptCheck>();
        }
    }

    /// <summary>Begins to keep.</summary>
    /// <param name="collect">Tells what there is to keep, on any thread.</param>
    public void Start(Func<IEnumerable<(CheckKey, KeptCheck)>> collect)
    {
        _collect = collect;
        _timer = time.CreateTimer(_ => _writing.Post(Write), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>There may be something new to keep: it is written within a second, with all that comes until then.</summary>
    public void Note()
    {
        if (Interlocked.Exchange(ref _isDue, 1) == 0)
            _timer?.Change(Pause, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Keeps what is there now, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_timer is null)
            return;
        await _timer.DisposeAsync().ConfigureAwait(false);
        _timer = null;
        _writing.Post(Write);
    }

    private void Write()
    {
        // What comes from here on is for the next time.
        Volatile.Write(ref _isDue, 0);
        try
        {
            var bytes = BytesOf(_collect!().Take(Most));
            if (bytes.AsSpan().SequenceEqual(_written))
                return;
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var stream = new FileStream(path + ".draft", options))
                stream.Write(bytes);
            File.Move(path + ".draft", path, overwrite: true);
            (_written, _saysBroken) = (bytes, false);
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            if (!_saysBroken)
                NotWritten(logger, path, cannot.Message);
            _saysBroken = true;
        }
    }

    private byte[] BytesOf(IEnumerable<(CheckKey Key, KeptCheck Kept)> all)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("boot", boot);
            writer.WriteStartArray("checks");
            foreach (var (key, kept) in all)
                WriteOne(writer, key, kept);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteOne(Utf8JsonWriter writer, in CheckKey key, KeptCheck kept)
    {
        writer.WriteStartObject();
        writer.WriteString("service", key.Service);
        writer.WriteString("check", key.Check);
        writer.WriteString("at", kept.At);
        if (kept.Report is { } report)
        {
            writer.WriteNumber("status", (int)report.Status);
            writer.WriteString("note", report.FirstLine is { Length: > MostNote } line ? line[..MostNote] : report.FirstLine);
        }

        if (kept.Process is { } process)
        {
            writer.WriteNumber("pid", process.Pid);
            writer.WriteNumber("start", process.Start);
            writer.WriteString("boot", process.Boot);
        }

        writer.WriteEndObject();
    }

    private static (CheckKey Key, KeptCheck Kept) ReadOne(JsonElement one)
    {
        CheckResult? report = one.TryGetProperty("status", out var status)
            && status.GetInt32() is >= (int)CheckStatus.Pass and <= (int)CheckStatus.Fail and var number
            && CheckResult.Clean(Encoding.UTF8.GetBytes(one.GetProperty("note").GetString() ?? "")) is var note
                ? new CheckResult((CheckStatus)number, note)
                : null;
        var process = one.TryGetProperty("pid", out var pid)
            ? new ProcessIdentity(pid.GetInt32(), one.GetProperty("start").GetUInt64(), one.GetProperty("boot").GetString() ?? "")
            : null;
        var key = new CheckKey(one.GetProperty("service").GetString() ?? "", one.GetProperty("check").GetString() ?? "");
        return (key, new KeptCheck(one.GetProperty("at").GetDateTimeOffset(), report, process));
    }

    [LoggerMessage(170, LogLevel.Warning,
        "{File} cannot be read, so services whose checks are of the type ttl must report again before they are registered: {Reason}")]
    private static partial void Broken(ILogger logger, string file, string reason);

    [LoggerMessage(171, LogLevel.Warning,
        "{File} cannot be written, so after a restart of the agent services whose checks are of the type ttl must report again first: "
            + "{Reason}")]
    private static partial void NotWritten(ILogger logger, string file, string reason);
}
