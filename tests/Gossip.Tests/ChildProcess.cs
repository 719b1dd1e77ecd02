using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Gossip.Tests;

/// <summary>A process of a test, read line by line. It never outlives the test: disposing kills what is left of it.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>
    /// What is in front of each command line. What runs in the background of a shell has SIGINT ignored, under nohup SIGHUP too, and so would
    /// have what it starts.
    /// </summary>
    private static readonly string[] Front = IgnoresSignals() ? ["env", "--default-signal=INT,HUP"] : [];

    private readonly Process _process;
    private readonly List<string> _heard = [];

    private ChildProcess(Process process) => _process = process;

    public static ChildProcess Start(string program, params IEnumerable<string> arguments) =>
        Start(new Dictionary<string, string>(), program, arguments);

    public static ChildProcess Start(IReadOnlyDictionary<string, string> environment, string program, params IEnumerable<string> arguments)
    {
        string[] line = [.. Front, program, .. arguments];
        var start = new ProcessStartInfo(line[0], line[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new ChildProcess(Process.Start(start)!);
    }

    public int Id => _process.Id;

    /// <summary>How the process has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>The dotnet host that runs this test, and the program of Gossip.Tests.Peer: the beginning of a command line.</summary>
    public static string[] Peer { get; } =
    [
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet")),
        Path.Combine(AppContext.BaseDirectory, "Gossip.Tests.Peer.dll"),
    ];

    /// <summary>Runs to the end and returns the output; anything but success is a failure of the test.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        await using var child = Start(program, arguments);
        return await child.OutputAsync();
    }

    private static bool IgnoresSignals()
    {
        const string Ignored = "SigIgn:";
        const ulong HangUpOrInterrupt = 0b11;
        return OperatingSystem.IsLinux()
            && File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Ignored, StringComparison.Ordinal)) is { } mask
            && (Convert.ToUInt64(mask[Ignored.Length..].Trim(), 16) & HangUpOrInterrupt) != 0;
    }

    /// <summary>What is left of the output, to the end of the process, which must be a success.</summary>
    public async Task<string> OutputAsync()
    {
        _process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        var output = await _process.StandardOutput.ReadToEndAsync(deadline.Token);
        await _process.WaitForExitAsync(deadline.Token);
        Assert.True(_process.ExitCode == 0, $"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} ended with {_process.ExitCode}: {output}");
        return output;
    }

    /// <summary>The first line that is the one among those behind another line.</summary>
    public Task<string> LineAfterAsync(string earlier, Func<string, bool> isIt) => LineAsync(isIt, _heard.IndexOf(earlier) + 1);

    /// <summary>The first line of output that is the one, whether it has come already or is yet to come.</summary>
    public async Task<string> LineAsync(Func<string, bool> isIt, int skip = 0)
    {
        if (_heard.Skip(skip).FirstOrDefault(isIt) is { } before)
            return before;
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        try
        {
            while (await _process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
            {
                _heard.Add(line);
                if (isIt(line))
                    return line;
            }
        }
        catch (OperationCanceledException)
        {
            // Told below, with what was heard instead.
        }

        throw new Xunit.Sdk.XunitException($"{_process.StartInfo.FileName} did not say it. It said:\n{string.Join('\n', _heard)}");
    }

    /// <summary>Writes a line to the input, and returns the first line of output behind it that is the one.</summary>
    public async Task<string> AskAsync(string line, Func<string, bool> isAnswer)
    {
        var skip = _heard.Count;
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        return await LineAsync(isAnswer, skip);
    }

    /// <summary>Ends the input, and returns every line that the process said in its life.</summary>
    public async Task<IReadOnlyList<string>> EndAsync()
    {
        var rest = await OutputAsync();
        return [.. _heard, .. rest.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    /// <summary>Asks the process to end by ending its input, as the peer program expects, and waits.</summary>
    public async Task EndInputAsync()
    {
        _process.StandardInput.Close();
        await WaitForEndAsync();
    }

    /// <summary>Asks the process to end by SIGTERM, and waits.</summary>
    public Task TerminateAsync() => SignalAsync("TERM");

    /// <summary>Asks the process to end by a signal, and waits.</summary>
    public async Task SignalAsync(string signal)
    {
        await RunAsync("kill", $"-{signal}", _process.Id.ToString());
        await WaitForEndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await WaitForEndAsync();
        _process.Dispose();
    }

    private async Task WaitForEndAsync()
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        await _process.WaitForExitAsync(deadline.Token);
    }
}
