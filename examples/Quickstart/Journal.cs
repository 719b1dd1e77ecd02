using System.Collections.Concurrent;
using System.Diagnostics;
using Gossip;

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

    /// <summary>Tells every change of a member's state that nobody else tells.</summary>
    public async Task FollowAsync(IServiceDiscovery services, Func<MemberSnapshot, bool> isTold)
    {
        var states = new Dictionary<string, MemberState>();
        await foreach (var snapshot in services.WatchAsync())
        {
            foreach (var member in snapshot.Members.Where(member => !member.IsSelf))
            {
                var isNew = !states.TryGetValue(member.Id, out var before);
                states[member.Id] = member.State;
                if ((isNew || before != member.State) && !isTold(member))
                    Tell($"{member.Name} at {member.Address} {(isNew && member.State == MemberState.Alive ? "joined" : Words.Verb(member))}");
            }
        }
    }
}

internal static class Words
{
    public static string Of(MemberSnapshot member) =>
        member.Evidence == Evidence.None ? Of(member.State) : $"{Of(member.State)}: {Of(member.Evidence)}";

    public static string Verb(MemberSnapshot member) => member.State switch
    {
        MemberState.Alive => "is alive after all",
        MemberState.Suspect => $"is suspected: {Of(member.Evidence)}",
        MemberState.Dead => $"is held dead: {Of(member.Evidence)}",
        _ => "left",
    };

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
