using Gossip.Protocol;

namespace Gossip.Loop;

/// <content>
/// What this process is asked by other members, and asks them. The loop carries questions and answers; an answer is made on the thread
/// pool, so a large one takes none of the loop's time, and one that is late costs only whoever asks.
/// </content>
internal sealed partial class GossipNode
{
    /// <summary>Who waits for an answer, by the number of the question; used by the loop only.</summary>
    private readonly Dictionary<uint, TaskCompletionSource<InspectionResult>> _inspections = [];

    /// <summary>
    /// Answers a member that asks for a topic, and for what came after a number; null for a topic that is not known. Called on the thread
    /// pool. Set before <see cref="Start"/>.
    /// </summary>
    internal Func<byte, long, byte[]?>? Answers { get; set; }

    /// <summary>Asks a member, by stream. The answer's content is foreign.</summary>
    /// <returns>What came of it; null where the member cannot be asked: it lives no more, or too much is asked already.</returns>
    /// <exception cref="InvalidOperationException">The node has stopped.</exception>
    internal async ValueTask<InspectionResult?> InspectAsync(
        MemberId member, byte topic, long since, TimeSpan patience, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<InspectionResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var command = new LoopCommand<bool>((node, now, outbox) =>
            node.Inspect(now, member, topic, (ulong)since, patience, outbox) is { } sequence && _inspections.TryAdd(sequence, answer))
        {
            OnlyReads = true,
        };
        await QueueAsync(command, cancellation).ConfigureAwait(false);
        return await command.Answered.ConfigureAwait(false)
            ? await answer.Task.WaitAsync(cancellation).ConfigureAwait(false)
            : null;
    }

    private void CarryInspections()
    {
        if (!_node.HasInspections)
            return;
        while (_node.TryTakeResult(out var result))
        {
            if (_inspections.Remove(result.Sequence, out var waiting))
                waiting.TrySetResult(result);
        }

        while (_node.TryTakeQuestion(out var question))
            _ = Task.Factory.StartNew(() => Answer(question), CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Default);
    }

    private void EndInspections()
    {
        foreach (var waiting in _inspections.Values)
            waiting.TrySetException(LoopCommand.Stopped());
        _inspections.Clear();
    }

    private void Answer(InspectionQuestion question)
    {
        byte[]? content = null;
        Exception? failure = null;
        try
        {
            content = Answers?.Invoke(question.Asked.Topic, (long)Math.Min(question.Asked.Since, long.MaxValue));
        }
        catch (Exception error)
        {
            failure = error;
        }

        var command = new LoopCommand<bool>((node, now, outbox) =>
        {
            if (failure is not null)
                _journal.Add(failure, now);
            node.AnswerInspection(now, question, content, outbox);
            return true;
        })
        {
            OnlyReads = true,
        };
        // Where too much waits for the loop, whoever asks waits in vain.
        if (_commands.Writer.TryWrite(command))
            WakeToDo();
    }
}
