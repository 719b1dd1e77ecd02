using System.Net;
using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>
/// Answers for the published services (RFC 6762 §6, §8.3, §10.1). Every answer is a deadline in the slot of its record: a second
/// asker, a known answer or another machine's equal answer only move or clear that slot, and one Tick gathers all that is due.
/// </summary>
internal sealed class Responder(Generator generator)
{
    private readonly Probing _probing = new(new Generator(generator.Next()));
    private readonly List<DnsRecord> _goodbyes = [];
    private Dictionary<DnsName, (DnsName Instance, DnsName Host)> _told = [];
    private Generator _generator = generator;
    private IReadOnlyList<ServiceProfile> _profiles = [];
    private Dictionary<DnsName, OwnName> _names = [];
    private OwnRecords _records = OwnRecords.None;

    public OwnInstances Instances { get; private set; } = OwnInstances.None;

    public IReadOnlyCollection<IPAddress> AddressesElsewhere
    {
        set => _probing.AddressesElsewhere = [.. value.Select(address => new IPAddress(address.GetAddressBytes()))];
    }

    public TimeSpan NextDeadline { get; private set; } = Timing.Never;

    public void Publish(TimeSpan now, IReadOnlyList<ServiceProfile> profiles)
    {
        var names = _probing.NamesOf(profiles);
        // Throws for a profile that does not fit into a packet, before anything has changed.
        var records = new OwnRecords(profiles, names);
        (_profiles, _names) = (profiles, names);
        _told = _told.Where(one => names.ContainsKey(one.Key)).ToDictionary();
        _probing.Want(now, names, profiles);
        // All are announced anew: publishing again brings news, and the machine may have moved to another network, which has received
        // nothing yet.
        Replace(records, announcesAnew: true);
        FindNextDeadline(now);
    }

    public void HearQuery(TimeSpan now, IPEndPoint from, DnsMessage query, IMulticastOutbox outbox)
    {
        _probing.HearProbe(now, query, _records);
        HearKnown(now, from, query);
        var isLegacy = from.Port != MulticastDns.Port;
        var direct = new List<OwnRecord>();
        foreach (var question in query.Questions)
        {
            // A defence goes to all: on a shared port a unicast may reach another process than the prober.
            var isProbe = query.Authorities.Any(proposed => proposed.Name.Equals(question.Name));
            foreach (var own in _records.Matching(question))
                if (IsKnown(own.Record, query))
                    continue;
                else if (isProbe)
                    own.Plan(now, asker: null, Timing.DefenceGap);
                else if (isLegacy || (question.Unicast && WasHeardLately(now, own)))
                    direct.Add(own);
                else
                    own.Plan(now + AnswerDelay(own, query), from, Timing.OneSecond);
        }

        if (direct.Count > 0)
            SendDirect(from, query, [.. direct.Distinct()], isLegacy, outbox);
        FindNextDeadline(now);
    }

    public void HearAnswers(TimeSpan now, DnsMessage response)
    {
        foreach (var heard in response.Answers)
            HearAnswer(now, heard);
        if (_probing.HearAnswers(now, response, _records))
            Replace(new OwnRecords(_profiles, _names), announcesAnew: false);
        FallSilent(now);
        FindNextDeadline(now);
    }

    public void Tick(TimeSpan now, IMulticastOutbox outbox)
    {
        if (_goodbyes.Count > 0)
        {
            Packer.Multicast(_goodbyes, [], outbox);
            _goodbyes.Clear();
        }

        _probing.Tick(now, _records, outbox);
        foreach (var own in _records.All)
            own.Announce(now);
        TellNames(outbox);
        SendDue(now, outbox);
        FindNextDeadline(now);
    }

    // A republished record of a unique kind replaces the old one by its flush bit; a shared one must be the very same.
    private static bool Continues(DnsRecord old, DnsRecord now) =>
        old.Says(now) || (old.Flush && now.Flush && old.Type == now.Type && old.Name.Equals(now.Name));

    // §7.1: the asker knows it already, with at least half of its life left.
    private static bool IsKnown(DnsRecord record, DnsMessage query) =>
        query.Answers.Any(known => known.Says(record) && known.Ttl >= record.Ttl / 2);

    // §5.4: a unicast answer is only for records whose last multicast is so fresh that all others have it.
    private static bool WasHeardLately(TimeSpan now, OwnRecord own) => own.LastMulticast is { } last && now - last < own.Record.Ttl / 4;

    private void Replace(OwnRecords records, bool announcesAnew)
    {
        foreach (var old in _records.All)
        {
            if (records.All.FirstOrDefault(own => own.Record.Says(old.Record)) is { } same)
                same.Continue(old, announcesAnew);
            // A name that another machine holds now is not withdrawn; a shared record under it is.
            else if (old.TakenBack && old.LastMulticast is not null && (old.IsShared || old.IsOurs)
                && !records.All.Any(own => Continues(old.Record, own.Record)))
                _goodbyes.Add(old.Record with { Ttl = TimeSpan.Zero });
        }

        Instances = Instances.After(_records, records, isOurWish: announcesAnew);
        _records = records;
    }

    // §7.4: a record that another machine has just sent need not be sent again. §6.6: one that it wrongly withdraws must be.
    private void HearAnswer(TimeSpan now, DnsRecord heard)
    {
        foreach (var own in _records.All)
        {
            if (!own.IsOurs || !own.Record.Says(heard))
                continue;
            if (heard.Ttl >= own.Record.Ttl)
                own.Cancel();
            else if (heard.Ttl < own.Record.Ttl / 2)
                own.Plan(now + ShortDelay(), asker: null, Timing.OneSecond);
        }
    }

    // §7.2: known answers that follow a truncated question in packets of their own, and perhaps more of them.
    private void HearKnown(TimeSpan now, IPEndPoint from, DnsMessage query)
    {
        foreach (var own in _records.All)
        {
            if (own.Due == Timing.Never || !from.Equals(own.Asker))
                continue;
            if (IsKnown(own.Record, query))
                own.Cancel();
            else if (query is { IsTruncated: true, Questions.Count: 0 })
                own.Postpone(now + TruncatedDelay());
        }
    }

    // A name was lost in a conflict: no record under it is sent until it is held again.
    private void FallSilent(TimeSpan now)
    {
        foreach (var own in _records.All)
            if (!own.IsOurs)
                own.Announce(now);
    }

    private TimeSpan AnswerDelay(OwnRecord own, DnsMessage query) =>
        query.IsTruncated ? TruncatedDelay() : own.IsShared ? ShortDelay() : TimeSpan.Zero;

    private TimeSpan TruncatedDelay() => _generator.Between(Timing.ShortestTruncatedDelay, Timing.LongestTruncatedDelay);

    private TimeSpan ShortDelay() => _generator.Between(Timing.ShortestDelay, Timing.LongestDelay);

    private void TellNames(IMulticastOutbox outbox)
    {
        foreach (var profile in _profiles)
        {
            var (instance, host) = (_names[profile.InstanceName], _names[profile.HostName]);
            if (!instance.IsSettled || !host.IsSettled)
                continue;
            var chosen = (instance.Chosen, host.Chosen);
            if (_told.TryGetValue(instance.Wanted, out var told) && told == chosen)
                continue;
            _told[instance.Wanted] = chosen;
            outbox.Announced(profile, instance.Chosen.FirstLabelText, host.Chosen.ToString());
        }
    }

    private void SendDue(TimeSpan now, IMulticastOutbox outbox)
    {
        var due = _records.All.Where(own => own.Due <= now).SelectMany(_records.SetOf).Distinct().ToList();
        if (due.Count == 0)
            return;
        var following = Following(due).FindAll(own => !(now - own.LastMulticast < Timing.OneSecond));
        foreach (var own in due.Concat(following))
            own.Sent(now);
        Packer.Multicast([.. due.Select(own => own.Record)], [.. following.Select(own => own.Record)], outbox);
    }

    private List<OwnRecord> Following(List<OwnRecord> answers) =>
        [.. answers.SelectMany(own => _records.Following(own.Record)).Distinct().Except(answers)];

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
        var next = _goodbyes.Count > 0 ? now : _probing.NextDeadline;
        foreach (var own in _records.All)
            next = Timing.Earlier(next, own.NextDeadline);
        NextDeadline = Timing.Later(next, now);
    }
}
