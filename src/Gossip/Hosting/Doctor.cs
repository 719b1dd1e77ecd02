namespace Gossip.Hosting;

/// <summary>The doctor of this process's node.</summary>
internal sealed class Doctor(GossipLifecycle lifecycle) : IGossipDoctor
{
    public async ValueTask<GossipDiagnosis> ExamineAsync(CancellationToken cancellationToken = default) =>
        (await lifecycle.ExamineAsync(cancellationToken).ConfigureAwait(false)).Diagnose();
}
