using System.Net;
using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>
/// Answers for one published service (RFC 6762 §6, §8.3, §10.1). Every answer is a deadline in the slot of its record: a second
/// asker, a known answer or another machine's equal answer only move or clear that slot, and one Tick gathers all that is due.
/// </summary>
internal sealed class Responder(Generator generator)
{
    private Generator _generator = generator;
    private OwnRecords? _records;
    private readonly List<DnsRecord> _goodbyes = [];
    private int _announcementsLeft;
    private TimeSpan _announceAt = Timing.Never;
    private TimeSpan _announceGap;

    public DnsName? Instance => _records?.Instance;

    public TimeSpan NextDeadline { get; private set; } = Timing.Never;

    public void Publish(TimeSpan now, ServiceProfile profile)
    {
        var records = new OwnRecords(profile);
        TakeBack(old => !records.All.Any(own => Continues(old, own.Record)));
        _records = records;
        _announcementsLeft = Timing.Announcements;
        _announceAt = now;
        _announceGap = Timing.OneSecond;
        FindNextDeadline(now);
    }

    public void Withdraw(TimeSpan now)
    {
        TakeBack(_ => true);
        _records = null;
        _announceAt = Timing.Never;
        FindNextDeadline(now);
    }

    public void HearQuery(TimeSpan now, IPEndPoint from, DnsMessage query, IMulticastOutbox outbox)
    {
        if (_records is null)
            return;
        CancelKnown(from, query);
        var isLegacy = from.Port != MulticastDns.Port;
        var direct = new List<OwnRecord>();
        foreach (var question in query.Questions)
            foreach (var own in _records.Matching(question))
                if (IsKnown(own.Record, query))
                    continue;
                else if (isLegacy || (question.Unicast && WasHeardLately(now, own)))
                    direct.Add(own);
                else
                    Schedule(now, from, own, query.IsTruncated);
        if (direct.Count > 0)
            SendDirect(from, query, [.. direct.Distinct()], isLegacy, outbox);
        FindNextDeadline(now);
    }

    /// <summary>§7.4: what another machine has just said need not be said again. §6.6: what it wrongly takes back must be.</summary>
    public void HearAnswer(TimeSpan now, DnsRecord heard)
    {
        foreach (var own in _records?.All ?? [])
        {
            if (!own.Record.Says(heard))
                continue;
            if (heard.Ttl >= own.Record.Ttl)
                own.Due = Timing.Never;
            else if (heard.Ttl < own.Record.Ttl / 2)
                SetDue(own, now + ShortDelay(), from: null);
        }

        FindNextDeadline(now);
    }

    public void Tick(TimeSpan now, IMulticastOutbox outbox)
    {
        if (_goodbyes.Count > 0)
        {
            Packer.Multicast(_goodbyes, [], outbox);
            _goodbyes.Clear();
        }

        if (_announceAt <= now)
            Announce(now);
        SendDue(now, outbox);
        FindNextDeadline(now);
    }

    // A republished record of a unique kind replaces the old one by its flush bit; a shared one must be the very same.
    private static bool Continues(DnsRecord old, DnsRecord now) =>
        old.Says(now) || (old.Flush && now.Flush && old.Type == now.Type && old.Name.Equals(now.Name));

    // §7.1: the asker knows it already, and will for at least half of its life.
    private static bool IsKnown(DnsRecord record, DnsMessage query) =>
        query.Answers.Any(known => known.Says(record) && known.Ttl >= record.Ttl / 2);

    // §5.4: a unicast answer is only for records whose last multicast is so fresh that all others have it.
    private static bool WasHeardLately(TimeSpan now, OwnRecord own) => own.LastMulticast is { } last && now - last < own.Record.Ttl / 4;

    private void TakeBack(Predicate<DnsRecord> isOver)
    {
        foreach (var own in _records?.All ?? [])
            if (own.TakenBack && own.LastMulticast is not null && isOver(own.Record))
                _goodbyes.Add(own.Record with { Ttl = TimeSpan.Zero });
    }

    // §7.2: known answers that follow a truncated question in packets of their own.
    private void CancelKnown(IPEndPoint from, DnsMessage query)
    {
        foreach (var own in _records!.All)
            if (own.Due != Timing.Never && from.Equals(own.Asker) && IsKnown(own.Record, query))
                own.Due = Timing.Never;
    }

    private void Schedule(TimeSpan now, IPEndPoint from, OwnRecord own, bool isTruncated)
    {
        var delay = isTruncated ? _generator.Between(Timing.ShortestTruncatedDelay, Timing.LongestTruncatedDelay)
            : own.IsShared ? ShortDelay()
            : TimeSpan.Zero;
        SetDue(own, now + delay, from);
    }

    private static void SetDue(OwnRecord own, TimeSpan due, IPEndPoint? from)
    {
        if (own.LastMulticast is { } last)
            due = Timing.Later(due, last + Timing.OneSecond);
        own.Asker = own.Due == Timing.Never || (from is not null && from.Equals(own.Asker)) ? from : null;
        own.Due = Timing.Earlier(own.Due, due);
    }

    private TimeSpan ShortDelay() => _generator.Between(Timing.ShortestDelay, Timing.LongestDelay);

    private void Announce(TimeSpan now)
    {
        foreach (var own in _records!.All)
            if (own.Record.Type != RecordType.Nsec)
                SetDue(own, now, from: null);
        // From now, not from the missed deadline: after a stall there is no burst.
        _announceAt = --_announcementsLeft > 0 ? now + _announceGap : Timing.Never;
        _announceGap *= 2;
    }

    private void SendDue(TimeSpan now, IMulticastOutbox outbox)
    {
        var due = (_records?.All ?? []).Where(own => own.Due <= now).ToList();
        if (due.Count == 0)
            return;
        var following = Following(due).FindAll(own => !(now - own.LastMulticast < Timing.OneSecond));
        foreach (var own in due.Concat(following))
        {
            own.Due = Timing.Never;
            own.LastMulticast = now;
        }

        Packer.Multicast([.. due.Select(own => own.Record)], [.. following.Select(own => own.Record)], outbox);
    }

    private List<OwnRecord> Following(List<OwnRecord> answers) =>
        [.. answers.SelectMany(own => _records!.Following(own.Record)).Distinct().Except(answers)];

    // §6.7: a legacy asker gets a plain DNS answer: its own id and question, short TTLs, no flush bit, no compressed SRV.
    private void SendDirect(IPEndPoint from, DnsMessage query, List<OwnRecord> answers, bool isLegacy, IMulticastOutbox outbox)
    {
        Span<byte> packet = stackalloc byte[Limits.WritePacketBytes];
        var writer = new DnsWriter(packet, isLegacy ? query.Header.Id : (ushort)0, compressServers: !isLegacy);
        if (isLegacy)
            foreach (var question in query.Questions)
                writer.TryAddQuestion(question with { Unicast = false });
        var flags = Packer.Answer;
        foreach (var own in answers)
            if (!writer.TryAddAnswer(ForAsker(own.Record, isLegacy)))
                flags |= DnsFlags.Truncated;
        Packer.AddAll(ref writer, [.. Following(answers).Select(own => ForAsker(own.Record, isLegacy))]);
        outbox.SendUnicast(from, packet[..writer.Finish(flags)]);
    }

    private static DnsRecord ForAsker(DnsRecord record, bool isLegacy) =>
        isLegacy ? record with { Flush = false, Ttl = Timing.Earlier(record.Ttl, Timing.LegacyTtl) } : record;

    private void FindNextDeadline(TimeSpan now)
    {
        NextDeadline = _goodbyes.Count > 0 ? now : _announceAt;
        foreach (var own in _records?.All ?? [])
            NextDeadline = Timing.Earlier(NextDeadline, own.Due);
    }
}
