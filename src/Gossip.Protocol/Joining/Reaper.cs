namespace Gossip.Protocol;

/// <summary>Lets go of what is not needed any more.</summary>
internal sealed class Reaper(Kernel kernel, LoadGossip loads, Newcomers newcomers, NameConflicts conflicts, Registry registry)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Of what nobody else lets go of.</summary>
    public IEnumerable<NodeSize> Sizes => conflicts.Sizes;

    public void Step(in Caller caller)
    {
        kernel.Deadlines[Deadline.Reap] = caller.Now + Interval;
        kernel.Sender.LetGoOfLargeBuffers();
        loads.Forget();
        newcomers.Forget(caller.Now);
        conflicts.AskAgain(caller);
        registry.AskForUnheld(caller, Interval);
        if (!kernel.Table.HasGone)
            return;
        HashSet<string>? names = null;
        for (var i = kernel.Table.All.Count - 1; i >= 0; i--)
        {
            var member = kernel.Table.All[i];
            if (member.IsLive || member == kernel.Self || member.OrphanedRecords.Count > 0
                || caller.Now - member.Since < MemoryOf(caller.Now, member, ref names))
                continue;
            conflicts.Forget(member);
            kernel.Table.Remove(member);
            caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.MemberForgotten, caller.Now, member));
        }
    }

    /// <summary>
    /// Dead members are remembered for long, because they may be on the other side of a split. Members that are known not to come back are
    /// not: those that said goodbye, and those whose address or name a live member has.
    /// </summary>
    private TimeSpan MemoryOf(Instant now, Member member, ref HashSet<string>? names)
    {
        if (member.State == MemberState.Left || member.Gravest.Evidence == Evidence.Replaced)
            return kernel.Options.ForgetLeftAfter;
        if (now - member.Since < kernel.Options.ForgetLeftAfter)
            return kernel.Options.ForgetDeadAfter; // Too early for its name to matter.
        names ??= [.. kernel.Table.Peers.ToArray().Select(peer => peer.Name)];
        return names.Contains(member.Name) ? kernel.Options.ForgetLeftAfter : kernel.Options.ForgetDeadAfter;
    }
}
