using System.Net.Sockets;
using Gossip.Cli.Agent;

namespace Gossip.Cli.Tests;

public sealed class PlainFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_read_and_one_that_a_link_leads_to()
    {
        var file = _folder.Write("file", "text");
        File.CreateSymbolicLink(_folder["link"], file);
        foreach (var path in new[] { file, _folder["link"] })
        {
            using var opened = PlainFile.Open(path);
            var bytes = new byte[8];
            Assert.Equal(4, PlainFile.Read(opened, bytes));
            Assert.Equal("text"u8.ToArray(), bytes[..4]);
        }
    }

    /// <summary>Whoever opens a pipe as files are opened waits until somebody writes into it.</summary>
    [Fact]
    public async Task A_pipe_is_refused_without_waiting_for_its_writer()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using (var made = System.Diagnostics.Process.Start("mkfifo", _folder["pipe"]))
            await made.WaitForExitAsync(Eventually.Patience());
        File.CreateSymbolicLink(_folder["link"], _folder["pipe"]);
        var opening = Task.Run(() => PlainFile.Open(_folder["link"]));
        var refused = await Assert.ThrowsAsync<IOException>(() => opening.WaitAsync(Eventually.Patience()));
        Assert.Contains("no plain file", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_a_socket_and_what_is_not_there_are_refused()
    {
        if (!OperatingSystem.IsLinux())
            return;
        Directory.CreateDirectory(_folder["folder"]);
        Assert.Contains("no plain file", Assert.Throws<IOException>(() => PlainFile.Open(_folder["folder"])).Message, StringComparison.Ordinal);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder["socket"]));
        Assert.Throws<IOException>(() => PlainFile.Open(_folder["socket"]));
        Assert.Throws<FileNotFoundException>(() => PlainFile.Open(_folder["none"]));
    }
}
