namespace Gossip.Protocol;

/// <summary>Who is there, and how this node comes, moves and goes.</summary>
internal sealed partial class Node
{
    /// <summary>
    /// The addresses, other than the advertised one, from which this node's datagrams come to others. A hint, not a fact: it takes one
    /// peer's word.
    /// </summary>
    public IReadOnlyList<ObservedAddress> ObservedAddresses => _observed.All;

    /// <summary>The live members that of late were reached only through others or by stream.</summary>
    public IEnumerable<Member> IndirectlyReached => _paths.IndirectlyReached;

    /// <summary>The seeds at which a live member answered that advertises another address, and the member.</summary>
    public IEnumerable<KeyValuePair<PeerAddress, Member>> AnsweredElsewhere => _joiner.AnsweredElsewhere;

    /// <summary>
    /// Tells the node that others reach it at another address from now on. It raises its incarnation and tells the cluster; whoever is
    /// known at that address holds it no longer. A node that has left, or is at that address already, does nothing.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="address">Where others reach it.</param>
    /// <param name="outbox">Where effects go.</param>
    /// <exception cref="ArgumentException">Others cannot reach that address, or it has no port.</exception>
    public void Readdress(Instant now, PeerAddress address, IOutbox outbox)
    {
        NodeOptions.RequireAddress(address, nameof(address));
        _memberships.Readdress(new Caller(now, outbox), address);
    }

    /// <summary>Whether the node has the state of the cluster, from another that it asked or that asked it.</summary>
    public bool IsSynchronized => _antiEntropy.IsSynchronized;

    /// <summary>Whether the goodbye has been told often enough: the host may close the sockets.</summary>
    public bool HasLeft => _kernel.Self.State == MemberState.Left
        && (_kernel.Table.PeerCount == 0 || !_gossiper.Contains(new RumorSubject(RumorClass.Membership, _kernel.Self.Id)));

    /// <summary>
    /// Tries a seed: asks whoever listens there to let this node in. Does nothing when a live member is known to be there, so it may be
    /// called again and again.
    /// </summary>
    public void Join(Instant now, PeerAddress seed, IOutbox outbox) => _joiner.Join(new Caller(now, outbox), seed);

    /// <summary>
    /// Tries these addresses from now on for ever, and no others that were named before: every second while the node is alone, every ten
    /// seconds in company.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="seeds">Where somebody should be. Sixteen at a time, in turns. What is read here may change: a name may lead
    /// elsewhere.</param>
    /// <param name="localPorts">
    /// Where others on this machine may listen: all of them while the node is alone, one at a time, in turns, in company.
    /// </param>
    public void FollowSeeds(Instant now, IReadOnlyList<PeerAddress> seeds, IReadOnlyList<PeerAddress> localPorts) =>
        _seeds.Follow(now, seeds, localPorts);

    /// <summary>Tells the node that a stream to a peer could not be opened.</summary>
    /// <param name="now">The time.</param>
    /// <param name="peer">The peer that was to be reached.</param>
    /// <param name="refused">Whether the peer's host answered that nobody listens; else it was silent or unreachable.</param>
    /// <param name="outbox">Where effects go.</param>
    public void StreamFailed(Instant now, PeerAddress peer, bool refused, IOutbox outbox)
    {
        if (refused)
            _detector.HearRefusal(new Caller(now, outbox), peer);
    }

    /// <summary>Says goodbye; <see cref="HasLeft"/> tells when it was told often enough.</summary>
    public void Leave(Instant now, IOutbox outbox)
    {
        if (_kernel.Self.State == MemberState.Left)
            return;
        var caller = new Caller(now, outbox);
        _detector.Stop();
        _tracker.Stop();
        var goodbye = _memberships.Leave(caller);
        _joiner.TellGoodbye(caller, goodbye);
        _gossiper.Step(caller);
    }

    private void StartRound(in Caller caller)
    {
        _detector.StartProbe(caller);
        _seeds.NoteRound();
    }
}
