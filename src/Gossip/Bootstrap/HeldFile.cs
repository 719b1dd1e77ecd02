using System.Text;

namespace Gossip.Bootstrap;

/// <summary>
/// A small file that is there as long as its process lives. The process holds it open under a shared lock, which the system drops with
/// the process: a file that can be had alone is what a killed process left behind. Unlike a process's number, a lock means the same in
/// containers that share a folder, and is never given to another process.
/// </summary>
internal sealed class HeldFile : IDisposable
{
    /// <summary>A file that is longer is none of ours; one that is empty may be a pipe, where opening waits for ever.</summary>
    public const int Longest = 512;

    /// <summary>Ends the name of a file that is not whole yet.</summary>
    public const string Draft = ".draft";

    private readonly FileStream _stream;
    private readonly string _path;

    private HeldFile(FileStream stream, string path)
    {
        _stream = stream;
        _path = path;
    }

    /// <summary>Whether it is there still; people and programs tidy up temporary folders.</summary>
    public bool IsThere => File.Exists(_path);

    /// <summary>Writes the file under its lock from the first moment, and gives it its name when it is whole.</summary>
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

    /// <summary>Whether a living process holds the file: then it cannot be had alone. Some file systems lock nothing, and say no.</summary>
    public static bool IsHeld(string path)
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

    /// <summary>Whether the file has a length that ours have; it is to be asked before one is opened.</summary>
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
            // Whoever comes next finds that nobody holds it.
        }

        _stream.Dispose();
    }

    private static FileStreamOptions OptionsFor(FileMode mode, FileAccess access, FileShare share) =>
        new() { Mode = mode, Access = access, Share = share, BufferSize = 0 };
}
