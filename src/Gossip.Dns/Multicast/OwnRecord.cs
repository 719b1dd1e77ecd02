using System.Net;
using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>One record that we answer with, and the slots that say when it is to be announced and multicast next.</summary>
internal sealed class OwnRecord(DnsRecord record, bool takenBack, params OwnName[] names)
{
    private int _announcements;
    private TimeSpan _announceAt;
    private TimeSpan _announceGap;

    public DnsRecord Record { get; } = record;

    /// <summary>Whether the record ends with us, so that a goodbye names it.</summary>
    public bool TakenBack { get; } = takenBack;

    /// <summary>A shared record may be held by other machines too; of the others we are the only voice (RFC 6762 §2).</summary>
    public bool IsShared => !Record.Flush;

    /// <summary>Whether every name it holds is ours: before that it is neither announced nor answered with.</summary>
    public bool IsOurs => Array.TrueForAll(names, name => name.IsSettled);

    public TimeSpan Due { get; private set; } = Timing.Never;

    /// <summary>Who asked for it, when exactly one peer did: only its known answers may cancel what is due.</summary>
    public IPEndPoint? Asker { get; private set; }

    public TimeSpan? LastMulticast { get; private set; }

    /// <summary>When there is something to say: the first announcement at once, but only when its names are ours.</summary>
    public TimeSpan NextDeadline => IsOurs ? Timing.Earlier(Due, _announceAt) : Timing.Never;

    /// <summary>Plans an answer: not sooner than the gap after the last one, and not later than what is planned already.</summary>
    public void Plan(TimeSpan at, IPEndPoint? asker, TimeSpan gap)
    {
        if (LastMulticast is { } last)
            at = Timing.Later(at, last + gap);
        Asker = Due == Timing.Never || (asker is not null && asker.Equals(Asker)) ? asker : null;
        Due = Timing.Earlier(Due, at);
    }

    /// <summary>RFC 6762 §7.2: the only asker has more to say of what it knows.</summary>
    public void Postpone(TimeSpan to) => Due = Timing.Later(Due, to);

    public void Cancel() => Due = Timing.Never;

    public void Sent(TimeSpan now)
    {
        Due = Timing.Never;
        LastMulticast = now;
    }

    /// <summary>RFC 6762 §8.3: announces what has become ours, and what is due again; what is no longer ours falls silent.</summary>
    public void Announce(TimeSpan now)
    {
        if (!IsOurs)
        {
            Cancel();
            (_announcements, _announceAt) = (0, TimeSpan.Zero);
            return;
        }

        if (_announceAt > now)
            return;
        // From now, not from the missed deadline: after a stall there is no burst.
        _announceGap = _announcements == 0 ? Timing.OneSecond : _announceGap * 2;
        _announceAt = ++_announcements < Timing.Announcements ? now + _announceGap : Timing.Never;
        if (Record.Type != RecordType.Nsec)
            Plan(now, asker: null, Timing.OneSecond);
    }

    /// <summary>Takes the place of a record that said the same; it may be announced anew, as if it had never been.</summary>
    public void Continue(OwnRecord before, bool announcesAnew)
    {
        (Due, Asker, LastMulticast) = (before.Due, before.Asker, before.LastMulticast);
        if (!announcesAnew)
            (_announcements, _announceAt, _announceGap) = (before._announcements, before._announceAt, before._announceGap);
    }
}
