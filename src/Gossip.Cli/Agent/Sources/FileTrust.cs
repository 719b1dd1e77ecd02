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
        string real;
        try
        {
            real = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            return $"{path} leads nowhere: {cannot.Message}";
        }

        return ObjectionTo(real)
            ?? ObjectionTo(Path.GetDirectoryName(real)!)
            ?? ObjectionTo(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static string? ObjectionTo(string path) => UnixOwner.Of(path) switch
    {
        null => $"the system does not tell who may write {path}",
        { User: not 0, IsOfThisProcess: false } => $"{path} belongs to another user; `chown` it to the agent's user or to root",
        { Mode: var mode } when (mode & Writable) != 0 => $"others may write {path}; `chmod go-w {path}`",
        _ => null,
    };
}
