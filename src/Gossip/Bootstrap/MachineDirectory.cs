using System.Security;

namespace Gossip.Bootstrap;

/// <summary>
/// A folder in which the processes of one user on one machine leave what their siblings need: <c>$XDG_RUNTIME_DIR/gossip</c>, and
/// <c>gossip-{uid}</c> in the temporary folder. There any user may first create a folder of that name, or a link to another. So it is used
/// only while it is a folder, not a link, belongs to this user, and gives no other user access. On Windows it is in the user's profile.
/// </summary>
internal sealed class MachineDirectory(string path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Where it is; it may not exist yet.</summary>
    public string Path { get; } = path;

    /// <summary>The folders of a setting: its own path, none for "none", and the user's where it is not set.</summary>
    public static IReadOnlyList<MachineDirectory> Of(string? setting) => setting switch
    {
        null => OfThisUser(),
        "none" => [],
        _ => [new(setting)],
    };

    /// <summary>
    /// The folders of the user that this process runs as. Processes that a session, a timer and a system service have started share at
    /// least one of the two: the variable is set only in sessions and its folder goes with the last of them, and a service may have a
    /// temporary folder of its own.
    /// </summary>
    public static IReadOnlyList<MachineDirectory> OfThisUser() => OfThisUser(Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"));

    /// <summary>
    /// Where processes of this user may have left something: that of the user's session too, which <c>sudo</c> and timers do not name.
    /// </summary>
    public static IReadOnlyList<MachineDirectory> ToLookIn() =>
        OperatingSystem.IsWindows() ? OfThisUser() : ToLookIn($"/run/user/{UnixOwner.OfThisProcess()}");

    /// <inheritdoc cref="ToLookIn()"/>
    /// <param name="session">The folder of the user's session, by its usual name; it may be missing, or another user's.</param>
    public static IReadOnlyList<MachineDirectory> ToLookIn(string session) =>
        [.. OfThisUser().Concat(OfThisUser(session)).DistinctBy(directory => directory.Path)];

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

        // After a plain "su" the variable still names the folder of the previous user.
        var ofSystem = new MachineDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"gossip-{UnixOwner.OfThisProcess()}"));
        return !string.IsNullOrEmpty(runtime) && UnixOwner.Of(runtime) is { IsDirectory: true, IsOfThisProcess: true }
            ? [new(System.IO.Path.Combine(runtime, "gossip")), ofSystem]
            : [ofSystem];
    }

    /// <summary>Creates the folder where it is missing, and checks it.</summary>
    /// <returns>Why it must not be used; null when it may.</returns>
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

    /// <summary>Whether the folder is there, and only this user can have written into it. Does not make it.</summary>
    public bool IsTrusted() =>
        OperatingSystem.IsWindows() ? Directory.Exists(Path) : UnixOwner.Of(Path) is { } found && ProblemOf(found) is null;

    /// <summary>Whether an exception is an error of the file system, and not a bug of this library.</summary>
    public static bool IsOfFiles(Exception error) =>
        error is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException or SecurityException;

    private static string? ProblemOf(UnixOwner? found) => found switch
    {
        null => "the system does not tell whose it is",
        { IsDirectory: false } => "it is a link or a file, and no folder",
        { IsOfThisProcess: false } => $"it belongs to the user {found.Value.User}, and this process runs as {UnixOwner.OfThisProcess()}",
        // The rights of the group and of others; an inherited bit such as setgid gives no access.
        { Mode: var mode } when (mode & Others) != 0 =>
            $"others may use it too (its mode is {Convert.ToString((int)mode, 8)}; it must be 700)",
        _ => null,
    };
}
