namespace Gossip.Protocol;

/// <summary>The classes of rumour. Each has its own share of a packet, so that neither starves the other.</summary>
internal enum RumorClass
{
    Membership,
    Services,
}

/// <summary>What a rumour is about: a newer rumour about the same replaces it.</summary>
internal readonly record struct RumorSubject(RumorClass Class, MemberId Member, string Key = "");

/// <summary>Which rumours a packet takes up.</summary>
internal enum RumorShare
{
    All,

    /// <summary>Those that were never sent.</summary>
    Fresh,

    /// <summary>Those that were sent before.</summary>
    Stale,

    /// <summary>All; fresh ones stay fresh, since they are still due to go to all of their successors.</summary>
    Besides,
}

/// <summary>A message on its way to all members.</summary>
internal sealed class Rumor
{
    public Rumor(RumorSubject subject, byte[] message)
    {
        Subject = subject;
        Message = message;
        Place = new LinkedListNode<Rumor>(this);
    }

    public RumorSubject Subject { get; }

    public byte[] Message { get; }

    public int Sends { get; set; }

    /// <summary>How often it was received here after the first time.</summary>
    public int Heard { get; set; }

    /// <summary>Where the rumour stands in its queue.</summary>
    public LinkedListNode<Rumor> Place { get; }
}

/// <summary>
/// Rumours that still have sends left, the least sent first (SWIM §4.1). Membership and services are each guaranteed half of a packet, and
/// one may use what the other leaves. A rumour larger than its half has the first place in every other packet, since otherwise a steady
/// flow of the other class would keep it waiting for ever. Each class holds at most <see cref="Limits.RumorsPerClass"/>; the most sent is
/// dropped first.
/// </summary>
internal sealed class RumorQueue(int predecessors = int.MaxValue)
{
    /// <summary>Rumours that an empty queue keeps room for: after a storm it would hold the storm's size for ever.</summary>
    private const int Quiet = 32;

    private readonly Dictionary<RumorSubject, Rumor> _bySubject = [];
    private readonly ClassQueue[] _classes = [new(), new()];
    private readonly List<Rumor> _packed = [];

    /// <summary>Never less than three: in a small cluster, one packet that came twice would look like all the others.</summary>
    private readonly int _enough = Math.Max(3, predecessors - 1);

    private RumorClass _turn;

    public int Count => _bySubject.Count;

    /// <summary>Whether a rumour waits that was never sent.</summary>
    public bool HasFresh => _classes[0].HasFresh || _classes[1].HasFresh;

    /// <summary>Whether a rumour waits that was sent before.</summary>
    public bool HasStale => Count > _classes[0].FreshCount + _classes[1].FreshCount;

    /// <summary>The rumour that was never sent, if there is exactly one.</summary>
    public Rumor? LoneFresh => _classes[0].FreshCount + _classes[1].FreshCount == 1 ? _classes[0].Fresh ?? _classes[1].Fresh : null;

    /// <summary>The rumour that waits, if there is exactly one and it was sent before.</summary>
    public Rumor? LoneStale => Count == 1 ? _classes[0].Stale ?? _classes[1].Stale : null;

    /// <summary>How many rumours of one class wait.</summary>
    public int CountOf(RumorClass kind) => _classes[(int)kind].Count;

    public bool Contains(RumorSubject subject) => _bySubject.ContainsKey(subject);

    /// <summary>Adds a rumour in place of an older one about the same subject.</summary>
    public void Add(RumorSubject subject, byte[] message)
    {
        if (_bySubject.Remove(subject, out var older))
            Retire(older);
        var queue = _classes[(int)subject.Class];
        if (queue.Count >= Limits.RumorsPerClass && queue.MostSent() is { } victim)
        {
            _bySubject.Remove(victim.Subject);
            Retire(victim);
        }

        var rumor = new Rumor(subject, message);
        _bySubject.Add(subject, rumor);
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
    /// <param name="share">Which rumours may go into the packet.</param>
    public void Fill(ref PacketWriter writer, int free, int copies, int limit, RumorShare share = RumorShare.All)
    {
        if (_bySubject.Count == 0)
            return;
        _packed.Clear();
        _turn = 1 - _turn;
        var used = PackLarge(ref writer, _turn, share, free);
        var half = (free - used) / 2;
        used += Pack(ref writer, RumorClass.Membership, share, half) + Pack(ref writer, RumorClass.Services, share, half);
        used += Pack(ref writer, RumorClass.Membership, share, free - used);
        Pack(ref writer, RumorClass.Services, share, free - used);
        foreach (var rumor in _packed)
        {
            if (rumor.Sends > 0 || share != RumorShare.Besides)
                rumor.Sends += copies;
            if (rumor.Sends < (rumor.Heard >= _enough ? predecessors : limit))
                _classes[(int)rumor.Subject.Class].Enqueue(rumor);
            else
                _bySubject.Remove(rumor.Subject);
        }

        if (_bySubject.Count == 0 && _bySubject.Capacity > Quiet)
            _bySubject.TrimExcess();
    }

    /// <summary>
    /// A peer sends a rumour that is queued here. When it has been received as often as there are members that pass it on to this one at
    /// first hearing, it is known all around, and ends with its next send (Demers et al. 1987, §1.4, "counter"). That halves what news
    /// costs; where packets get lost it is received less often, and most rumours go on to the limit. It ends no earlier, since that send is
    /// for members that their own predecessors did not reach.
    /// </summary>
    public void Hear(RumorSubject subject)
    {
        if (_bySubject.Count > 0 && _bySubject.TryGetValue(subject, out var rumor))
            rumor.Heard++;
    }

    private void Retire(Rumor rumor) => _classes[(int)rumor.Subject.Class].Remove(rumor);

    /// <summary>Packs the head of a class if it is larger than the half that is guaranteed to the class.</summary>
    private int PackLarge(ref PacketWriter writer, RumorClass kind, RumorShare share, int free)
    {
        var head = _classes[(int)kind].Head(share);
        return head is not null && head.Message.Length > free / 2 && head.Message.Length <= free
            ? Pack(ref writer, kind, share, head.Message.Length)
            : 0;
    }

    private int Pack(ref PacketWriter writer, RumorClass kind, RumorShare share, int budget)
    {
        var used = 0;
        var queue = _classes[(int)kind];
        while (queue.Head(share) is { } rumor && rumor.Message.Length <= budget - used && writer.TryMessage(rumor.Message))
        {
            queue.Remove(rumor);
            used += rumor.Message.Length;
            _packed.Add(rumor);
        }

        return used;
    }

    /// <summary>One class: a first-in-first-out queue for each number of sends.</summary>
    private sealed class ClassQueue
    {
        private readonly List<LinkedList<Rumor>> _bySends = [];

        public int Count { get; private set; }

        public int FreshCount => _bySends.Count > 0 ? _bySends[0].Count : 0;

        public bool HasFresh => FreshCount > 0;

        public Rumor? Fresh => HasFresh ? _bySends[0].First!.Value : null;

        /// <summary>The oldest of the least sent, of those that were sent at all.</summary>
        public Rumor? Stale
        {
            get
            {
                for (var sends = 1; sends < _bySends.Count; sends++)
                {
                    if (_bySends[sends].First is { } first)
                        return first.Value;
                }

                return null;
            }
        }

        /// <summary>The next of a share.</summary>
        public Rumor? Head(RumorShare share) => share switch
        {
            RumorShare.Fresh => Fresh,
            RumorShare.Stale => Stale,
            _ => Fresh ?? Stale,
        };

        public void Enqueue(Rumor rumor)
        {
            while (_bySends.Count <= rumor.Sends)
                _bySends.Add(new LinkedList<Rumor>());
            _bySends[rumor.Sends].AddLast(rumor.Place);
            Count++;
        }

        public void Remove(Rumor rumor)
        {
            rumor.Place.List!.Remove(rumor.Place);
            Count--;
        }

        /// <summary>The oldest of the most sent.</summary>
        public Rumor? MostSent() => _bySends.FindLast(queue => queue.Count > 0)?.First!.Value;
    }
}
