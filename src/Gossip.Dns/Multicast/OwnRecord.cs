using System.Net;
using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>One record of this machine, and the slots that say when it is to be announced and multicast next.</summary>
internal sealed class OwnRecord(DnsRecord record, bool takenBack, params OwnName[] names)
{
    private int _announcements;
    private TimeSpan _announceAt;
    private TimeSpan _announceGap;

    public DnsRecord Record { get; } = record;

    /// <summary>Whether the record ends with this process, so that a goodbye names it.</summary>
    public bool TakenBack { get; } = takenBack;

    /// <summary>A shared record may be held by other machines too; any other is sent by this machine alone (RFC 6762 §2).</summary>
    public bool IsShared => !Record.Flush;

    /// <summary>Whether this machine holds every name in it: before that it is neither announced nor sent as an answer.</summary>
    public bool IsOurs => Array.TrueForAll(names, name => name.IsSettled);

    public TimeSpan Due { get; private set; } = Timing.Never;

    /// <summary>The peer that asked for it, when exactly one did: only its known answers may cancel what is due.</summary>
    public IPEndPoint? Asker { get; private set; }

    public TimeSpan? LastMulticast { get; private set; }

    /// <summary>When the record is to be sent: first announced at once, but only when its names are held.</summary>
    public TimeSpan NextDeadline => IsOurs ? Timing.Earlier(Due, _announceAt) : Timing.Never;

    /// <summary>Plans an answer: not sooner than the gap after the last one, and not later than what is planned already.</summary>
    public void Plan(TimeSpan at, IPEndPoint? asker, TimeSpan gap)
    {
        if (LastMulticast is { } last)
            at = Timing.Later(at, last + gap);
        Asker = Due == Timing.Never || (asker is not null && asker.Equals(Asker)) ? asker : null;
        Due = Timing.Earlier(Due, at);
    }

    /// <summary>RFC 6762 §7.2: the only asker has further known answers to send.</summary>
    public void Postpone(TimeSpan to) => Due = Timing.Later(Due, to);

    public void Cancel() => Due = Timing.Never;

    public void Sent(TimeSpan now)
    {
        Due = Timing.Never;
        LastMulticast = now;
    }

    /// <summary>
    /// RFC 6762 §8.3: announces a record whose names have become held, or that is due again; one whose names were lost is not sent.
    /// </summary>
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
        // From now, not from the missed deadline, so that a stall causes no burst.
        _announceGap = _announcements == 0 ? Timing.OneSecond : _announceGap * 2;
        _announceAt = ++_announcements < Timing.Announcements ? now + _announceGap : Timing.Never;
        if (Record.Type != RecordType.Nsec)
            Plan(now, asker: null, Timing.OneSecond);
    }

    /// <summary>Takes the place of an equal record; it may be announced anew, as if it were new.</summary>
    public void Continue(OwnRecord before, bool announcesAnew)
    {
        (Due, Asker, LastMulticast) = (before.Due, before.Asker, before.LastMulticast);
        if (!announcesAnew)
            (_announcements, _announceAt, _announceGap) = (before._announcements, before._announceAt, before._announceGap);
    }
}
