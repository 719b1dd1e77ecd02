namespace Gossip.Protocol;

/// <summary>
/// Members that have just come and have not answered yet (not in the papers). A process is slowest when it starts, since its code is
/// compiled and its files are read on first use; in a small container the join may be sent seconds before the first ping can be answered.
/// So for a while after it joined a newcomer is not held dead on silence alone, until it has answered once. A refused stream says that its
/// process is gone, as for any member.
/// </summary>
internal sealed class Newcomers(int capacity)
{
    /// <summary>
    /// How long after its join a member may take to answer for the first time: twice the 5 s within which starved processes were seen to be
    /// held dead before they did. It is not counted in rounds: how slowly a process starts does not depend on how often it is probed.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<MemberId, Instant> _until = [];

    public int Count => _until.Count;

    /// <summary>
    /// A member has come. Where strangers fill the table again and again, newcomers that find no room here are judged as any other member.
    /// </summary>
    public void Add(MemberId id, Instant now)
    {
        if (_until.Count < capacity)
            _until[id] = now + Patience;
    }

    /// <summary>A member has answered a question of this node.</summary>
    public void Hear(Instant now, Member member)
    {
        member.LastHeard = now;
        Remove(member.Id);
    }

    /// <summary>The member has answered: it is judged as any other from now on.</summary>
    public void Remove(MemberId id)
    {
        if (_until.Count > 0)
            _until.Remove(id);
    }

    /// <summary>Until when the member is not held dead on silence; the earliest instant for a member that is no newcomer.</summary>
    public Instant PatienceFor(MemberId id) => _until.GetValueOrDefault(id);

    /// <summary>Forgets those whose time is over.</summary>
    public void Forget(Instant now)
    {
        foreach (var (id, until) in _until)
        {
            if (until <= now)
                _until.Remove(id);
        }
    }
}
