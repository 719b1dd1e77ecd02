using Gossip.Configuration;
using Gossip.Protocol;

namespace Gossip.Loop;

/// <content>
/// Waiting until what this node has registered is known to the others. The loop looks after each turn, so that nobody has to ask again and
/// again.
/// </content>
internal sealed partial class GossipNode
{
    /// <summary>Who waits for the proof under way; the loop's own.</summary>
    private readonly List<TaskCompletionSource<Proof>> _provers = [];

    /// <summary>
    /// Asks all live peers to acknowledge that they hold this node's records as they are now, and waits until they have or the time is
    /// over. A node that leaves meanwhile proves no more, and tells of none.
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
        return new ProofReport(proof.Acknowledged, proof.Total, _clock.Now - start);
    }

    private async ValueTask GiveUpAsync(TaskCompletionSource<Proof> prover)
    {
        try
        {
            await TendAsync(node => GiveUpProof(node, prover), CancellationToken.None).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // The loop has ended, and has told all who waited.
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

    /// <summary>Tells those who wait when the proof is complete, or when there will be none.</summary>
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
/// <param name="Total">How many live peers there are, and those who have let this node in and are not known to it yet.</param>
/// <param name="Elapsed">How long that took.</param>
internal readonly record struct ProofReport(int Acknowledged, int Total, TimeSpan Elapsed);
