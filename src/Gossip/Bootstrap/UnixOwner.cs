using System.Runtime.InteropServices;
using System.Text;

namespace Gossip.Bootstrap;

/// <summary>The owner of a file, which .NET does not tell; of a link, the link's own.</summary>
internal readonly record struct UnixOwner(uint User, bool IsDirectory, UnixFileMode Mode)
{
    private const int AtWorkingDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint BasicStatus = 0x7FF;
    private const int TypeMask = 0xF000;
    private const int DirectoryType = 0x4000;
    private const int ModeMask = 0xFFF;

    public bool IsOfThisProcess => User == OfThisProcess();

    /// <summary>The user with whose rights this process works.</summary>
    public static uint OfThisProcess() => geteuid();

    /// <summary>Null where there is nothing, or the system does not tell.</summary>
    public static UnixOwner? Of(string path)
    {
        try
        {
            return OperatingSystem.IsLinux() ? OfStatus(path) : OfOtherSystem(path);
        }
        catch (Exception cannot) when (cannot is EntryPointNotFoundException || MachineDirectory.IsOfFiles(cannot))
        {
            // The C library is older than the call (glibc 2.28, musl 1.2.5).
            return null;
        }
    }

    private static UnixOwner? OfStatus(string path)
    {
        var found = default(Status);
        return statx(AtWorkingDirectory, Encoding.UTF8.GetBytes(path + '\0'), NoFollow, BasicStatus, ref found) == 0
            ? new(found.User, (found.Mode & TypeMask) == DirectoryType, (UnixFileMode)(found.Mode & ModeMask))
            : null;
    }

    /// <summary>
    /// Other systems have layouts of their own for the owner, but only the owner or root may set a file's mode. macOS gives each user an
    /// own temporary folder.
    /// </summary>
    private static UnixOwner? OfOtherSystem(string path)
    {
        var file = new DirectoryInfo(path);
        var isDirectory = file.Exists && file.LinkTarget is null;
        if (isDirectory && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, file.UnixFileMode);
        return new(OfThisProcess(), isDirectory, file.UnixFileMode);
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc")]
    private static extern uint geteuid();

    /// <summary>The one call whose result has the same layout on every processor and with every C library.</summary>
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc")]
    private static extern int statx(int folder, byte[] path, int flags, uint wanted, ref Status found);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(20)]
        public uint User;

        [FieldOffset(28)]
        public ushort Mode;
    }
}
