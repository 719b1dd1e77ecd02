using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Gossip.Cli.Agent.Checks;

/// <summary>
/// Runs a program to its end, in an environment that has nothing of the agent's but the path: secrets of the agent are no business of what
/// it runs. When the time is over it is killed, with its children.
/// </summary>
internal static class ProgramRun
{
    /// <summary>What of the agent's environment a program gets.</summary>
    private static readonly string[] Kept = ["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"];

    /// <summary>How long output is waited for after the program has ended: a child may hold it open.</summary>
    private static readonly TimeSpan Trailing = TimeSpan.FromSeconds(1);

    /// <returns>The exit code, and what it wrote; a program that cannot be started has no exit code.</returns>
    public static async ValueTask<(int? ExitCode, string Output)> RunAsync(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, int mostBytes, CancellationToken cancellation)
    {
        using var process = new Process { StartInfo = Describe(command, environment) };
        try
        {
            process.Start();
        }
        catch (Exception cannot) when (cannot is Win32Exception or InvalidOperationException)
        {
            return (null, $"{command[0]} cannot be started: {cannot.Message}");
        }

        process.StandardInput.Close();
        var output = new Output(mostBytes);
        var reading = Task.WhenAll(
            output.ReadAsync(process.StandardOutput.BaseStream), output.ReadAsync(process.StandardError.BaseStream));
        try
        {
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
            await reading.WaitAsync(Trailing, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A child has inherited the output, and lives on: what was written so far is what counts.
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            throw;
        }

        return (process.ExitCode, output.Text());
    }

    private static ProcessStartInfo Describe(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(Find(command[0]), command.Skip(1))
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/",
        };
        foreach (var name in start.Environment.Keys.Except(Kept).ToArray())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return start;
    }

    /// <summary>
    /// A name without a folder is looked for along the path, and nowhere else: the framework would look into the current folder before,
    /// where anybody may have put a program of that name.
    /// </summary>
    private static string Find(string program)
    {
        if (program.Contains(Path.DirectorySeparatorChar) || OperatingSystem.IsWindows())
            return program;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var found = Array.Find(folders, folder => Path.IsPathRooted(folder) && File.Exists(Path.Combine(folder, program)));
        return Path.Combine(found ?? "/usr/bin", program);
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception gone) when (gone is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended meanwhile.
        }
    }

    /// <summary>
    /// What a program writes, both streams together; what is more is read and dropped, so that the program does not stand still.
    /// </summary>
    private sealed class Output(int most)
    {
        private readonly byte[] _bytes = new byte[most];
        private int _count;

        public async Task ReadAsync(Stream stream)
        {
            var buffer = new byte[4096];
            try
            {
                while (await stream.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var count)
                {
                    var at = Interlocked.Add(ref _count, count) - count;
                    if (at < most)
                        buffer.AsSpan(0, Math.Min(count, most - at)).CopyTo(_bytes.AsSpan(at));
                }
            }
            catch (Exception closed) when (closed is IOException or ObjectDisposedException)
            {
                // The run is over, and nobody reads on.
            }
        }

        public string Text() => CheckResult.Clean(_bytes.AsSpan(0, Math.Min(Volatile.Read(ref _count), most)));
    }

    /// <summary>The variables by which a program learns what it is run for.</summary>
    public static Dictionary<string, string> EnvironmentFor(string id, string service) =>
        new() { ["GOSSIP_SERVICE_ID"] = id, ["GOSSIP_SERVICE_NAME"] = service };

    /// <summary>An exit code for people.</summary>
    public static string Show(int exitCode) => string.Create(CultureInfo.InvariantCulture, $"exit code {exitCode}");
}
