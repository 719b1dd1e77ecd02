using System.Collections.Concurrent;
using System.Diagnostics;
using Gossip;
using Gossip.Protocol;

namespace Quickstart;

/// <summary>What happened and when, in lines: printed at once, or kept for the screen to show.</summary>
internal sealed class Journal(bool isPrinted)
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public string[] Lines => [.. _lines];

    public void Tell(string what)
    {
        var line = $"[{_clock.Elapsed.TotalSeconds,6:0.00} s] {what}";
        _lines.Enqueue(line);
        if (isPrinted)
            Console.WriteLine(line);
    }

    /// <summary>Tells every change of a member's state.</summary>
    public async Task FollowAsync(IServiceDiscovery services)
    {
        var states = new Dictionary<MemberId, MemberState>();
        await foreach (var snapshot in services.WatchAsync())
        {
            foreach (var member in snapshot.Members.Where(member => !member.IsSelf))
            {
                if (states.TryGetValue(member.Id, out var before) && before == member.State)
                    continue;
                states[member.Id] = member.State;
                Tell($"{member.Name} at {member.Address} is {Words.Of(member)}");
            }
        }
    }
}

internal static class Words
{
    public static string Of(MemberSnapshot member) =>
        member.Evidence == Evidence.None ? Of(member.State) : $"{Of(member.State)}: {Of(member.Evidence)}";

    public static string Of(MemberState state) => state.ToString().ToLowerInvariant();

    public static string Of(Evidence evidence) => evidence switch
    {
        Evidence.None => "",
        Evidence.Silence => "it does not answer",
        Evidence.Refused => "nobody listens there",
        Evidence.Replaced => "another process listens there",
        _ => evidence.ToString(),
    };
}
