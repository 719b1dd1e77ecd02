using System.Text;

namespace Gossip.Bootstrap;

/// <summary>
/// A small file that is there as long as its process lives. The process holds it open under a shared lock, which the system drops with the
/// process: a file that can be opened exclusively was left by a killed process. Unlike a process id, a lock means the same in containers
/// that share a folder, and is never reused for another process.
/// </summary>
internal sealed class HeldFile : IDisposable
{
    /// <summary>A longer file is not from this library; an empty one may be a pipe, whose opening waits for ever.</summary>
    public const int Longest = 512;

    /// <summary>The suffix of a file that is not complete yet.</summary>
    public const string Draft = ".draft";

    private const int Looks = 3;

    private readonly FileStream _stream;
    private readonly string _path;

    private HeldFile(FileStream stream, string path)
    {
        _stream = stream;
        _path = path;
    }

    /// <summary>Whether the file still exists; people and programs clean up temporary folders.</summary>
    public bool IsThere => File.Exists(_path);

    /// <summary>Writes the file under its lock from the first moment, and gives it its name when it is complete.</summary>
    public static HeldFile Create(string path, string text)
    {
        var options = OptionsFor(FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var stream = new FileStream(path + Draft, options);
        try
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Flush();
            File.Move(path + Draft, path, overwrite: true);
            return new HeldFile(stream, path);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Whether a living process holds the file, so that it cannot be opened exclusively. Always false on file systems that do not lock.
    /// </summary>
    public static bool IsHeld(string path)
    {
        // Another process that looks at this moment has it alone, too, and no longer than that.
        for (var look = 0; look < Looks; look++)
        {
            if (!IsHeldNow(path))
                return false;
            Thread.Yield();
        }

        return true;
    }

    private static bool IsHeldNow(string path)
    {
        try
        {
            using var alone = new FileStream(path, OptionsFor(FileMode.Open, FileAccess.Read, FileShare.None));
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Whether the file has a possible length of a held file; to be checked before opening it.</summary>
    public static bool HasOurLength(FileInfo file) => file is { Exists: true, Length: > 0 and <= Longest };

    public static string Read(string path)
    {
        using var stream = new FileStream(path, OptionsFor(FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        var bytes = new byte[Longest];
        return Encoding.UTF8.GetString(bytes, 0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }

    /// <summary>Removes the file.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception cannot) when (MachineDirectory.IsOfFiles(cannot))
        {
            // The next process finds that no process holds it.
        }

        _stream.Dispose();
    }

    private static FileStreamOptions OptionsFor(FileMode mode, FileAccess access, FileShare share) =>
        new() { Mode = mode, Access = access, Share = share, BufferSize = 0 };
}
