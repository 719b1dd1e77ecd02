using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>A record of another machine, with the time when it expires and the time to ask whether it still holds.</summary>
internal sealed class CachedRecord(DnsRecord record)
{
    private int _refreshes;
    private TimeSpan _ttl;

    public DnsRecord Record { get; } = record;

    public TimeSpan HeardAt { get; private set; }

    /// <summary>When it was last received, or known to hold anyway.</summary>
    public TimeSpan Since { get; private set; }

    public TimeSpan ExpiresAt { get; private set; }

    public TimeSpan RefreshAt { get; private set; }

    public void Hear(TimeSpan now, TimeSpan ttl, ref Generator generator)
    {
        _ttl = ttl;
        HeardAt = now;
        Renew(now, ref generator);
    }

    /// <summary>The record is known to hold without asking: its life begins anew.</summary>
    public void Renew(TimeSpan now, ref Generator generator)
    {
        Since = now;
        ExpiresAt = now + _ttl;
        _refreshes = 0;
        NextRefresh(now, ref generator);
    }

    /// <summary>RFC 6762 §10.1, §10.2: it lives one more second, in which a machine that still holds it may send it.</summary>
    public void TakeBack(TimeSpan now)
    {
        ExpiresAt = Timing.Earlier(ExpiresAt, now + Timing.OneSecond);
        RefreshAt = Timing.Never;
    }

    /// <summary>§5.2: 80, 85, 90, 95 % of the life, each a random 0–2 % later. Moments that are too near or missed are skipped.</summary>
    public void NextRefresh(TimeSpan after, ref Generator generator)
    {
        do
            RefreshAt = _refreshes == Timing.Refreshes
                ? Timing.Never
                : Since + (_ttl / 100 * (80 + (5 * _refreshes++))) + generator.Between(TimeSpan.Zero, _ttl / 50);
        while (RefreshAt <= after);
    }

    /// <summary>
    /// Whether it would be asked for soon. Records that need no question are renewed by then, many at once instead of one by one.
    /// </summary>
    public bool IsDueSoon(TimeSpan now) => RefreshAt - now <= _ttl / 20;

    /// <summary>§7.3: another machine asked for it just before this one would have; the answer serves this machine too.</summary>
    public void AskedByAnother(TimeSpan now, ref Generator generator)
    {
        if (RefreshAt != Timing.Never && RefreshAt - now <= _ttl / 33)
            NextRefresh(RefreshAt + Timing.OneSecond, ref generator);
    }

    /// <summary>§7.1: only a record with more than half of its life left is sent as a known answer.</summary>
    public bool IsFresh(TimeSpan now) => ExpiresAt - now > _ttl / 2;

    public DnsRecord Remaining(TimeSpan now) => Record with { Flush = false, Ttl = ExpiresAt - now };
}

/// <summary>
/// The records of other machines, by name (RFC 6762 §10). It holds only what the browser has an interest in, and is bounded: when it is
/// full it refuses new records, so that a flood of invented services cannot push out the known ones.
/// </summary>
internal sealed class RecordCache(Generator generator)
{
    private static readonly List<CachedRecord> None = [];

    private readonly Dictionary<DnsName, List<CachedRecord>> _byName = [];
    private Generator _generator = generator;

    public int Count { get; private set; }

    /// <summary>Never later than the next expiry or refresh, but perhaps earlier: only a Tick pays for the exact one.</summary>
    public TimeSpan NextDeadline { get; private set; } = Timing.Never;

    public IEnumerable<DnsName> Names => _byName.Keys;

    public List<CachedRecord> Under(DnsName name) => _byName.TryGetValue(name, out var records) ? records : None;

    /// <summary>Takes in a received record; true when it is news, and does not only confirm a known one.</summary>
    public bool Hear(TimeSpan now, DnsRecord heard, int limit)
    {
        var records = _byName.GetValueOrDefault(heard.Name);
        if (heard.Flush && records is not null)
            Flush(now, records, heard.Type);
        var known = records?.Find(one => one.Record.Says(heard));
        if (heard.Ttl == TimeSpan.Zero)
        {
            known?.TakeBack(now);
            NextDeadline = Timing.Earlier(NextDeadline, known?.ExpiresAt ?? Timing.Never);
            return false;
        }

        var ttl = Timing.Earlier(heard.Ttl, Timing.LongestTtl(heard.Type));
        if (known is not null)
        {
            known.Hear(now, ttl, ref _generator);
            NextDeadline = Timing.Earlier(NextDeadline, known.RefreshAt);
            return false;
        }

        if (Count >= Limits.CachedRecords || (records?.Count(one => one.Record.Type == heard.Type) ?? 0) >= limit)
            return false;
        if (records is null)
            _byName[heard.Name] = records = [];
        var fresh = new CachedRecord(heard);
        fresh.Hear(now, ttl, ref _generator);
        NextDeadline = Timing.Earlier(NextDeadline, fresh.RefreshAt);
        records.Add(fresh);
        Count++;
        return true;
    }

    public void Forget(DnsName name)
    {
        if (_byName.Remove(name, out var records))
            Count -= records.Count;
    }

    /// <summary>Drops the expired records and returns them.</summary>
    public List<DnsRecord> Expire(TimeSpan now)
    {
        var gone = new List<DnsRecord>();
        foreach (var (name, records) in _byName)
        {
            foreach (var one in records)
                if (one.ExpiresAt <= now)
                    gone.Add(one.Record);
            Count -= records.RemoveAll(one => one.ExpiresAt <= now);
            if (records.Count == 0)
                _byName.Remove(name);
        }

        return gone;
    }

    /// <summary>
    /// The records that are to be asked for now; each then waits for its next moment. Records that are sure to hold are left out.
    /// </summary>
    public List<DnsQuestion> TakeRefreshes(TimeSpan now, Func<CachedRecord, bool> isSure)
    {
        var questions = new List<DnsQuestion>();
        foreach (var one in _byName.Values.SelectMany(records => records))
        {
            if (!one.IsDueSoon(now))
                continue;
            if (isSure(one))
                one.Renew(now, ref _generator);
            if (one.RefreshAt > now)
                continue;
            one.NextRefresh(now + Timing.OneSecond, ref _generator);
            questions.Add(new DnsQuestion(one.Record.Name, one.Record.Type, Unicast: false));
        }

        return questions;
    }

    public void AskedByAnother(TimeSpan now, DnsQuestion question)
    {
        foreach (var one in Under(question.Name))
            if (one.Record.Type == question.Type)
                one.AskedByAnother(now, ref _generator);
    }

    public void FindNextDeadline()
    {
        NextDeadline = Timing.Never;
        foreach (var records in _byName.Values)
            foreach (var one in records)
                NextDeadline = Timing.Earlier(NextDeadline, Timing.Earlier(one.ExpiresAt, one.RefreshAt));
    }

    // A record heard within the last second may come from the same answer, split over packets.
    private void Flush(TimeSpan now, List<CachedRecord> records, RecordType type)
    {
        foreach (var one in records)
        {
            if (one.Record.Type != type || now - one.HeardAt <= Timing.OneSecond)
                continue;
            one.TakeBack(now);
            NextDeadline = Timing.Earlier(NextDeadline, one.ExpiresAt);
        }
    }
}
