using Gossip.Configuration;
using Gossip.Protocol;

namespace Gossip.Loop;

/// <content> Waiting until what this node has registered is known to the others. The loop checks after each turn, so that no caller has to
/// poll.
/// </content>
internal sealed partial class GossipNode
{
    /// <summary>The callers that wait for the proof under way; used by the loop only.</summary>
    private readonly List<TaskCompletionSource<Proof>> _provers = [];

    /// <summary>
    /// Asks all live peers to acknowledge that they hold this node's records as they are now, and waits until they have or the time is
    /// over. A node that leaves meanwhile proves nothing any more, and reports no proof.
    /// </summary>
    /// <param name="atMost">How long to wait; the time that the loop takes to begin comes on top.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">The node has stopped.</exception>
    internal async ValueTask<ProofReport> ProveAsync(TimeSpan atMost, CancellationToken cancellationToken = default)
    {
        var start = _clock.Now;
        var prover = new TaskCompletionSource<Proof>(TaskCreationOptions.RunContinuationsAsynchronously);
        await TendAsync(node => BeginProof(node, prover), cancellationToken).ConfigureAwait(false);
        try
        {
            await prover.Task.WaitUpToAsync(atMost, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await GiveUpAsync(prover).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await GiveUpAsync(prover).ConfigureAwait(false);
            throw;
        }

        var proof = await prover.Task.ConfigureAwait(false);
        var elapsed = _clock.Now - start;
        Meter?.ProofTime.Record(elapsed.TotalSeconds);
        return new ProofReport(proof.Acknowledged, proof.Total, elapsed);
    }

    private async ValueTask GiveUpAsync(TaskCompletionSource<Proof> prover)
    {
        try
        {
            await TendAsync(node => GiveUpProof(node, prover), CancellationToken.None).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // The loop has ended, and has told all waiting callers.
        }
    }

    /// <summary>Has the loop do something that no snapshot shows.</summary>
    private async ValueTask TendAsync(Action<Node> tend, CancellationToken cancellationToken)
    {
        var command = new LoopCommand<bool>((node, _, _) =>
        {
            tend(node);
            return true;
        })
        { OnlyReads = true };
        await QueueAsync(command, cancellationToken).ConfigureAwait(false);
        await command.Answered.ConfigureAwait(false);
    }

    private void BeginProof(Node node, TaskCompletionSource<Proof> prover)
    {
        node.Prove(_clock.Now);
        _provers.Add(prover);
    }

    private void GiveUpProof(Node node, TaskCompletionSource<Proof> prover)
    {
        if (!_provers.Remove(prover))
            return;
        prover.TrySetResult(node.Proof ?? default);
        if (_provers.Count == 0)
            node.StopProving();
    }

    /// <summary>Tells waiting callers when the proof is complete, or when there will be none.</summary>
    private void TellProvers(bool isLast = false)
    {
        if (_provers.Count == 0 || (_node.Proof is { IsComplete: false } && !isLast))
            return;
        var proof = _node.Proof ?? default;
        foreach (var prover in _provers)
            prover.TrySetResult(proof);
        _provers.Clear();
        _node.StopProving();
    }
}

/// <summary>How far this node's records are known to have spread.</summary>
/// <param name="Acknowledged">How many live peers have acknowledged them.</param>
/// <param name="Total">How many live peers there are, including those that have let this node in and are not known to it yet.</param>
/// <param name="Elapsed">How long that took.</param>
internal readonly record struct ProofReport(int Acknowledged, int Total, TimeSpan Elapsed);
