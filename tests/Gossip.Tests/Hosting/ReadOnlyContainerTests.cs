using Gossip.Tests.Http;

namespace Gossip.Tests.Hosting;

/// <summary>
/// A web service with none of what a session gives a process, on a file system that nothing can be written to, as in a container that is
/// run with <c>--read-only</c>.
/// </summary>
public sealed class ReadOnlyContainerTests
{
    private const string Closed = "answers nobody: ";
    private const string Open = "answers those who bring the token of this process";

    [PeerFact("root", "unshare", "curl")]
    public async Task Where_nothing_can_be_written_the_log_and_the_answer_say_which_line_to_add()
    {
        await using var service = Start("true");
        var told = await service.LineAsync(IsAnnouncement);

        Assert.Contains(Closed, told);
        Assert.Contains("Read-only file system", told);
        Assert.Contains("Add app.MapGossip().RequireAuthorization()", told);
        Assert.Contains("docker run --tmpfs /tmp", told);
        var answer = await ChildProcess.RunAsync("curl", "-s", "-w", "%{http_code}", AddressIn(told));
        Assert.EndsWith("403", answer);
        Assert.Contains("app.MapGossip().RequireAuthorization()", answer);
        Assert.Contains("docker run --tmpfs /tmp", answer);
    }

    [PeerFact("root", "unshare", "nsenter", "curl")]
    public async Task With_a_folder_for_temporary_files_the_line_of_the_log_works()
    {
        await using var service = Start("mount -t tmpfs none /mnt", "TMPDIR=/mnt");
        var told = await service.LineAsync(IsAnnouncement);

        Assert.Contains(Open, told);
        var command = told[told.IndexOf("curl ", StringComparison.Ordinal)..];
        var answer = await ChildProcess.RunAsync(
            "nsenter", "--mount", "--target", $"{service.Id}", "sh", "-c", $"{command} --no-progress-meter");
        Assert.Contains("\"members\":", answer);
    }

    private static bool IsAnnouncement(string line) =>
        line.Contains(Closed, StringComparison.Ordinal) || line.Contains(Open, StringComparison.Ordinal);

    private static string AddressIn(string line) => line.Split(' ').First(word => word.StartsWith("http://", StringComparison.Ordinal));

    /// <summary>In a namespace of its own each mount becomes read-only, but for what is mounted after that.</summary>
    private static ChildProcess Start(string mount, params string[] variables) => ChildProcess.Start(
        "unshare", ["--mount", "--propagation", "private", "sh", "-ec", $$"""
            cut -d' ' -f2 /proc/mounts | while read -r at; do mount -o remount,bind,ro "$at" 2>/dev/null || true; done
            {{mount}}
            exec env -i PATH="$PATH" "$@" 2>&1
            """, "sh",
        .. variables, ChildProcess.Peer[0], WebServers.Program, "--urls=http://127.0.0.1:0", "--Log=true",
        "--Gossip:Port=0", $"--Gossip:Cluster={Guid.NewGuid():N}"]);
}
