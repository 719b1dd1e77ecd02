using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gossip.Configuration;

namespace Gossip.Cli.Commands;

/// <summary>
/// Guides through a change of the cluster's key: says how far it is and what to do next. It reads fingerprints, and sets nothing: the keys
/// are in the configuration of each node.
/// </summary>
internal static class RotateCommand
{
    private static readonly Option<string> To = new("--to")
    {
        Description = "The new key: its fingerprint, or the file that `gossip keygen --out` has written",
    };

    private static readonly Option<string> Confirmed = new("--confirmed")
    {
        Description = "Members on other machines, as a,b, where this was run and said that they have taken the step",
    };

    public static Command Create() => EndpointOptions.Create(
        "rotate",
        "Says how far a change of the cluster's key is, and what to do next; with --to it ends with 1 until all is done",
        RunAsync,
        To, Confirmed);

    private static async Task<int> RunAsync(CommandCall call, CancellationToken cancellation)
    {
        var to = FingerprintOf(call.Parsed.GetValue(To));
        var pages = await AskAsync(call, cancellation).ConfigureAwait(false);
        var change = new KeyChange(KeyChange.Read(pages, ReadConfirmed(call, pages)), to);
        if (call.WantsJson)
            CommandOutput.Raw(call.Parsed, JsonSerializer.Serialize(KeyChangePage.Of(change), KeyChangeJson.Default.KeyChangePage));
        else
            Tell(call, change);
        return to is null || change.Step == KeyChangeStep.Done ? CommandExit.Done : CommandExit.No;
    }

    private static string? FingerprintOf(string? to)
    {
        if (to is null || (to.Length == 8 && to.All(char.IsAsciiHexDigitLower)))
            return to;
        if (!File.Exists(to))
            throw new CommandException(
                CommandExit.Usage,
                "--to is neither a fingerprint, of 8 hexadecimal digits, nor a file. Give the file of the new key, and not the key.");
        try
        {
            using var reader = new StreamReader(to);
            var letters = new char[256];
            return ClusterKey.Parse(new string(letters, 0, reader.ReadBlock(letters)).Trim()) is { } key
                ? ClusterKey.Fingerprint(key)
                : throw new CommandException(CommandExit.Usage, $"{to} has no key in it; it must be the base64 of 32 bytes.");
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(CommandExit.Usage, $"--to cannot be read: {cannot.Message}");
        }
    }

    /// <summary>Only a node itself knows which keys it opens: those of this machine are asked.</summary>
    private static async Task<List<JsonElement>> AskAsync(CommandCall call, CancellationToken cancellation)
    {
        var page = await call.Client.GetAsync("", cancellation).ConfigureAwait(false);
        List<JsonElement> pages = [page];
        var own = page.Find("node") ?? default;
        var directories = EndpointFinder.Directories(call.Parsed);
        var nodes = directories.SelectMany(EndpointTarget.Of)
            .Where(one => one.Cluster == own.Text("cluster") && one.Node != own.Text("name")).GroupBy(one => one.Node);
        var agents = EndpointFinder.Sockets(call.Parsed, directories).Select(EndpointFinder.Agent).GroupBy(one => one.Place);
        foreach (var other in nodes.Concat(agents))
        {
            try
            {
                using var client = call.Ask([.. other]);
                var answer = await client.GetAsync("", cancellation).ConfigureAwait(false);
                if (answer.Find("node")?.Text("cluster") == own.Text("cluster"))
                    pages.Add(answer);
            }
            catch (CommandException silent)
            {
                CommandOutput.Note(call.Parsed, $"{other.Key} was not asked: {silent.Message}");
            }
        }

        return pages;
    }

    /// <summary>Whom the operator has asked elsewhere.</summary>
    /// <exception cref="CommandException">A name is none of a live member.</exception>
    private static string[] ReadConfirmed(CommandCall call, List<JsonElement> pages)
    {
        const StringSplitOptions Plain = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        var names = (call.Parsed.GetValue(Confirmed) ?? "").Split(',', Plain);
        var members = KeyChange.Read(pages, []);
        return names.FirstOrDefault(name => !members.Any(one => one.Name == name || one.Id == name)) is { } unknown
            ? throw new CommandException(
                CommandExit.Usage, $"--confirmed has '{unknown}', and no live member is called that; `gossip members` lists them.")
            : names;
    }

    private static void Tell(CommandCall call, KeyChange change)
    {
        if (change.Warning is { } warning)
            CommandOutput.Note(call.Parsed, warning);
        CommandOutput.Line(call.Console, change.Next, change.Step == KeyChangeStep.Done ? "green" : "bold");
        var table = new TextTable("member", "address", "seals with", "opens");
        foreach (var one in change.Members)
            table.Add(
                one.Name,
                one.Address,
                new TextCell(one.SealsWith, change.To is null || one.SealsWith == change.To ? "default" : "yellow"),
                one.Accepts is { } keys ? string.Join(", ", keys) : new TextCell(one.Confirmed ? "confirmed" : "not asked", "grey"));
        table.Write(call.Console);
    }
}

/// <summary>How far a change of the key is, for programs.</summary>
internal sealed record KeyChangePage(
    int Schema, string Step, string? To, string? Warning, string Next, IReadOnlyList<KeyMember> Members, IReadOnlyList<string> Behind,
    IReadOnlyList<string> NotAsked)
{
    public static KeyChangePage Of(KeyChange change) => new(
        1, JsonNamingPolicy.CamelCase.ConvertName(change.Step.ToString()), change.To, change.Warning, change.Next,
        change.Members, [.. change.Behind.Select(one => one.Name)], [.. change.NotAsked.Select(one => one.Name)]);
}

/// <summary>How it is written.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(KeyChangePage))]
internal sealed partial class KeyChangeJson : JsonSerializerContext;
