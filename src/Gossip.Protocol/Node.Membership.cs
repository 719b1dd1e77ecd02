namespace Gossip.Protocol;

/// <summary>The members, and how this node joins, moves and leaves.</summary>
internal sealed partial class Node
{
    /// <summary>
    /// The addresses, other than the advertised one, from which this node's datagrams come to others. A hint, not a fact: one peer's word
    /// is enough.
    /// </summary>
    public IReadOnlyList<ObservedAddress> ObservedAddresses => _observed.All;

    /// <summary>The live members that were recently reached only through relays or by stream.</summary>
    public IEnumerable<Member> IndirectlyReached => _paths.IndirectlyReached;

    /// <summary>The seeds at which a live member answered that advertises another address, and the member.</summary>
    public IEnumerable<KeyValuePair<PeerAddress, Member>> AnsweredElsewhere => _joiner.AnsweredElsewhere;

    /// <summary>
    /// Tells the node that others reach it at another address from now on. The node raises its incarnation and tells the cluster; a member
    /// that is known at that address loses it. A node that has left, or is at that address already, does nothing.
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

    /// <summary>
    /// Takes other keys. A member that lacks the key that seals is sent what another of the keys seals, as long as it has one of them; one
    /// that has none of them is a stranger from now on. All members are pinged once, so that each hears which key seals.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="keys">32 bytes each, the one that seals first; none where the node has none.</param>
    /// <exception cref="ArgumentException">A node with a key would continue without, or the reverse.</exception>
    public void ChangeKeys(Instant now, IReadOnlyList<ReadOnlyMemory<byte>> keys)
    {
        var (had, onlyOne) = (_keys.IsEmpty ? 0 : _keys.Primary.Id, !_keys.HasSeveral);
        _keys.Change(keys);
        foreach (var member in _kernel.Table.All)
        {
            // A ring of one opened nothing else, and what a ring of one opens from now on needs no telling.
            member.KeyId = !_keys.HasSeveral ? 0 : onlyOne ? had : member.KeyId;
            if (_keys.Find(member.NeededKeyId) is not { } needed || needed == _keys.Primary)
                member.NeededKeyId = 0;
        }

        if (!_keys.IsEmpty)
            _tracker.Prove(now);
    }

    /// <summary>Whether the node has the state of the cluster, from a member that it asked or that asked it.</summary>
    public bool IsSynchronized => _antiEntropy.IsSynchronized;

    /// <summary>Whether the goodbye has been sent often enough, so that the host may close the sockets.</summary>
    public bool HasLeft => _kernel.Self.State == MemberState.Left
        && (_kernel.Table.PeerCount == 0 || !_gossiper.Contains(new RumorSubject(RumorClass.Membership, _kernel.Self.Id)));

    /// <summary>
    /// Tries a seed: asks the member that listens there to let this node in. Does nothing when a live member is known to be there, so it
    /// may be called repeatedly.
    /// </summary>
    public void Join(Instant now, PeerAddress seed, IOutbox outbox) => _joiner.Join(new Caller(now, outbox), seed);

    /// <summary>
    /// From now on tries these addresses, and none that were named before: every second while the node is alone, every 10 s in company.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="seeds">Where members should be. Sixteen are tried at a time, in turn. The content of the list may change, as when a
    /// name resolves to other addresses.</param>
    /// <param name="localPorts">
    /// Where others on this machine may listen: all are tried while the node is alone, one at a time, in turn, in company.
    /// </param>
    public void FollowSeeds(Instant now, IReadOnlyList<PeerAddress> seeds, IReadOnlyList<PeerAddress> localPorts) =>
        _seeds.Follow(now, seeds, localPorts);

    /// <summary>Tells the node that a stream to a peer could not be opened.</summary>
    /// <param name="now">The time.</param>
    /// <param name="peer">The peer that was to be reached.</param>
    /// <param name="refused">Whether the peer's host answered that nothing listens; else it was silent or unreachable.</param>
    /// <param name="outbox">Where effects go.</param>
    public void StreamFailed(Instant now, PeerAddress peer, bool refused, IOutbox outbox)
    {
        _inspections.Fail(peer);
        if (refused)
            _detector.HearRefusal(new Caller(now, outbox), peer);
    }

    /// <summary>Says goodbye; <see cref="HasLeft"/> tells when it was sent often enough.</summary>
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
        _seeds.NoteRound(caller.Now);
        _registry.OutrankClaimed(caller);
    }
}
