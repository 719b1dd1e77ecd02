namespace Gossip.Protocol;

/// <summary>The classes of rumour. Each has its own share of a packet, so that none starves the other.</summary>
internal enum RumorClass
{
    Membership,
    Services,
}

/// <summary>What a rumour is about: a newer rumour about the same replaces it.</summary>
internal readonly record struct RumorSubject(RumorClass Class, MemberId Member, string Key = "");

/// <summary>A message on its way to everybody.</summary>
internal sealed class Rumor(RumorSubject subject, byte[] message)
{
    public RumorSubject Subject { get; } = subject;

    public byte[] Message { get; } = message;

    public int Sends { get; set; }

    public bool IsStale { get; set; }
}

/// <summary>
/// Rumours that still have sends left, the least sent first (SWIM §4.1). Membership and services each have half of a packet for sure,
/// and what one leaves the other may use. Each class holds at most <see cref="Limits.RumorsPerClass"/>; the most sent gives way.
/// </summary>
internal sealed class RumorQueue
{
    private readonly Dictionary<RumorSubject, Rumor> _bySubject = [];
    private readonly ClassQueue[] _classes = [new(), new()];
    private readonly List<Rumor> _packed = [];

    public int Count => _bySubject.Count;

    /// <summary>Whether a rumour waits that was never sent.</summary>
    public bool HasFresh => _classes[0].HasFresh || _classes[1].HasFresh;

    public bool Contains(RumorSubject subject) => _bySubject.ContainsKey(subject);

    /// <summary>Adds a rumour in place of an older one about the same subject.</summary>
    public void Add(RumorSubject subject, byte[] message)
    {
        if (_bySubject.Remove(subject, out var older))
            Retire(older);
        var queue = _classes[(int)subject.Class];
        if (queue.Live >= Limits.RumorsPerClass && queue.MostSent() is { } victim)
        {
            _bySubject.Remove(victim.Subject);
            Retire(victim);
        }

        var rumor = new Rumor(subject, message);
        _bySubject.Add(subject, rumor);
        queue.Live++;
        queue.Enqueue(rumor);
    }

    /// <summary>
    /// Fills a packet that goes to <paramref name="copies"/> members. A rumour that has been sent <paramref name="limit"/> times is
    /// dropped.
    /// </summary>
    /// <param name="writer">The packet.</param>
    /// <param name="free">Bytes that rumours may use.</param>
    /// <param name="copies">To how many members the packet goes.</param>
    /// <param name="limit">How often a rumour is sent in all.</param>
    public void Fill(ref PacketWriter writer, int free, int copies, int limit)
    {
        if (_bySubject.Count == 0)
            return;
        _packed.Clear();
        var used = Pack(ref writer, RumorClass.Membership, free / 2) + Pack(ref writer, RumorClass.Services, free / 2);
        used += Pack(ref writer, RumorClass.Membership, free - used);
        Pack(ref writer, RumorClass.Services, free - used);
        foreach (var rumor in _packed)
        {
            rumor.Sends += copies;
            if (rumor.Sends < limit)
            {
                _classes[(int)rumor.Subject.Class].Enqueue(rumor);
                continue;
            }

            _bySubject.Remove(rumor.Subject);
            Retire(rumor);
        }
    }

    /// <summary>Stale rumours stay in their queue until they come to its head.</summary>
    private void Retire(Rumor rumor)
    {
        rumor.IsStale = true;
        _classes[(int)rumor.Subject.Class].Live--;
    }

    private int Pack(ref PacketWriter writer, RumorClass kind, int budget)
    {
        var used = 0;
        var queue = _classes[(int)kind];
        while (queue.TryTake(budget - used, out var rumor))
        {
            if (!writer.TryMessage(rumor.Message))
            {
                queue.PutBack(rumor);
                break;
            }

            used += rumor.Message.Length;
            _packed.Add(rumor);
        }

        return used;
    }

    /// <summary>One class: a first-in-first-out queue for each number of sends.</summary>
    private sealed class ClassQueue
    {
        private readonly List<LinkedList<Rumor>> _bySends = [];

        /// <summary>Rumours that are not stale.</summary>
        public int Live { get; set; }

        public bool HasFresh
        {
            get
            {
                Drop(0);
                return _bySends.Count > 0 && _bySends[0].First is not null;
            }
        }

        public void Enqueue(Rumor rumor) => At(rumor.Sends).AddLast(rumor);

        public void PutBack(Rumor rumor) => At(rumor.Sends).AddFirst(rumor);

        /// <summary>The least sent, oldest rumour, if it fits the budget.</summary>
        public bool TryTake(int budget, out Rumor rumor)
        {
            for (var sends = 0; sends < _bySends.Count; sends++)
            {
                Drop(sends);
                if (_bySends[sends].First is not { } first)
                    continue;
                rumor = first.Value;
                if (rumor.Message.Length > budget)
                    return false;
                _bySends[sends].RemoveFirst();
                return true;
            }

            rumor = null!;
            return false;
        }

        public Rumor? MostSent()
        {
            for (var sends = _bySends.Count - 1; sends >= 0; sends--)
            {
                Drop(sends);
                if (_bySends[sends].First is { } first)
                    return first.Value;
            }

            return null;
        }

        private void Drop(int sends)
        {
            while (sends < _bySends.Count && _bySends[sends].First is { Value.IsStale: true })
                _bySends[sends].RemoveFirst();
        }

        private LinkedList<Rumor> At(int sends)
        {
            while (_bySends.Count <= sends)
                _bySends.Add(new LinkedList<Rumor>());
            return _bySends[sends];
        }
    }
}
