using System.Collections.Concurrent;
using Gossip;

namespace Quickstart;

/// <summary>Buys all the time, one order after the other, from whichever instance of orders its node sees.</summary>
internal sealed class Customer(IServiceDiscovery services)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<int, int> _paidBy = new();
    private int _ok;
    private int _failed;

    public int Ok => Volatile.Read(ref _ok);

    public int Failed => Volatile.Read(ref _failed);

    /// <summary>How many orders a process of payments was paid for.</summary>
    public int PaidBy(int process) => _paidBy.GetValueOrDefault(process);

    public async Task RunAsync(CancellationToken stopping)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        using var pace = new PeriodicTimer(Pace);
        try
        {
            while (await pace.WaitForNextTickAsync(stopping))
                await BuyAsync(http);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task BuyAsync(HttpClient http)
    {
        try
        {
            if (services.TryPick("orders") is not { Uri: { } orders })
                return;
            using var answer = await http.PostAsync(new Uri(orders, "/buy/12.50"), null);
            var receipt = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<Receipt>();
            _paidBy.AddOrUpdate(receipt!.ProcessId, 1, (_, paid) => paid + 1);
            Interlocked.Increment(ref _ok);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            Interlocked.Increment(ref _failed);
        }
    }
}
