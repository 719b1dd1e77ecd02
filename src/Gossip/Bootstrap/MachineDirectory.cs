using System.Security;

namespace Gossip.Bootstrap;

/// <summary>
/// A folder in which the processes of one user on one machine leave what the others of them need: <c>$XDG_RUNTIME_DIR/gossip</c>, and
/// <c>gossip-{uid}</c> in the temporary folder. There anybody may make one of that name first, or a link to another: so one is used
/// only while it is a folder itself, of this user, that lets nobody else in. On Windows it is one of the user's profile.
/// </summary>
internal sealed class MachineDirectory(string path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Where it is; it may not be there yet.</summary>
    public string Path { get; } = path;

    /// <summary>Those that a setting means: its own, with "none" none, and without one the user's.</summary>
    public static IReadOnlyList<MachineDirectory> Of(string? setting) => setting switch
    {
        null => OfThisUser(),
        "none" => [],
        _ => [new(setting)],
    };

    /// <summary>
    /// Those of the user that this process runs as. Processes that a session, a timer and a system service have started share either the
    /// one or the other: the variable is set in sessions alone and its folder goes with the last of them, and a service's temporary folder
    /// may be its own.
    /// </summary>
    public static IReadOnlyList<MachineDirectory> OfThisUser() => OfThisUser(Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"));

    /// <inheritdoc cref="OfThisUser()"/>
    /// <param name="runtime">The folder of the user's session; null for none.</param>
    public static IReadOnlyList<MachineDirectory> OfThisUser(string? runtime)
    {
        if (OperatingSystem.IsWindows())
        {
            const Environment.SpecialFolder Profile = Environment.SpecialFolder.LocalApplicationData;
            var profile = Environment.GetFolderPath(Profile, Environment.SpecialFolderOption.DoNotVerify);
            var home = profile.Length > 0 ? profile : System.IO.Path.GetTempPath();
            return [new(System.IO.Path.Combine(home, "gossip", "run"))];
        }

        // After a plain "su" the variable still names the folder of the user before.
        var ofSystem = new MachineDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"gossip-{UnixOwner.OfThisProcess()}"));
        return !string.IsNullOrEmpty(runtime) && UnixOwner.Of(runtime) is { IsDirectory: true, IsOfThisProcess: true }
            ? [new(System.IO.Path.Combine(runtime, "gossip")), ofSystem]
            : [ofSystem];
    }

    /// <summary>Makes the folder where it is missing, and looks at what is there.</summary>
    /// <returns>Why it is not to be used; null when it is.</returns>
    public string? Prepare()
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(Path);
            else
                Directory.CreateDirectory(Path, OwnerOnly);
            return OperatingSystem.IsWindows() ? null : ProblemOf(UnixOwner.Of(Path));
        }
        catch (Exception cannot) when (IsOfFiles(cannot))
        {
            return cannot.Message;
        }
    }

    /// <summary>Whether an exception is what a file system has to say, as against a mistake of ours.</summary>
    public static bool IsOfFiles(Exception error) =>
        error is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException or SecurityException;

    private static string? ProblemOf(UnixOwner? found) => found switch
    {
        null => "the system does not tell whose it is",
        { IsDirectory: false } => "it is a link or a file, and no folder",
        { IsOfThisProcess: false } => $"it belongs to the user {found.Value.User}, and this process runs as {UnixOwner.OfThisProcess()}",
        // What the group and the others may do; a bit that the folder above hands down, as setgid, opens nothing.
        { Mode: var mode } when (mode & Others) != 0 =>
            $"others may use it too (its mode is {Convert.ToString((int)mode, 8)}; it must be 700)",
        _ => null,
    };
}
