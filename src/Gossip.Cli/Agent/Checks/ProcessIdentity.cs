using System.Globalization;

namespace Gossip.Cli.Agent.Checks;

/// <summary>
/// A process that is not taken for a later one with the same id: the id, when it started in ticks since the machine's start, and which
/// start of the machine that was.
/// </summary>
internal sealed record ProcessIdentity(int Pid, ulong Start, string Boot);

/// <summary>The processes of this machine, as the kernel shows them.</summary>
/// <param name="folder">Where: <c>/proc</c>.</param>
internal sealed class ProcessTable(string folder = "/proc")
{
    /// <summary>The start is the 22nd field of the line, so the 20th behind the name, which may have spaces and brackets in it.</summary>
    private const int StartField = 19;

    /// <summary>What the kernel says where the process ends while its line is read.</summary>
    private const int NoSuchProcess = 3;

    private string? _boot;

    /// <summary>The live process of that id; null when there is none, or it has ended and is only waited for.</summary>
    /// <exception cref="IOException">The system does not tell, as where no more files can be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public ProcessIdentity? Find(int pid)
    {
        try
        {
            var line = File.ReadAllText(Path.Combine(folder, pid.ToString(CultureInfo.InvariantCulture), "stat"));
            var fields = line[(line.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > StartField && fields[0] is not ("Z" or "X" or "x")
                && ulong.TryParse(fields[StartField], NumberStyles.None, CultureInfo.InvariantCulture, out var start)
                    ? new(pid, start, Boot())
                    : null;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException || gone.HResult == NoSuchProcess)
        {
            return null;
        }
    }

    /// <summary>Names this start of the machine, since ticks begin anew with each; empty where the kernel does not tell.</summary>
    public string Boot()
    {
        if (_boot is not null)
            return _boot;
        try
        {
            return _boot = File.ReadAllText(Path.Combine(folder, "sys/kernel/random/boot_id")).Trim();
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return _boot = "";
        }
    }
}
