using System.Text;

namespace Gossip.Cli.Tests;

/// <summary>A fresh temporary folder that only this user can enter, and that goes with the test. Its path is short, for sockets.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ga-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>Writes a program, which a shell runs.</summary>
    public string WriteProgram(string name, string script)
    {
        Write(name, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(this[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return this[name];
    }

    /// <summary>Writes a file that looks as if it had been there for an hour, so that mistakes in it are told at once.</summary>
    public string WriteSettled(string name, string text)
    {
        Write(name, text);
        File.SetLastWriteTimeUtc(this[name], DateTime.UtcNow.AddHours(-1).AddMilliseconds(Encoding.UTF8.GetByteCount(text)));
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
