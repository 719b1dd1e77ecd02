using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Gossip.Cli.Agent;

/// <summary>
/// Opens files where others may write. What a path leads to can be another file between a look at it and its opening, and whoever opens
/// a pipe waits until somebody writes into it: so it is opened without waiting, and what was opened is looked at.
/// </summary>
internal static class PlainFile
{
    /// <summary>For reading, without waiting, and not for programs that are run: the values of all processors of .NET on Linux.</summary>
    private const int ReadOnlyNonBlockingCloseOnExec = 0x800 | 0x80000;

    private const int NoSuchFile = 2;
    private const int NoPermission = 13;

    /// <summary>Opens a file, or what a link leads to.</summary>
    /// <exception cref="IOException">It cannot be opened, or is no plain file.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not read it.</exception>
    public static SafeFileHandle Open(string path)
    {
        if (!OperatingSystem.IsLinux())
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var file = open(Encoding.UTF8.GetBytes(path + '\0'), ReadOnlyNonBlockingCloseOnExec);
        if (file < 0)
            throw Refusal(path, Marshal.GetLastPInvokeError());
        var handle = new SafeFileHandle(file, ownsHandle: true);
        try
        {
            // Of a pipe or a socket there is no length, and a device or a folder is none that is read to its end.
            RandomAccess.GetLength(handle);
            if ((File.GetAttributes(handle) & FileAttributes.Directory) == 0)
                return handle;
        }
        catch (NotSupportedException)
        {
            // Told below.
        }

        handle.Dispose();
        throw new IOException($"'{path}' is no plain file.");
    }

    /// <summary>Reads a file from its beginning.</summary>
    /// <param name="handle">The file.</param>
    /// <param name="bytes">Where it goes; a longer file is read so far.</param>
    /// <returns>How many bytes there were.</returns>
    public static int Read(SafeFileHandle handle, Span<byte> bytes)
    {
        var sum = 0;
        while (sum < bytes.Length && RandomAccess.Read(handle, bytes[sum..], sum) is > 0 and var count)
            sum += count;
        return sum;
    }

    private static Exception Refusal(string path, int error) => error switch
    {
        NoSuchFile => new FileNotFoundException($"There is no file '{path}'.", path),
        NoPermission => new UnauthorizedAccessException($"Access to '{path}' is denied."),
        _ => new IOException($"'{path}' cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}."),
    };

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc", SetLastError = true)]
    private static extern int open(byte[] path, int flags);
}
