using System.Globalization;

namespace Gossip.Cli.Agent;

/// <summary>
/// Two agents of one name would take back each other's records. The first one holds a file in its state folder under a lock, which the
/// system drops with the process; the second finds the number of that process beside it.
/// </summary>
internal sealed class AgentLock : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream _held;

    private AgentLock(FileStream held) => _held = held;

    /// <exception cref="InvalidOperationException">
    /// Another agent holds it, or the folder cannot be used; the message says what to do.
    /// </exception>
    public static AgentLock Take(string folder, string name)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, OwnerOnly);
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            throw Unusable(folder, cannot);
        }

        var path = Path.Combine(folder, "agent.lock");
        var pid = Path.Combine(folder, "agent.pid");
        try
        {
            var held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(pid, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new AgentLock(held);
        }
        catch (UnauthorizedAccessException cannot)
        {
            throw Unusable(folder, cannot);
        }
        catch (IOException)
        {
            throw new InvalidOperationException(
                $"Another agent of the name '{name}' runs on this machine: process {ReadPid(pid)} holds {path}. "
                    + "Stop that one, or give this one another Agent:Name and Agent:StateFolder.");
        }
    }

    public void Dispose() => _held.Dispose();

    private static InvalidOperationException Unusable(string folder, Exception cannot) => new(
        $"The agent's state folder {folder} cannot be used: {cannot.Message} "
            + "Set Agent:StateFolder to one that its user may write.",
        cannot);

    private static string ReadPid(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            return "(unknown)";
        }
    }
}
