namespace Quickstart;

/// <summary>Plays the story: once and unattended, or live and for as long as one likes.</summary>
internal sealed class Show(Observer observer, Journal journal, string logs, bool isTour) : IDisposable
{
    private static readonly TimeSpan Prelude = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan KeyPace = TimeSpan.FromMilliseconds(50);

    private readonly Customer _customer = new(observer.Services);
    private Story? _story;

    /// <summary>The exit code: 0 when everything was observed.</summary>
    public static async Task<int> RunAsync(bool isTour)
    {
        var hasScreen = !isTour && Screen.IsPossible;
        var journal = new Journal(isPrinted: !hasScreen);
        var logs = Directory.CreateTempSubdirectory("gossip-quickstart-").FullName;
        await using var observer = await Observer.StartAsync();
        using var show = new Show(observer, journal, logs, isTour);
        if (!isTour)
            _ = journal.FollowAsync(observer.Services);
        var play = show.PlayAsync();
        if (hasScreen)
            await new Screen(observer, show._customer, journal).ShowWhileAsync(play);
        if (!await play)
            return 1;
        Directory.Delete(logs, recursive: true);
        return 0;
    }

    public void Dispose() => _story?.Dispose();

    private async Task<bool> PlayAsync()
    {
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(observer.Stopping);
        _story = new Story(observer, _customer, journal, logs);
        var opened = await SeenAsync(_story.OpenAsync);
        var buying = _customer.RunAsync(closing.Token);
        var played = opened && await SeenAsync(isTour ? TourAsync : LiveAsync);
        await closing.CancelAsync();
        await buying;
        var closed = await SeenAsync(_story.CloseAsync);
        return played && closed;
    }

    private async Task TourAsync()
    {
        await _story!.TradeAsync();
        await _story.CrashAsync();
    }

    private async Task LiveAsync()
    {
        await _story!.TradeAsync();
        await Task.Delay(Prelude, observer.Stopping);
        while (true)
        {
            await _story.CrashAsync();
            while (Console.IsInputRedirected || !Console.KeyAvailable || Console.ReadKey(intercept: true).KeyChar != 'k')
                await Task.Delay(KeyPace, observer.Stopping);
        }
    }

    /// <summary>Whether all steps were observed. To interrupt the live show is its only end, to interrupt the tour is not.</summary>
    private async Task<bool> SeenAsync(Func<Task> steps)
    {
        try
        {
            await steps();
            return true;
        }
        catch (OperationCanceledException) when (observer.Stopping.IsCancellationRequested)
        {
            journal.Tell("interrupted");
            return !isTour;
        }
        catch (TimeoutException notSeen)
        {
            journal.Tell(notSeen.Message);
            foreach (var process in _story!.Crashed)
                journal.Tell($"{process.Node} has ended. Its last words:\n{string.Join('\n', process.LastLines())}");
            journal.Tell($"what the services said is in {logs}");
            return false;
        }
    }
}
