namespace Gossip.Protocol;

/// <summary>How far a version of this node's own records is known to have spread.</summary>
/// <param name="Version">The version: everything that the node wrote up to it.</param>
/// <param name="Acknowledged">How many live peers have acknowledged that they hold it. Suspects do not count, here or in the total.</param>
/// <param name="Total">How many live peers there are, including those that have let this node in and are not known to it yet.</param>
internal readonly record struct Proof(ulong Version, int Acknowledged, int Total)
{
    /// <summary>Whether all of them hold the version.</summary>
    public bool IsComplete => Acknowledged >= Total;
}
