namespace Quickstart;

/// <summary>Plays the story: once and unattended, or live and for as long as one likes.</summary>
internal sealed class Show(Observer observer, Story story, Customer customer, Journal journal, bool isTour)
{
    private static readonly TimeSpan Prelude = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan KeyPace = TimeSpan.FromMilliseconds(50);

    private int _isKillWanted;

    /// <summary>The exit code: 0 when everything was observed.</summary>
    public static async Task<int> RunAsync(bool isTour)
    {
        var hasScreen = !isTour && Screen.IsPossible;
        var journal = new Journal(isPrinted: !hasScreen);
        var logs = Directory.CreateTempSubdirectory("gossip-quickstart-").FullName;
        await using var observer = await Observer.StartAsync();
        var customer = new Customer(observer.Services);
        using var story = new Story(observer, customer, journal, logs);
        var show = new Show(observer, story, customer, journal, isTour);
        if (!isTour)
            _ = journal.FollowAsync(observer.Services, story.Tells);
        var play = show.PlayAsync();
        if (hasScreen)
        {
            show.ReadKeys();
            await new Screen(observer, story, customer, journal).ShowWhileAsync(play);
        }

        if (!await play)
        {
            Console.WriteLine($"What the services said is in {logs}");
            return 1;
        }

        Directory.Delete(logs, recursive: true);
        return 0;
    }

    private async Task<bool> PlayAsync()
    {
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(observer.Stopping);
        var opened = await SeenAsync(story.OpenAsync);
        var buying = customer.RunAsync(closing.Token);
        var played = opened && await SeenAsync(isTour ? TourAsync : LiveAsync);
        await closing.CancelAsync();
        await buying;
        var closed = await SeenAsync(story.CloseAsync);
        return played && closed;
    }

    private async Task TourAsync()
    {
        await story.TradeAsync();
        await story.CrashAsync();
    }

    private async Task LiveAsync()
    {
        await story.TradeAsync();
        await Task.Delay(Prelude, observer.Stopping);
        while (true)
        {
            await story.CrashAsync();
            while (Interlocked.Exchange(ref _isKillWanted, 0) == 0)
                await Task.Delay(KeyPace, observer.Stopping);
        }
    }

    private void ReadKeys()
    {
        if (Console.IsInputRedirected)
            return;
        // A thread that always reads, so that keys do not appear on the screen.
        new Thread(() =>
        {
            while (true)
                Interlocked.CompareExchange(ref _isKillWanted, Console.ReadKey(intercept: true).KeyChar == 'k' ? 1 : 0, 0);
        })
        { IsBackground = true, Name = "keys" }.Start();
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
            journal.Tell("interrupted: all stop");
            return !isTour;
        }
        catch (TimeoutException notSeen)
        {
            journal.Tell(notSeen.Message);
            foreach (var process in story.Failed)
                journal.Tell($"{process.Node} has failed. Its last words:\n{string.Join('\n', process.LastLines())}");
            return false;
        }
    }
}
