using System.Globalization;
using System.Text;

namespace Gossip.Cli.Agent.Checks;

/// <summary>
/// Whether a process lives, and is the one that was meant: an id that is given to another process does not bring the service back. A file
/// with the id is read each time, and one that was written anew means a new process.
/// </summary>
/// <param name="pid">The process; null when a file tells it.</param>
/// <param name="file">The file that tells it; null where the id is given.</param>
/// <param name="known">The process as it was when somebody registered it; null to take the one that is found first.</param>
/// <param name="processes">The processes of this machine.</param>
internal sealed class ProcessCheck(int? pid, string? file, ProcessIdentity? known, ProcessTable processes) : ICheck
{
    /// <summary>An id has at most ten digits; what is longer is another kind of file.</summary>
    private const int MostBytes = 64;

    private (int Pid, DateTime Written) _meant;
    private ProcessIdentity? _process = known;
    private bool _hasEnded;
    private Task<CheckResult>? _looking;

    /// <summary>
    /// A file is read on another thread: its folder may be another user's, who may have put a pipe there, or lie on a host that does not
    /// answer, and whoever opens that waits.
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
        if (problem is not null)
            return new(CheckStatus.Gone, problem);
        if ((read, written) != _meant)
        {
            _meant = (read, written);
            (_process, _hasEnded) = (null, false);
        }

        return Look(read);
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

    private static (int Pid, DateTime Written, string? Problem) ReadFile(string path)
    {
        try
        {
            var named = new FileInfo(path);
            // What a link leads to counts: the link itself has the length of its text.
            var found = named.LinkTarget is null ? named : named.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? named;
            if (!found.Exists)
                return (0, default, $"there is no file {path}");
            // A longer one is not read; one without a length may be a device or a pipe, whose reading has no end.
            if (found.Length is 0 or > MostBytes)
                return (0, default, $"{path} has no process id in it");
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> bytes = stackalloc byte[MostBytes + 1];
            var text = Encoding.ASCII.GetString(bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)]);
            return int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
                ? (id, found.LastWriteTimeUtc, null)
                : (0, default, $"{path} has no process id in it");
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            return (0, default, $"{path} cannot be read: {cannot.Message}");
        }
    }
}
