using Gossip.Bootstrap;

namespace Gossip.Tests.Bootstrap;

/// <summary>Which folders are trusted. The modes and owners of Unix; Windows keeps a profile to its user by itself.</summary>
public sealed class MachineDirectoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gossip-machine").FullName;

    private string Path => System.IO.Path.Combine(_folder, "gossip");

    [Fact]
    public void It_is_made_for_its_user_alone_and_may_be_there_already()
    {
        Assert.Null(new MachineDirectory(Path).Prepare());
        Assert.Null(new MachineDirectory(Path).Prepare());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path));
    }

    [Fact]
    public void A_link_is_refused_wherever_it_leads()
    {
        Assert.Null(new MachineDirectory(Path).Prepare());
        var link = System.IO.Path.Combine(_folder, "link");
        Directory.CreateSymbolicLink(link, Path);
        Assert.Contains("a link", new MachineDirectory(link).Prepare());
        var nowhere = System.IO.Path.Combine(_folder, "nowhere");
        Directory.CreateSymbolicLink(nowhere, System.IO.Path.Combine(_folder, "missing"));
        Assert.NotNull(new MachineDirectory(nowhere).Prepare());
    }

    [Fact]
    public void A_file_in_its_place_is_refused()
    {
        File.WriteAllText(Path, "");
        Assert.NotNull(new MachineDirectory(Path).Prepare());
        Assert.NotNull(new MachineDirectory(System.IO.Path.Combine(Path, "below")).Prepare());
    }

    [Fact]
    public void A_folder_that_others_may_enter_is_refused()
    {
        Assert.Null(new MachineDirectory(Path).Prepare());
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(Path, File.GetUnixFileMode(Path) | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        Assert.Contains("mode is 750", new MachineDirectory(Path).Prepare());
    }

    [Fact]
    public void A_folder_to_which_one_with_setgid_hands_down_that_bit_is_used()
    {
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | UnixFileMode.SetGroup);
        Assert.Null(new MachineDirectory(Path).Prepare());
        if (OperatingSystem.IsLinux())
            Assert.True(File.GetUnixFileMode(Path).HasFlag(UnixFileMode.SetGroup), "The bit was not handed down.");
        File.SetUnixFileMode(Path, File.GetUnixFileMode(Path) | UnixFileMode.OtherExecute);
        Assert.Contains("others may use it too", new MachineDirectory(Path).Prepare());
    }

    [Fact]
    public async Task A_folder_of_another_user_is_refused()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var path = Path;
        if (UnixOwner.OfThisProcess() == 0)
        {
            Assert.Null(new MachineDirectory(path).Prepare());
            await ChildProcess.RunAsync("chown", "12345", path);
        }
        else
            path = "/usr";
        Assert.Contains("it belongs to the user", new MachineDirectory(path).Prepare());
    }

    [Fact]
    public void Processes_of_a_session_and_others_of_its_user_share_a_folder()
    {
        if (OperatingSystem.IsWindows())
            return;
        var others = Assert.Single(MachineDirectory.OfThisUser(runtime: null)).Path;
        Assert.Equal([System.IO.Path.Combine(_folder, "gossip"), others], MachineDirectory.OfThisUser(_folder).Select(one => one.Path));
        Assert.EndsWith($"gossip-{UnixOwner.OfThisProcess()}", others);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/run/user/no-such-user")]
    [InlineData("/proc/version")]
    public void What_is_no_folder_of_the_user_is_passed_over(string runtime)
    {
        // Such as "su" leaves in the environment.
        if (!OperatingSystem.IsWindows())
            Assert.Equal(MachineDirectory.OfThisUser(runtime: null).Select(one => one.Path), MachineDirectory.OfThisUser(runtime).Select(one => one.Path));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
