using System.Collections.Concurrent;
using Gossip.Loop;
using Gossip.Protocol;

namespace Gossip.Inspection;

/// <summary>
/// Asks all live members for a topic, when somebody looks. Whoever looks while the answers come, or within a second after, gets the same
/// ones: so ten browsers ask the cluster once.
/// </summary>
/// <param name="running">The node, or an exception where there is none.</param>
/// <param name="own">What this node itself would answer.</param>
/// <param name="time">The time.</param>
internal sealed class ClusterInspection(Func<GossipNode> running, Func<byte, long, byte[]?> own, TimeProvider time)
{
    /// <summary>Members asked at a time: as many large answers fit into what waits for the loop.</summary>
    private const int AtATime = 32;

    /// <summary>How long the answer of one member is waited for: a bystander's page is not worth more.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>How long the answers of all are waited for; whoever was not asked by then is missing.</summary>
    private static readonly TimeSpan AllPatience = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of the answers of all; whoever's do not fit is missing.</summary>
    internal const long MostBytes = 32 * 1024 * 1024;

    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(1);

    private readonly Look?[] _looks = new Look?[byte.MaxValue + 1];

    /// <summary>Asks all, or hands out what was answered just now.</summary>
    /// <exception cref="InvalidOperationException">There is no node, or it has stopped.</exception>
    public Task<ClusterAnswers> AskAsync(InspectionTopic topic, CancellationToken cancellation)
    {
        ref var place = ref _looks[(int)topic];
        var last = Volatile.Read(ref place);
        if (last is null || last.IsOld(time))
        {
            var look = new Look();
            var winner = Interlocked.CompareExchange(ref place, look, last);
            if (ReferenceEquals(winner, last))
                _ = TakeAsync(look, topic);
            last = ReferenceEquals(winner, last) ? look : winner!;
        }

        return last.Answers.WaitAsync(cancellation);
    }

    /// <summary>Nobody may look again for days, and the answers are not held that long.</summary>
    private async Task TakeAsync(Look look, InspectionTopic topic)
    {
        await look.TakeAsync(() => AskAllAsync(topic), time).ConfigureAwait(false);
        await Task.Delay(Kept, time).ConfigureAwait(false);
        Interlocked.CompareExchange(ref _looks[(int)topic], null, look);
    }

    private async Task<ClusterAnswers> AskAllAsync(InspectionTopic topic)
    {
        var node = running();
        var answers = new ConcurrentDictionary<MemberId, MemberAnswer>();
        if (own((byte)topic, 0) is { } content)
            answers[node.Identity.Id] = new MemberAnswer(node.Identity.Id, node.Identity.Name, content);
        MemberSnapshot[] live = [.. node.Published.Members.Where(member => member is { IsSelf: false, State: <= MemberState.Suspect })];
        var bytes = 0L;
        using var patience = new CancellationTokenSource(AllPatience, time);
        try
        {
            await Parallel.ForEachAsync(
                live,
                new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = patience.Token },
                async (member, cancellation) =>
                {
                    var result = await node.InspectAsync(member.Profile.Id, (byte)topic, 0, Patience, cancellation).ConfigureAwait(false);
                    if (result is { Outcome: InspectionOutcome.Answered } answered
                        && Interlocked.Add(ref bytes, answered.Content.Length) <= MostBytes)
                        answers[member.Profile.Id] = new MemberAnswer(member.Profile.Id, member.Name, answered.Content);
                }).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Those who have not answered are missing.
        }

        return new ClusterAnswers(
            live.Length + 1,
            [.. answers.Values.OrderBy(one => one.Name, StringComparer.Ordinal).ThenBy(one => one.Id)],
            [.. live.Where(member => !answers.ContainsKey(member.Profile.Id)).Select(member => member.Name).Order(StringComparer.Ordinal)]);
    }

    /// <summary>What all answered at one time.</summary>
    private sealed class Look
    {
        private readonly TaskCompletionSource<ClusterAnswers> _answers = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _ended;

        public Task<ClusterAnswers> Answers => _answers.Task;

        public bool IsOld(TimeProvider time) =>
            _answers.Task.IsCompleted && (!_answers.Task.IsCompletedSuccessfully || time.GetElapsedTime(Volatile.Read(ref _ended)) > Kept);

        public async Task TakeAsync(Func<Task<ClusterAnswers>> ask, TimeProvider time)
        {
            try
            {
                var answers = await ask().ConfigureAwait(false);
                Volatile.Write(ref _ended, time.GetTimestamp());
                _answers.TrySetResult(answers);
            }
            catch (Exception error)
            {
                // It goes to whoever looks; one who does not wait any more misses nothing.
                _answers.TrySetException(error);
                _ = _answers.Task.Exception;
            }
        }
    }
}

/// <summary>What all members that were asked answered, foreign but for the own.</summary>
/// <param name="Asked">How many were asked, this node included.</param>
/// <param name="Answers">Theirs, by name.</param>
/// <param name="Missing">The names of those that did not answer.</param>
internal sealed record ClusterAnswers(int Asked, IReadOnlyList<MemberAnswer> Answers, IReadOnlyList<string> Missing);

/// <summary>The answer of one member.</summary>
internal sealed record MemberAnswer(MemberId Id, string Name, byte[] Content);
