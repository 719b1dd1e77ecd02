using Gossip.Bootstrap;

namespace Gossip.Cli.Agent.Sources;

/// <summary>
/// Whether a file may have the agent run programs: then nobody may be able to write it, or to put another into its place, but the user of
/// the agent and root.
/// </summary>
internal static class FileTrust
{
    private const UnixFileMode Writable = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <returns>Why not; null when it may.</returns>
    public static string? Objection(string path)
    {
        if (OperatingSystem.IsWindows())
            return null;
        try
        {
            // What a link leads to may be another file by the time that it is read.
            if (new FileInfo(path).LinkTarget is not null)
                return $"{path} is a link; put the file itself there";
            var folder = new DirectoryInfo(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return ObjectionTo(path) ?? ObjectionTo(folder.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder.FullName);
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            return $"{path} cannot be looked at: {cannot.Message}";
        }
    }

    private static string? ObjectionTo(string path) => UnixOwner.Of(path) switch
    {
        null => $"the system does not tell who may write {path}",
        { User: not 0, IsOfThisProcess: false } => $"{path} belongs to another user; `chown` it to the agent's user or to root",
        { Mode: var mode } when (mode & Writable) != 0 => $"others may write {path}; `chmod go-w {path}`",
        _ => null,
    };
}
