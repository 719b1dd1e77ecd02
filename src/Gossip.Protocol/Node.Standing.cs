namespace Gossip.Protocol;

/// <summary>
/// A node that begins within a cluster that stands. Joining costs each of n nodes n messages; a simulation of thousands at rest begins after that.
/// </summary>
public sealed partial class Node
{
    /// <summary>
    /// Takes in members as if they had been known for long: nothing is published and nothing is passed on. The profiles do not change, so
    /// that the nodes of one process may share them.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="profiles">What the members say of themselves, in the order of their ids; this node's own is skipped.</param>
    internal void BeginAmong(Instant now, ReadOnlySpan<MemberProfile> profiles)
    {
        _table.Reserve(profiles.Length);
        foreach (var profile in profiles)
        {
            if (profile.Id == _self.Id)
                continue;
            if (!_table.TryAdd(new Member(profile, new Claim(profile.Incarnation, MemberState.Alive), now), out _))
                throw new InvalidOperationException($"The table of {_self} is full with {_table.All.Count} members.");
            _order.Append(profile.Id);
        }
    }
}
