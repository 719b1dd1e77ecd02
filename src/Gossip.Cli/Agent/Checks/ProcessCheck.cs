using System.Globalization;
using System.Text;

namespace Gossip.Cli.Agent.Checks;

/// <summary>
/// Whether a process lives, and is the one that was meant: an id that is given to another process does not bring the service back. A file
/// with the id is read each time, and one that was written anew means a new process; one that was not, since an agent saw its process,
/// means that process, whoever has the id now.
/// </summary>
/// <param name="pid">The process; null when a file tells it.</param>
/// <param name="file">The file that tells it; null where the id is given.</param>
/// <param name="known">The process as it was when somebody registered it; null to take the one that is found first.</param>
/// <param name="processes">The processes of this machine.</param>
/// <param name="kept">What the agent before this one knew of the file; null for nothing.</param>
internal sealed class ProcessCheck(
    int? pid, string? file, ProcessIdentity? known, ProcessTable processes, KeptCheck? kept = null) : IKeptCheck
{
    /// <summary>An id has at most ten digits; what is longer is another kind of file.</summary>
    private const int MostBytes = 64;

    private (int Pid, DateTime Written) _meant = kept is { Process: { } before } ? (before.Pid, kept.At.UtcDateTime) : default;
    private ProcessIdentity? _process = known ?? kept?.Process;
    private KeptCheck? _kept = kept;
    private bool _hasEnded;
    private Task<CheckResult>? _looking;

    public KeptCheck? Kept => file is null ? null : Volatile.Read(ref _kept);

    /// <summary>
    /// A file is read on another thread: it may lie on a host that does not answer, and whoever opens that waits.
    /// </summary>
    public ValueTask<CheckResult> RunAsync(CancellationToken cancellation)
    {
        if (file is null)
            return ValueTask.FromResult(Look());
        if (_looking is { IsCompleted: false })
            return ValueTask.FromResult(new CheckResult(CheckStatus.Fail, $"{file} could not be opened: the last try has not come back"));
        _looking = Task.Run(Look, CancellationToken.None);
        return new(_looking.WaitAsync(cancellation));
    }

    private CheckResult Look()
    {
        if (pid is { } given)
            return Look(given);
        var (read, written, problem) = ReadFile(file!);
        if (problem is { } found)
            return found;
        if ((read, written) != _meant)
        {
            _meant = (read, written);
            (_process, _hasEnded) = (null, false);
        }

        var result = Look(read);
        if (_process is { } seen && (_kept?.Process != seen || _kept.At.UtcDateTime != written))
            Volatile.Write(ref _kept, new(new DateTimeOffset(written), null, seen));
        return result;
    }

    private CheckResult Look(int id)
    {
        ProcessIdentity? found;
        try
        {
            found = _hasEnded ? null : processes.Find(id);
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            return new(CheckStatus.Fail, $"whether the process lives cannot be found out: {cannot.Message}");
        }

        if (found is not null && (_process ??= found) == found)
            return new(CheckStatus.Pass, string.Create(CultureInfo.InvariantCulture, $"process {id} runs"));
        _hasEnded = true;
        return new(CheckStatus.Gone, string.Create(CultureInfo.InvariantCulture, $"process {id} has ended"));
    }

    private static (int Pid, DateTime Written, CheckResult? Problem) ReadFile(string path)
    {
        var nothing = new CheckResult(CheckStatus.Gone, $"{path} has no process id in it");
        try
        {
            using var handle = PlainFile.Open(path);
            // One without a length may be a device, whose reading has no end.
            if (RandomAccess.GetLength(handle) is 0 or > MostBytes)
                return (0, default, nothing);
            Span<byte> bytes = stackalloc byte[MostBytes + 1];
            var text = Encoding.ASCII.GetString(bytes[..PlainFile.Read(handle, bytes)]);
            return int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
                ? (id, File.GetLastWriteTimeUtc(handle), null)
                : (0, default, nothing);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return (0, default, new(CheckStatus.Gone, $"there is no file {path}"));
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            // As where no more files can be opened: that says nothing of the process.
            return (0, default, new(CheckStatus.Fail, $"{path} cannot be read: {cannot.Message}"));
        }
    }
}
