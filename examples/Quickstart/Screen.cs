using Gossip;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Quickstart;

/// <summary>The live picture: what the observer's node sees, drawn again and again.</summary>
internal sealed class Screen(Observer observer, Story story, Customer customer, Journal journal)
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether there is a terminal to draw on.</summary>
    public static bool IsPossible =>
        !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi && !IsSet("NO_COLOR") && !IsSet("CI");

    public async Task ShowWhileAsync(Task running)
    {
        await AnsiConsole.Live(Draw()).Overflow(VerticalOverflow.Crop).Cropping(VerticalOverflowCropping.Bottom).StartAsync(async screen =>
        {
            while (!running.IsCompleted)
            {
                await Task.WhenAny(running, Task.Delay(Refresh));
                screen.UpdateTarget(Draw());
            }
        });
        await running;
    }

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));

    private Rows Draw()
    {
        var snapshot = observer.Services.Current;
        var members = Members(snapshot);
        var services = Services(snapshot);
        var linesLeft = AnsiConsole.Profile.Height - members.Rows.Count - services.Rows.Count - 12;
        IEnumerable<IRenderable> parts =
        [
            members,
            services,
            new Markup($"Calls: [green]{customer.Ok} ok[/], {(customer.Failed > 0 ? "[red]" : "[grey]")}{customer.Failed} failed[/]     {story.Endpoint}"),
            new Text(""),
            .. journal.Lines.TakeLast(Math.Clamp(linesLeft, 3, 14)).Select(line => new Text(line) { Overflow = Overflow.Ellipsis }),
            new Text(""),
            new Markup("[bold]k[/] kills payments-2, [bold]Ctrl+C[/] stops everything"),
        ];
        return new Rows(parts);
    }

    private Table Members(ServiceSnapshot snapshot)
    {
        var table = NewTable("Member", "Address", "State", "Since", "Evidence");
        foreach (var member in snapshot.Members.OrderBy(member => member.Name, StringComparer.Ordinal).ThenBy(member => member.Since))
        {
            var since = DateTimeOffset.Now - member.Since;
            table.AddRow(
                Markup.Escape(member.Name) + (member.IsSelf ? " [grey](this)[/]" : ""),
                $"{member.Address}",
                $"[{Colour(member.State)}]{Words.Of(member.State)}[/]",
                $"{Math.Max(0, since.TotalSeconds):0} s",
                Words.Of(member.Evidence));
        }

        return table;
    }

    private Table Services(ServiceSnapshot snapshot)
    {
        var table = NewTable("Service", "Instance", "State", "Endpoint", "Calls");
        foreach (var instance in snapshot.Services.SelectMany(snapshot.GetAllInstances).OrderBy(one => one.InstanceId, StringComparer.Ordinal))
        {
            // An instance that was started elsewhere does not say which process it is.
            var isOurs = int.TryParse(instance.Metadata.GetValueOrDefault(Service.ProcessKey), out var process);
            table.AddRow(
                Markup.Escape(instance.Service),
                Markup.Escape(instance.InstanceId) + (isOurs ? $" [grey](pid {process})[/]" : ""),
                instance.State.ToString().ToLowerInvariant(),
                Markup.Escape($"{instance.Uri}"),
                !isOurs ? "" : instance.Service == "payments" ? $"{customer.PaidBy(process)}" : $"{customer.Ok}");
        }

        return table;
    }

    private static Table NewTable(params string[] columns)
    {
        var table = new Table { Border = TableBorder.Simple, ShowHeaders = true };
        foreach (var column in columns)
            table.AddColumn(new TableColumn($"[bold]{column}[/]").NoWrap());
        return table;
    }

    private static string Colour(MemberState state) => state switch
    {
        MemberState.Alive => "green",
        MemberState.Suspect => "yellow",
        MemberState.Dead => "red",
        _ => "grey",
    };
}
