using System.Text.Unicode;
using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>
/// Continuous browsing (RFC 6762 §5.2, RFC 6763 §4): asks for the instances of each type, follows each PTR to its SRV, TXT and addresses,
/// keeps all of them fresh, and reports an instance when it is whole, when it changes and when it is gone. It does not ask for what is
/// known anyway: this machine's own records, and what <see cref="IMulticastOutbox.IsKnownToLive"/> vouches for.
/// </summary>
internal sealed class Browser(Generator generator, TimeSpan longestGap)
{
    private readonly Dictionary<DnsName, Asking> _types = [];
    private readonly Dictionary<DnsName, BrowsedInstance> _instances = [];
    private readonly List<BrowsedInstance> _touched = [];
    private readonly RecordCache _cache = new(new Generator(generator.Next()));
    private Generator _generator = generator;
    private OwnInstances _own = OwnInstances.None;
    private TimeSpan _heardAt;

    /// <summary>Never late, but perhaps early: received packets only pull it forward, and the next Tick computes it anew.</summary>
    public TimeSpan NextDeadline { get; private set; } = Timing.Never;

    public int CachedRecords => _cache.Count;

    public void Browse(TimeSpan now, DnsName type)
    {
        if (_types.ContainsKey(type))
            return;
        if (_types.Count == Limits.BrowsedTypes)
            throw new InvalidOperationException($"{Limits.BrowsedTypes} service types are browsed already.");
        var asking = new Asking();
        asking.Start(SoonAfter(now));
        _types.Add(type, asking);
        NextDeadline = Timing.Earlier(NextDeadline, asking.At);
    }

    /// <summary>Any packet was received on the link: so the link carries packets, those of others and of this machine.</summary>
    public void Heard(TimeSpan now) => _heardAt = now;

    /// <summary>
    /// RFC 6762 §7.3: an equal question of another machine replaces this machine's own, if its known answers are all known here. More known
    /// answers may follow in further packets (§7.2): one that is not known here has to be asked for, as its holder does not answer that
    /// question.
    /// </summary>
    public void HearQuery(TimeSpan now, DnsMessage query)
    {
        foreach (var known in query.Questions.Count == 0 ? query.Answers : [])
            if (_types.TryGetValue(known.Name, out var asking) && known.Type == RecordType.Ptr && !IsKnown(known))
            {
                asking.AskSoon(now, SoonAfter(now));
                NextDeadline = Timing.Earlier(NextDeadline, asking.At);
            }

        foreach (var question in query.Questions)
        {
            if (question.Unicast)
                continue;
            var later = _generator.Between(Timing.ShortestDelay, Timing.LongestDelay);
            if (_types.TryGetValue(question.Name, out var asking) && question.Type == RecordType.Ptr && query.Answers.All(IsKnown))
                asking.AskedByAnother(now, longestGap, later);
            else if (_instances.TryGetValue(question.Name, out var instance) && instance.Asking.At != Timing.Never)
                instance.Asking.AskedByAnother(now, longestGap, later);
            else
                _cache.AskedByAnother(now, question);
        }
    }

    /// <summary>The instances of this machine: one that changes its owner is reported anew.</summary>
    public void Owns(OwnInstances own)
    {
        if (ReferenceEquals(own, _own))
            return;
        _own = own;
        foreach (var instance in _instances.Values)
            Touch(instance);
    }

    public void HearAnswers(TimeSpan now, DnsMessage response, IMulticastOutbox outbox)
    {
        // The records are in any order, and each kind tells whether the next is of interest: three passes.
        var records = response.Answers.Concat(response.Additionals).ToList();
        foreach (var record in records)
            if (record.Body is PointerBody pointer)
                HearPointer(now, record, pointer.Target);
        foreach (var record in records)
            if (record.Body is ServerBody or TextBody)
                HearDescription(now, record);
        HearAddresses(now, records.FindAll(record => record.Body is AddressBody));
        ReportTouched(now, outbox);
        NextDeadline = Timing.Earlier(NextDeadline, _cache.NextDeadline);
    }

    public void Tick(TimeSpan now, IMulticastOutbox outbox)
    {
        Forget(_cache.Expire(now), outbox);
        ReportTouched(now, outbox);
        foreach (var (type, asking) in _types)
        {
            if (asking.At > now)
                continue;
            asking.Asked(now, longestGap);
            QueryPacker.Ask(new DnsQuestion(type, RecordType.Ptr, Unicast: false), KnownAnswers(now, type), outbox);
        }

        QueryPacker.AskAll(DueQuestions(now, outbox), outbox);
        FindNextDeadline();
    }

    private List<DnsQuestion> DueQuestions(TimeSpan now, IMulticastOutbox outbox)
    {
        var byHost = new Lazy<ILookup<DnsName, BrowsedInstance>>(ByHost);
        var questions = _cache.TakeRefreshes(now, one => IsSelfEvident(one, byHost, outbox));
        foreach (var instance in _instances.Values)
        {
            if (instance.Asking.At > now)
                continue;
            if (instance.Asking.Times >= Limits.QuestionsPerInstance)
            {
                GiveUp(now, instance);
                continue;
            }

            instance.Asking.Asked(now, longestGap);
            questions.AddRange(instance.Missing(_cache));
        }

        return [.. questions.Distinct()];
    }

    /// <summary>Nobody describes it: what points to it goes, and a later answer begins anew.</summary>
    private void GiveUp(TimeSpan now, BrowsedInstance instance)
    {
        instance.Asking.Stop();
        foreach (var one in _types.Keys.SelectMany(_cache.Under))
            if (one.Record.Body is PointerBody pointer && pointer.Target.Equals(instance.Name))
                one.TakeBack(now);
    }

    /// <summary>
    /// Whether a record that grows old is sure to hold. This machine's own is, as long as anything is received on the link: when the link
    /// is silent, the question shows whether this machine receives its own packets.
    /// </summary>
    private bool IsSelfEvident(CachedRecord one, Lazy<ILookup<DnsName, BrowsedInstance>> byHost, IMulticastOutbox outbox) =>
        Described(one.Record, byHost).Any(instance => _own.Hold(instance.Name)
            ? _heardAt > one.Since
            : instance.Reported is { } reported && outbox.IsKnownToLive(reported));

    /// <summary>The instance that a record describes, or those on the host that it describes.</summary>
    private IEnumerable<BrowsedInstance> Described(DnsRecord record, Lazy<ILookup<DnsName, BrowsedInstance>> byHost)
    {
        if (_instances.TryGetValue(record.Body is PointerBody pointer ? pointer.Target : record.Name, out var instance))
            return [instance];
        return record.Body is AddressBody ? byHost.Value[record.Name] : [];
    }

    /// <summary>The instances by their hosts: found once for all records that are looked at.</summary>
    private ILookup<DnsName, BrowsedInstance> ByHost() => _instances.Values
        .Select(instance => (instance, host: instance.Host(_cache))).Where(one => one.host is not null)
        .ToLookup(one => one.host!, one => one.instance);

    private List<DnsRecord> KnownAnswers(TimeSpan now, DnsName type) =>
        [.. _cache.Under(type).Where(one => one.IsFresh(now)).Select(one => one.Remaining(now))];

    private bool IsKnown(DnsRecord record) => record.Body is PointerBody pointer && _instances.ContainsKey(pointer.Target);

    private void HearPointer(TimeSpan now, DnsRecord record, DnsName target)
    {
        var type = WithoutSubtype(record.Name);
        // RFC 6763 §4.1.1: an instance has a name in UTF-8. Otherwise two different names could have the same text.
        if (!_types.ContainsKey(record.Name) || !target.IsChildOf(type) || !Utf8.IsValid(target.FirstLabel))
            return;
        if (!_cache.Hear(now, record with { Flush = false }, Limits.InstancesPerType))
            return;
        var instance = new BrowsedInstance(target, type);
        if (_instances.TryAdd(target, instance))
            Touch(instance);
    }

    private void HearDescription(TimeSpan now, DnsRecord record)
    {
        if (record.Body is TextBody { Strings.Length: > Limits.ForeignTextBytes })
            return;
        if (_instances.TryGetValue(record.Name, out var instance) && _cache.Hear(now, record, Limits.RecordsPerSet))
            Touch(instance);
    }

    private void HearAddresses(TimeSpan now, List<DnsRecord> records)
    {
        var byHost = records.Count > 0 ? ByHost() : null;
        var changed = new HashSet<DnsName>();
        foreach (var record in records)
            if ((byHost!.Contains(record.Name) || _cache.Under(record.Name).Count > 0) && _cache.Hear(now, record, Limits.RecordsPerSet))
                changed.Add(record.Name);
        TouchAllOn(changed);
    }

    // RFC 6763 §7.1: _printer._sub._http._tcp.local lists instances of _http._tcp.local.
    private static DnsName WithoutSubtype(DnsName type) => type.Parent.FirstLabel.SequenceEqual("_sub"u8) ? type.Parent.Parent : type;

    private void TouchAllOn(HashSet<DnsName> hosts)
    {
        foreach (var instance in _instances.Values)
            if (hosts.Count > 0 && instance.Host(_cache) is { } host && hosts.Contains(host))
                Touch(instance);
    }

    private void Touch(BrowsedInstance instance)
    {
        if (instance.IsTouched)
            return;
        instance.IsTouched = true;
        _touched.Add(instance);
    }

    private void Forget(List<DnsRecord> gone, IMulticastOutbox outbox)
    {
        var hosts = new HashSet<DnsName>();
        foreach (var record in gone)
            if (record.Body is PointerBody pointer)
            {
                // It may still be known by another subtype.
                if (_types.Keys.Any(type => _cache.Under(type).Any(
                        one => one.Record.Body is PointerBody other && other.Target.Equals(pointer.Target)))
                    || !_instances.Remove(pointer.Target, out var lost))
                    continue;
                _cache.Forget(lost.Name);
                if (lost.Reported is { } reported)
                    outbox.Lost(reported);
            }
            else if (_instances.TryGetValue(record.Name, out var instance))
                Touch(instance);
            else
                hosts.Add(record.Name);
        TouchAllOn(hosts);
        if (gone.Count > 0)
            ForgetIdleHosts();
    }

    // The addresses of a host without instances would be refreshed without end and without use.
    private void ForgetIdleHosts()
    {
        var wanted = new HashSet<DnsName>(_types.Keys);
        foreach (var instance in _instances.Values)
        {
            wanted.Add(instance.Name);
            if (instance.Host(_cache) is { } host)
                wanted.Add(host);
        }

        foreach (var name in _cache.Names.Where(name => !wanted.Contains(name)).ToList())
            _cache.Forget(name);
    }

    private void ReportTouched(TimeSpan now, IMulticastOutbox outbox)
    {
        foreach (var instance in _touched)
        {
            instance.IsTouched = false;
            if (_instances.ContainsKey(instance.Name))
                Report(now, instance, outbox);
        }

        _touched.Clear();
    }

    private void Report(TimeSpan now, BrowsedInstance instance, IMulticastOutbox outbox)
    {
        var before = instance.Reported;
        instance.Reported = instance.Resolve(_cache, _own);
        if (instance.Reported is not { } sighting)
        {
            if (before is not null)
                outbox.Lost(before);
            if (instance.Asking.At == Timing.Never)
                instance.Asking.Start(SoonAfter(now));
            NextDeadline = Timing.Earlier(NextDeadline, instance.Asking.At);
            return;
        }

        instance.Asking.Stop();
        if (before is null || !before.SaysTheSame(sighting))
            outbox.Found(sighting);
    }

    private TimeSpan SoonAfter(TimeSpan now) => now + _generator.Between(Timing.ShortestDelay, Timing.LongestDelay);

    private void FindNextDeadline()
    {
        _cache.FindNextDeadline();
        var next = _cache.NextDeadline;
        foreach (var asking in _types.Values)
            next = Timing.Earlier(next, asking.At);
        foreach (var instance in _instances.Values)
            next = Timing.Earlier(next, instance.Asking.At);
        NextDeadline = next;
    }
}
