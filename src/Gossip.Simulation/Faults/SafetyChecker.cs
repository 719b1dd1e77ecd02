using System.Globalization;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// Watches what must hold whatever breaks: per observer no claim and no version falls; only the owner raises its incarnation and versions;
/// no record returns from its deletion; tables and queues stay within their bounds; what is published agrees with the table.
/// </summary>
internal sealed class SafetyChecker
{
    private const int MostReported = 5;

    private readonly World _world;
    private readonly List<ObserverView> _views = [];
    private readonly List<string> _violations = [];
    private readonly List<FalseDeath> _falseDeaths = [];

    public SafetyChecker(World world)
    {
        _world = world;
        world.Observed = Observe;
    }

    /// <summary>Whether strangers may forge what a member says of itself: then only the members' own tables are watched.</summary>
    public bool IsForged { get; set; }

    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Each time that a node held a running member dead.</summary>
    public IReadOnlyList<FalseDeath> FalseDeaths => _falseDeaths;

    /// <summary>Each time that a node held a running member for out of its reach.</summary>
    public List<Unreached> Unreached { get; } = [];

    public void Report(string what)
    {
        if (_violations.Count < MostReported)
            _violations.Add(string.Create(CultureInfo.InvariantCulture, $"at {_world.Now.TotalSeconds:0.000} s: {what}"));
    }

    /// <summary>Compares every running node's table with what it was.</summary>
    public void Sweep()
    {
        foreach (var node in _world.Nodes)
        {
            if (!node.IsRunning)
                continue;
            ViewOf(node).Sweep(node, this);
            CheckProof(node);
            CheckSizes(node, node.Node.Sizes);
        }

        if (_world.Network.LargestDatagram > Limits.DatagramSize)
            Report($"a datagram of {_world.Network.LargestDatagram} bytes was sent");
    }

    /// <summary>Whether everything that others can fill stays within its bound.</summary>
    public void CheckSizes(SimulatedNode observer, IEnumerable<NodeSize> sizes, Member? owner = null)
    {
        foreach (var size in sizes)
        {
            if (!size.IsBounded)
                Report(owner is null ? $"{observer} holds {size}" : $"{observer} holds {size}, of {owner}");
        }
    }

    /// <summary>What one observer holds of a member against what the member itself has.</summary>
    public void CompareWithOwner(SimulatedNode observer, Member member)
    {
        if (!_world.TryFindBirth(member.Id, out var birth))
        {
            if (!IsForged)
                Report($"{observer} knows {member}, which never was");
            return;
        }

        var self = birth.Self;
        if (!IsForged && member.Claim.Incarnation > self.Claim.Incarnation)
            Report($"{observer} holds {member}, but the member itself has {self.Claim}");
        if (!IsForged && member.RecordsVersion > self.RecordsVersion)
            Report($"{observer} has version {member.RecordsVersion} of {member}, which wrote {self.RecordsVersion}");
        if (!IsForged && member.State == MemberState.Left && self.State != MemberState.Left)
            Report($"{observer} holds {member}, which said no goodbye");
    }

    /// <summary>A member that is counted for a proof holds what is proven, unless it has forgotten the owner altogether.</summary>
    private void CheckProof(SimulatedNode owner)
    {
        if (owner.Node.Proof is not { Acknowledged: > 0 } proof)
            return;
        foreach (var member in owner.Node.Members)
        {
            if (owner.Node.IsProvenBy(member) && _world.TryFindBirth(member.Id, out var holder) && holder.IsRunning
                && holder.Owner.Node.FindMember(owner.Node.Self.Id) is { } seen && seen.RecordsVersion < proof.Version)
                Report($"{owner} counts {holder.Owner} for version {proof.Version}, which holds {seen.RecordsVersion}");
        }
    }

    private ObserverView ViewOf(SimulatedNode node)
    {
        while (_views.Count <= node.Index)
            _views.Add(new ObserverView(0));
        var view = _views[node.Index];
        return view.Life == node.Life ? view : _views[node.Index] = new ObserverView(node.Life);
    }

    private string NameOf(MemberId id) => _world.TryFindBirth(id, out var birth) ? birth.Owner.ToString() : id.ToString();

    private void Observe(SimulatedNode observer, ClusterEvent happened)
    {
        ViewOf(observer).Observe(observer, happened, this);
        if (happened.Kind == ClusterEventKind.MemberOutOfReach
            && _world.TryFindBirth(happened.Member.Id, out var unreached) && unreached.IsRunning)
            Unreached.Add(new Unreached(_world.Now, observer, unreached.Owner));
        if (happened.Kind != ClusterEventKind.MemberDied || !_world.TryFindBirth(happened.Member.Id, out var birth))
            return;
        if (birth.IsRunning && birth.Self.State != MemberState.Left)
            _falseDeaths.Add(new FalseDeath(
                _world.Now, observer, birth.Owner, happened.Member.Gravest.Evidence, NameOf(happened.Member.Gravest.Accuser)));
    }
}

/// <summary>A node held a running member for out of its reach.</summary>
internal readonly record struct Unreached(TimeSpan At, SimulatedNode Observer, SimulatedNode Member)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"at {At.TotalSeconds:0.000} s {Observer} held {Member} for out of reach");
}

/// <summary>A node held a running member dead.</summary>
internal readonly record struct FalseDeath(TimeSpan At, SimulatedNode Observer, SimulatedNode Member, Evidence Evidence, string Accuser)
{
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"at {At.TotalSeconds:0.000} s {Observer} held {Member} dead ({Evidence}, by {Accuser}), which ran");
}
