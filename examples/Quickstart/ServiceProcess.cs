using System.Diagnostics;
using System.Reflection;
using Gossip;

namespace Quickstart;

/// <summary>One service in a process of its own: this very program, started with the verb <c>service</c>. Its output goes to a file.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private readonly Process _process;
    private readonly TextWriter _log;
    private readonly string _logFile;

    private ServiceProcess(Process process, string node, string logFile)
    {
        _process = process;
        Node = node;
        _logFile = logFile;
        _log = TextWriter.Synchronized(new StreamWriter(logFile) { AutoFlush = true });
        process.OutputDataReceived += (_, line) => _log.WriteLine(line.Data);
        process.ErrorDataReceived += (_, line) => _log.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Id = process.Id;
    }

    public string Node { get; }

    public int Id { get; }

    /// <summary>The member that the process became; null until it was seen.</summary>
    public string? Member { get; set; }

    /// <summary>Whether it was killed, or asked to stop.</summary>
    public bool IsDoomed { get; private set; }

    /// <summary>Whether it failed by itself. Ctrl+C in a terminal reaches it too, and then it ends well before it is asked to.</summary>
    public bool HasFailed => _process.HasExited && !IsDoomed && _process.ExitCode != 0;

    public bool HasExited => _process.HasExited;

    public static ServiceProcess Start(string service, string node, IReadOnlyDictionary<string, string> settings, string logs)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        foreach (var argument in new[] { "service", service, node })
            start.ArgumentList.Add(argument);
        // What the shell sets for other Gossip processes is not for these.
        foreach (var name in start.Environment.Keys.Where(IsGossip).ToArray())
            start.Environment.Remove(name);
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        // There a browser on this machine sees what /gossip tells; in another environment the page says what it asks for.
        start.Environment.TryAdd("ASPNETCORE_ENVIRONMENT", "Development");
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} does not start.");
        return new ServiceProcess(process, node, Path.Combine(logs, $"{node}-{process.Id}.log"));
    }

    public bool Owns(ServiceInstance instance) => instance.Metadata.GetValueOrDefault(Service.ProcessKey) == $"{Id}" && !HasExited;

    /// <summary>SIGKILL, or what the system has of that kind: the process gets no chance to say goodbye.</summary>
    public void Kill()
    {
        IsDoomed = true;
        _process.Kill();
    }

    public void AskToStop()
    {
        IsDoomed = true;
        _process.StandardInput.Close();
    }

    /// <summary>Waits for its end, and tells its exit code.</summary>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public IEnumerable<string> LastLines()
    {
        using var log = new StreamReader(new FileStream(_logFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return log.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(12).ToArray();
    }

    public void Dispose()
    {
        if (!HasExited)
            Kill();
        _process.WaitForExit();
        _process.Dispose();
        _log.Dispose();
    }

    private static bool IsGossip(string variable) => variable.StartsWith("Gossip__", StringComparison.OrdinalIgnoreCase);
}
