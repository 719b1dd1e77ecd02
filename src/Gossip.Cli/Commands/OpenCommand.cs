using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;

namespace Gossip.Cli.Commands;

/// <summary>Leads to the page of a node: prints its URL, with a link that signs a browser in where the page asks for that.</summary>
internal static class OpenCommand
{
    private static readonly Option<bool> Browser = new("--browser")
    {
        Description = "Open it in a browser; other users of this machine may then see the link for a moment, in the list of processes",
    };

    public static Command Create() => EndpointOptions.Create(
        "open", "Prints a link to the page of a node, which opens once and within a minute", RunAsync, Browser);

    private static async Task<int> RunAsync(CommandCall call, CancellationToken cancellation)
    {
        EndpointTarget[] targets = [.. EndpointFinder.Find(call.Parsed).Where(one => one.Socket is null)];
        if (targets.Length == 0)
            throw new CommandException(
                CommandExit.NoNode,
                "There is only an agent here, and no browser opens its socket. Start a service that calls app.MapGossip(), or give the "
                    + "URL of one with --url.");
        using var client = call.Ask(targets);
        // Whoever is let in without a token, as in Development, needs no link.
        await client.GetAsync("/members", cancellation).ConfigureAwait(false);
        var token = client.Target.ReadGiven() ?? client.Target.ReadOwn();
        var link = token is null ? null : await client.LoginAsync(cancellation).ConfigureAwait(false);
        var url = link ?? client.Target.Url.AbsoluteUri;
        CommandOutput.Raw(call.Parsed, call.WantsJson ? $"{{\"schema\": 1, \"url\": \"{url}\"}}" : url);
        if (call.Parsed.GetValue(Browser))
            Start(url);
        return CommandExit.Done;
    }

    private static void Start(string url)
    {
        try
        {
            using var browser = Process.Start(new ProcessStartInfo(url) { UseShellExecute = true });
        }
        catch (Exception cannot) when (cannot is Win32Exception or PlatformNotSupportedException)
        {
            throw new CommandException(CommandExit.No, $"No browser can be started here: {cannot.Message} Open the link yourself.");
        }
    }
}
