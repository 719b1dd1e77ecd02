using Gossip.Cli.Agent.Checks;

namespace Gossip.Cli.Tests.Checks;

public sealed class ProcessCheckTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void This_process_is_found_with_its_start()
    {
        var own = new ProcessTable().Find(Environment.ProcessId);
        Assert.NotNull(own);
        Assert.Equal(own, new ProcessTable().Find(Environment.ProcessId));
        Assert.True(own.Start > 0);
        Assert.Equal(36, own.Boot.Length);
    }

    [Fact]
    public void A_name_with_spaces_and_brackets_is_no_obstacle()
    {
        Runs(41, 1000, "a) S (b");
        Assert.Equal(1000UL, new ProcessTable(_folder.Path).Find(41)!.Start);
    }

    [Fact]
    public async Task Another_process_with_the_same_id_is_not_the_service()
    {
        Runs(42, 1000);
        var check = new ProcessCheck(42, null, null, new ProcessTable(_folder.Path));
        Assert.Equal(CheckStatus.Pass, (await check.RunAsync(default)).Status);
        Runs(42, 2000);
        Assert.Equal(CheckStatus.Gone, (await check.RunAsync(default)).Status);
        // Not even if ticks coincide after it was seen to have ended.
        Runs(42, 1000);
        Assert.Equal(CheckStatus.Gone, (await check.RunAsync(default)).Status);
    }

    [Fact]
    public async Task A_process_that_was_registered_before_another_start_of_the_machine_has_ended()
    {
        Runs(43, 1000);
        _folder.Write("sys/kernel/random/boot_id", "second\n");
        var table = new ProcessTable(_folder.Path);
        Assert.Equal(CheckStatus.Gone, (await new ProcessCheck(43, null, new(43, 1000, "first"), table).RunAsync(default)).Status);
        Assert.Equal(CheckStatus.Pass, (await new ProcessCheck(43, null, new(43, 1000, "second"), table).RunAsync(default)).Status);
    }

    [Fact]
    public async Task A_zombie_has_ended()
    {
        Runs(44, 1000, state: "Z");
        Assert.Equal(CheckStatus.Gone, (await new ProcessCheck(44, null, null, new ProcessTable(_folder.Path)).RunAsync(default)).Status);
    }

    /// <summary>As where no more files can be opened: the next look may find it.</summary>
    [Fact]
    public async Task Where_the_system_does_not_tell_whether_a_process_lives_it_has_not_ended()
    {
        Runs(45, 1000);
        var check = new ProcessCheck(45, null, null, new ProcessTable(_folder.Path));
        Assert.Equal(CheckStatus.Pass, (await check.RunAsync(default)).Status);
        File.Delete(_folder["45/stat"]);
        // A folder cannot be read as a file is.
        Directory.CreateDirectory(_folder["45/stat"]);
        Assert.Equal(CheckStatus.Fail, (await check.RunAsync(default)).Status);

        Directory.Delete(_folder["45/stat"]);
        Runs(45, 1000);
        Assert.Equal(CheckStatus.Pass, (await check.RunAsync(default)).Status);
    }

    /// <summary>A file that nobody has written since means the process that it meant then, and no process of another start of the machine.</summary>
    [Fact]
    public async Task An_old_file_whose_id_another_process_got_while_no_agent_ran_is_recognized()
    {
        var file = _folder.Write("run.pid", "47");
        var table = new ProcessTable(_folder.Path);
        Runs(47, 1000);
        var first = new ProcessCheck(null, file, null, table);
        Assert.Null(first.Kept);
        Assert.Equal(CheckStatus.Pass, (await first.RunAsync(default)).Status);

        // The next agent: the same process, then another with its id, then one that has written the file.
        Assert.Equal(CheckStatus.Pass, (await new ProcessCheck(null, file, null, table, first.Kept).RunAsync(default)).Status);
        Runs(47, 2000);
        var next = new ProcessCheck(null, file, null, table, first.Kept);
        Assert.Equal(CheckStatus.Gone, (await next.RunAsync(default)).Status);
        Assert.Equal(first.Kept, next.Kept);
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddSeconds(5));
        Assert.Equal(CheckStatus.Pass, (await next.RunAsync(default)).Status);
        Assert.Equal(2000UL, next.Kept!.Process!.Start);
        Assert.Equal(CheckStatus.Pass, (await new ProcessCheck(null, file, null, table, next.Kept).RunAsync(default)).Status);

        _folder.Write("sys/kernel/random/boot_id", "second\n");
        var restarted = new ProcessTable(_folder.Path);
        Assert.Equal(CheckStatus.Gone, (await new ProcessCheck(null, file, null, restarted, next.Kept).RunAsync(default)).Status);
    }

    /// <summary>Its user may put anything there: whoever opens a pipe waits until somebody writes.</summary>
    [Fact]
    public async Task A_pipe_in_the_place_of_the_file_holds_up_nobody_else_and_is_opened_once()
    {
        if (OperatingSystem.IsWindows())
            return;
        using (var made = System.Diagnostics.Process.Start("mkfifo", _folder["pid"]))
            await made.WaitForExitAsync(Eventually.Patience());
        File.CreateSymbolicLink(_folder["link"], _folder["pid"]);
        var check = new ProcessCheck(null, _folder["link"], null, new ProcessTable(_folder.Path));
        using var timeout = new CancellationTokenSource();
        var first = check.RunAsync(timeout.Token);
        await timeout.CancelAsync();
        var told = first.IsCompletedSuccessfully ? (await first).Status : CheckStatus.Fail;
        Assert.NotEqual(CheckStatus.Pass, told);
        Assert.NotEqual(CheckStatus.Pass, (await check.RunAsync(Eventually.Patience())).Status);
    }

    [Fact]
    public async Task A_file_with_the_id_is_followed_and_only_one_that_was_written_anew_means_another_process()
    {
        var file = _folder["run.pid"];
        var check = new ProcessCheck(null, file, null, new ProcessTable(_folder.Path));
        Assert.Equal(CheckStatus.Gone, (await check.RunAsync(default)).Status);

        Runs(45, 1000);
        File.WriteAllText(file, "45\n");
        Assert.Equal(CheckStatus.Pass, (await check.RunAsync(default)).Status);

        // Killed; the file is left behind, and the id goes to somebody else.
        Ended(45);
        Assert.Equal(CheckStatus.Gone, (await check.RunAsync(default)).Status);
        Runs(45, 3000);
        Assert.Equal(CheckStatus.Gone, (await check.RunAsync(default)).Status);

        File.WriteAllText(file, "45\n");
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddSeconds(5));
        Assert.Equal(CheckStatus.Pass, (await check.RunAsync(default)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-4")]
    [InlineData("seven")]
    [InlineData("99999999999999")]
    [InlineData("1\n2")]
    public async Task A_file_without_an_id_in_it_is_no_sign_of_life(string text)
    {
        var file = _folder.Write("bad.pid", text);
        var result = await new ProcessCheck(null, file, null, new ProcessTable(_folder.Path)).RunAsync(default);
        Assert.Equal(CheckStatus.Gone, result.Status);
        Assert.Contains(file, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_to_a_device_is_no_sign_of_life_and_one_to_a_file_is_followed()
    {
        var table = new ProcessTable(_folder.Path);
        File.CreateSymbolicLink(_folder["zero.pid"], "/dev/zero");
        Assert.Equal(CheckStatus.Gone, (await new ProcessCheck(null, _folder["zero.pid"], null, table).RunAsync(default)).Status);
        Runs(46, 1000);
        File.CreateSymbolicLink(_folder["link.pid"], _folder.Write("real.pid", "46"));
        Assert.Equal(CheckStatus.Pass, (await new ProcessCheck(null, _folder["link.pid"], null, table).RunAsync(default)).Status);
    }

    private void Runs(int pid, long start, string name = "node", string state = "S") => _folder.Write(
        $"{pid}/stat", $"{pid} ({name}) {state} {string.Join(' ', Enumerable.Range(1, 18))} {start} 0 0\n");

    private void Ended(int pid) => Directory.Delete(_folder[$"{pid}"], recursive: true);
}
