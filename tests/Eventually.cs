namespace Gossip.Tests;

/// <summary>Waits on conditions, with a deadline that only a broken build reaches, on a machine that is busy with twenty other things too.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(5);

    public static CancellationToken Patience() => new CancellationTokenSource(Deadline).Token;

    public static async Task HoldsAsync(Func<bool> condition, string what)
    {
        using var timer = new PeriodicTimer(Glance);
        var patience = Patience();
        while (!condition())
        {
            if (patience.IsCancellationRequested)
                Assert.Fail($"Not within {Deadline.TotalSeconds} s: {what}");
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        using var timer = new PeriodicTimer(Glance);
        var patience = Patience();
        while (!await condition())
        {
            if (patience.IsCancellationRequested)
                Assert.Fail($"Not within {Deadline.TotalSeconds} s: {what}");
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
