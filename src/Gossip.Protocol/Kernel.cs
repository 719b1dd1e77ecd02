namespace Gossip.Protocol;

/// <summary>What every mechanism of a node stands on. Each of them keeps the rest of its state to itself.</summary>
internal sealed class Kernel
{
    public Kernel(NodeOptions options, Randomness randomness, Envelope envelope, Keyring keys, Instant now)
    {
        Options = options;
        Randomness = randomness;
        Health = new LocalHealth(options.LocalHealthLimit);
        var claim = new Claim(options.Incarnation, MemberState.Alive);
        Self = new Member(MemberProfile.Of(options, options.Incarnation, options.Address), claim, now) { LastHeard = now };
        Table = new MemberTable(Self, options.MaxMembers) { TrustsAll = options.SwitchedOff.HasFlag(Defences.Budget) };
        var secret = new byte[AddressTokens.SecretSize];
        options.SecureRandom(secret);
        var tokens = new AddressTokens(secret, options.SwitchedOff.HasFlag(Defences.Tokens));
        Sender = new PacketSender(envelope, keys, Table, tokens, options.DatagramSize, Counters, randomness);
    }

    public NodeOptions Options { get; }

    public Randomness Randomness { get; }

    public Member Self { get; }

    public MemberTable Table { get; }

    public Deadlines Deadlines { get; } = new();

    public Counters Counters { get; } = new();

    public LocalHealth Health { get; }

    public PacketSender Sender { get; }

    public StringPool Strings { get; } = new();

    /// <summary>
    /// A packet that begins with a ping. A suspect learns of it from whoever pings it, so that it can refute (Lifeguard §IV-C, "buddy
    /// system"), where there is room for it.
    /// </summary>
    public PacketWriter BeginPing(Instant now, uint sequence, Member target, int room = int.MaxValue)
    {
        var writer = Sender.BeginDatagram();
        writer.TryPing(Ping.To(this, now, sequence, target.Address, target.Id.Tag));
        var bare = writer;
        if (Options.TellSuspects && target.State == MemberState.Suspect)
            writer.TryAccusation(Accusation.Of(target));
        return Sender.FrameLength(writer) <= room ? writer : bare;
    }
}
