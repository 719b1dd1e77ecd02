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

    public static Command Create() => EndpointOptions.Create(
        "rotate",
        "Says how far a change of the cluster's key is, and what to do next; with --to it ends with 1 until all is done",
        RunAsync,
        To);

    private static async Task<int> RunAsync(CommandCall call, CancellationToken cancellation)
    {
        var to = FingerprintOf(call.Parsed.GetValue(To));
        var page = await call.Client.GetAsync("", cancellation).ConfigureAwait(false);
        var change = new KeyChange(await AskAsync(call, page, cancellation).ConfigureAwait(false), to);
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
    private static async Task<List<KeyMember>> AskAsync(CommandCall call, JsonElement page, CancellationToken cancellation)
    {
        var accepts = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        var sealing = new Dictionary<string, string>(StringComparer.Ordinal);
        Take(page);
        var own = page.Find("node") ?? default;
        var others = EndpointFinder.Directories(call.Parsed).SelectMany(EndpointTarget.Of)
            .Where(one => one.Cluster == own.Text("cluster") && one.Node != own.Text("name")).GroupBy(one => one.Node);
        foreach (var other in others)
        {
            try
            {
                using var client = call.Ask([.. other]);
                Take(await client.GetAsync("", cancellation).ConfigureAwait(false));
            }
            catch (CommandException silent)
            {
                CommandOutput.Note(call.Parsed, $"{other.Key} was not asked: {silent.Message}");
            }
        }

        return
        [
            .. page.Items("members").Where(one => one.Text("state") is "alive" or "suspect").Select(one => new KeyMember(
                one.Text("name"),
                one.Text("id"),
                one.Text("address"),
                sealing.GetValueOrDefault(one.Text("id"), one.Text("keyFingerprint")),
                accepts.GetValueOrDefault(one.Text("id")))),
        ];

        void Take(JsonElement told)
        {
            if (told.Find("node") is not { } node)
                return;
            accepts[node.Text("id")] = [.. node.Texts("acceptedKeys")];
            sealing[node.Text("id")] = node.Text("keyFingerprint");
        }
    }

    private static void Tell(CommandCall call, KeyChange change)
    {
        CommandOutput.Line(call.Console, change.Next, change.Step == KeyChangeStep.Done ? "green" : "bold");
        var table = new TextTable("member", "address", "seals with", "opens");
        foreach (var one in change.Members)
            table.Add(
                one.Name,
                one.Address,
                new TextCell(one.SealsWith, change.To is null || one.SealsWith == change.To ? "default" : "yellow"),
                one.Accepts is { } keys ? string.Join(", ", keys) : new TextCell("not asked", "grey"));
        table.Write(call.Console);
        if (change.NotAsked.Any() && change.Step != KeyChangeStep.NoKey)
            CommandOutput.Note(
                call.Parsed,
                "What a node opens only it can tell, and those that were not asked are elsewhere or serve no endpoint: run this on "
                    + "each machine before the next step, or look for line 93 in their logs.");
    }
}

/// <summary>How far a change of the key is, for programs.</summary>
internal sealed record KeyChangePage(
    int Schema, string Step, string? To, string Next, IReadOnlyList<KeyMember> Members, IReadOnlyList<string> Behind)
{
    public static KeyChangePage Of(KeyChange change) => new(
        1, JsonNamingPolicy.CamelCase.ConvertName(change.Step.ToString()), change.To, change.Next, change.Members,
        [.. change.Behind.Select(one => one.Name)]);
}

/// <summary>How it is written.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(KeyChangePage))]
internal sealed partial class KeyChangeJson : JsonSerializerContext;
