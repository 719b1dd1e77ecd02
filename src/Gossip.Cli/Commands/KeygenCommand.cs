using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Gossip.Configuration;

namespace Gossip.Cli.Commands;

/// <summary>Draws a key for a cluster. It is shown here and nowhere else.</summary>
internal static class KeygenCommand
{
    private static readonly Option<FileInfo> Out = new("--out")
    {
        Description = "Write it into this new file, which only you can read, instead of to the output",
    };

    public static Command Create()
    {
        var command = new Command("keygen", "Prints a new key for a cluster, as Gossip:Key takes it") { Out };
        command.SetAction((parsed, _) => CommandOutput.RunAsync(parsed, _ =>
        {
            var key = RandomNumberGenerator.GetBytes(ClusterKey.Size);
            var text = Convert.ToBase64String(key);
            if (parsed.GetValue(Out) is { } file)
                Write(file.FullName, text);
            else
                CommandOutput.Raw(parsed, text);
            CommandOutput.Note(parsed, $"Its fingerprint, by which logs and `gossip rotate` name it, is {ClusterKey.Fingerprint(key)}.");
            return Task.FromResult(CommandExit.Done);
        }));
        return command;
    }

    private static void Write(string path, string text)
    {
        try
        {
            // A file that is there may be a key that a cluster still needs, or one that others can read.
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var file = new FileStream(path, options);
            file.Write(Encoding.ASCII.GetBytes(text + "\n"));
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(CommandExit.No, $"--out cannot be written: {cannot.Message} Give a file that is not there yet.");
        }
    }
}
