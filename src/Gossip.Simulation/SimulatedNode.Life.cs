using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>How the process starts, stops, sleeps and wakes.</summary>
internal sealed partial class SimulatedNode
{
    /// <summary>Ends the process without a goodbye.</summary>
    /// <param name="withHost">Whether the host goes down too: then connections are not refused, they hang.</param>
    public void Crash(bool withHost = false)
    {
        IsRunning = false;
        IsPaused = false;
        IsSuspended = false;
        IsHostDown = withHost;
        _inbox.Clear();
    }

    /// <summary>Starts the process anew: same address and name, another id.</summary>
    public void Restart()
    {
        Crash();
        Start();
        FollowSeeds();
    }

    /// <summary>Stops the process for a while: nothing is received or done; what arrives waits.</summary>
    public void Pause(TimeSpan span)
    {
        if (!IsRunning)
            return;
        IsPaused = true;
        if (_world.Now + span > _asleepUntil)
            _asleepUntil = _world.Now + span;
        _world.Schedule(_asleepUntil, this, WorldEventKind.Resume, life: Life);
    }

    /// <summary>Stops the whole host for a while: what arrives is lost, and its clock has jumped when it goes on.</summary>
    internal void Suspend(TimeSpan span)
    {
        IsSuspended = IsRunning;
        Pause(span);
    }

    /// <summary>The node's monotonic clock jumps forward, without a loss or a pause.</summary>
    internal void JumpClock(TimeSpan span)
    {
        _origin -= span;
        _tickAt = TimeSpan.MaxValue;
        if (IsRunning)
            ScheduleTick();
    }

    /// <summary>Gives the node another address at its next start. The process does not run.</summary>
    internal void Move(PeerAddress address)
    {
        _world.Network.Detach(this);
        Address = address;
    }

    /// <summary>
    /// Gives the host another address while the process runs, which its shell sees after a while. A node that had that address loses it.
    /// </summary>
    internal void Readdress(PeerAddress address, TimeSpan seenAfter)
    {
        Move(address);
        _world.Network.Attach(this);
        _world.Schedule(_world.Now + seenAfter, this, WorldEventKind.LookAtAddress, life: Life);
    }

    /// <summary>Begins within a standing cluster.</summary>
    internal void Preload(ReadOnlySpan<MemberProfile> profiles) => Node.Preload(LocalNow, profiles);

    internal void Start()
    {
        Life++;
        IsRunning = true;
        IsHostDown = false;
        _asleepUntil = TimeSpan.Zero;
        _origin = _world.Now - TimeSpan.FromSeconds(1 + _randomness.Below(100_000));
        var id = _randomness.Next() | 1;
        var options = new NodeOptions
        {
            Id = new MemberId(id),
            SecureRandom = new Randomness(StableHash.Mix(id)).Fill,
            Incarnation = new Incarnation(1_700_000_000_000_000 + (ulong)(_world.Now + WallSkew + TimeSpan.FromDays(1)).TotalMicroseconds),
            Name = Name,
            Address = Address,
        };
        options = _configure(options);
        Address = options.Address;
        Node?.Dispose();
        Node = new Node(options, _randomness, LocalNow);
        _world.Enter(this);
        _world.Network.Attach(this);
        _tickAt = TimeSpan.MaxValue;
        ScheduleTick();
    }

    private void Resume()
    {
        if (!IsPaused || _world.Now < _asleepUntil)
            return;
        IsPaused = false;
        IsSuspended = false;
        while (IsRunning && _inbox.TryDequeue(out var waiting))
        {
            TakeOrSurvive(waiting);
            if (waiting.Parcel is { } parcel)
                _world.Unwrap(parcel);
        }

        _tickAt = TimeSpan.MaxValue;
        if (IsRunning)
            ScheduleTick();
    }
}
