using System.Net;
using Gossip.Dns.Messages;
using Gossip.Dns.Multicast;
using static System.TimeSpan;

namespace Gossip.Dns.Tests.Multicast;

/// <summary>
/// Somebody on the link says what is not so, which takes no secret. What must hold: what is true is known again soon, what is held and sent
/// for such words is bounded, and what breaks the rules is told apart.
/// </summary>
public sealed class ForgedAnswersScripts
{
    private static readonly IPEndPoint Forger = new(IPAddress.Parse("10.0.0.99"), MulticastDns.Port);
    private static readonly DnsName Type = DnsName.Parse(VirtualLink.Type);
    private static readonly TimeSpan GreatestTtl = FromSeconds(uint.MaxValue);

    private readonly VirtualLink _link = new();

    /// <summary>
    /// Their owner would not hear what is said to one machine alone. Without the rule of RFC 6762 §6 the forger's place is believed.
    /// </summary>
    [Fact]
    public void An_answer_to_one_machine_alone_is_ignored_and_told_apart()
    {
        var (victim, owner) = Pair();
        var forged = Describe(Elsewhere(owner.Profile), FromMinutes(75));

        Assert.False(Say([victim], forged, isUnicast: true));
        Assert.Equal(owner.Profile.Port, victim.Seen[owner.Name].Port);
        _link.RunFor(FromMinutes(5));
        Assert.Equal(["+payments"], victim.Story);

        Assert.True(Say([victim], forged));
        Assert.Equal(1, victim.Seen[owner.Name].Port);
    }

    /// <summary>As by a frame of Ethernet for one machine alone: the owner hears nothing of it.</summary>
    [Fact]
    public void Where_a_service_is_forged_to_be_is_believed_for_two_minutes_at_the_most()
    {
        var (victim, owner) = Pair();
        Say([victim], Describe(Elsewhere(owner.Profile), GreatestTtl));
        Assert.Equal(1, victim.Seen[owner.Name].Port);

        _link.RunFor(FromMinutes(2));

        Assert.Equal(owner.Profile.Port, victim.Seen[owner.Name].Port);
        Assert.Equal([owner.Address.Address], victim.Seen[owner.Name].Addresses);
    }

    [Fact]
    public void Where_all_hear_the_forgery_its_owner_contradicts_it_at_once()
    {
        var (victim, owner) = Pair();
        Say([victim, owner], Describe(Elsewhere(owner.Profile), GreatestTtl));
        Assert.Equal(1, victim.Seen[owner.Name].Port);

        _link.RunFor(FromSeconds(3));

        Assert.Equal(owner.Profile.Port, victim.Seen[owner.Name].Port);
        Assert.Equal([owner.Address.Address], victim.Seen[owner.Name].Addresses);
    }

    /// <summary>Every tenth of a second for a minute: its owner says that it is there, but once a second at the most.</summary>
    [Fact]
    public void Forged_goodbyes_take_nothing_away_that_is_there()
    {
        var (victim, owner) = Pair();
        var since = _link.Now;
        for (var i = 0; i < 600; i++)
        {
            Say([victim, owner], Describe(owner.Profile, Zero));
            _link.RunFor(FromMilliseconds(100));
        }

        _link.RunFor(FromSeconds(2));
        Assert.Equal([owner.Name], victim.Others);
        Assert.InRange(victim.Story.Count, 1, 2 * 60);
        Assert.InRange(_link.Answers(owner, RecordType.Srv, since).Count(), 30, 62);
    }

    /// <summary>Whoever contests every name that a machine takes makes it take others, at a bounded pace.</summary>
    [Fact]
    public void A_name_that_is_contested_without_end_is_renamed_at_a_pace_and_found_when_that_ends()
    {
        var watcher = _link.Add("watcher").Browse();
        var owner = _link.Add("orders");
        owner.Publish(owner.Profile with { AreNamesUnique = false });
        _link.RunFor(FromSeconds(5));
        var since = _link.Now;
        for (var i = 0; i < 6000; i++)
        {
            var held = owner.Names.Last().Instance;
            var next = _link.Probes(owner, _link.Now - FromMilliseconds(100))
                .SelectMany(probe => probe.Message.Questions).Select(one => one.Name);
            foreach (var name in next.Append(Type.Child(held)).Distinct())
                Say([owner], [Server(name, port: 1)]);
            _link.RunFor(FromMilliseconds(100));
        }

        Assert.InRange(owner.Names.Count, 1, 10);
        Assert.InRange(_link.Sent.Count(sent => sent.Sender == owner.Name && sent.At >= since), 1, 600);

        _link.RunFor(FromSeconds(10));
        Assert.Contains(owner.Names.Last().Instance, watcher.Others);
        Assert.Equal(owner.Profile.Port, watcher.Seen[owner.Names.Last().Instance].Port);
    }

    /// <summary>
    /// One packet of names that nobody describes makes each machine ask for each of them. All machines together ask four times, or little
    /// more, and then there is room again for those that are real.
    /// </summary>
    [Fact]
    public void Invented_names_draw_few_questions_and_make_room_for_real_ones()
    {
        var machines = Enumerable.Range(0, 4).Select(i => _link.Add($"node{i}").Publish().Browse()).ToList();
        _link.RunFor(FromMinutes(1));
        var since = _link.Now;
        for (var i = 0; i < 2 * Limits.InstancesPerType; i += 20)
            Say(machines, [.. Enumerable.Range(i, 20).Select(number => Pointer($"invented{number}", GreatestTtl))]);
        Assert.All(machines, machine => Assert.InRange(machine.Dns.CachedRecords, Limits.InstancesPerType, Limits.CachedRecords));
        _link.RunFor(FromMinutes(10));

        var asked = _link.Sent.Where(sent => sent.At >= since && !sent.Message.IsResponse)
            .SelectMany(sent => sent.Message.Questions).Count(question => question.Type is RecordType.Srv or RecordType.Txt);
        Assert.InRange(asked, 1, 2 * Limits.QuestionsPerInstance * 2 * Limits.InstancesPerType);
        _link.Add("late").Publish();
        _link.RunFor(FromSeconds(5));
        Assert.All(machines, machine => Assert.Contains("late", machine.Others));
        Assert.All(machines, machine => Assert.InRange(machine.Dns.CachedRecords, 4, 100));
    }

    /// <summary>What is invented whole is asked for when its records run out, and goes when nobody answers.</summary>
    [Fact]
    public void Invented_services_are_gone_within_minutes_whatever_life_they_claim()
    {
        var (victim, owner) = Pair();
        for (var i = 0; i < 50; i++)
            Say([victim, owner], Describe(Invented(owner.Profile, i), GreatestTtl));
        Assert.Equal(51, victim.Seen.Count);

        _link.RunFor(FromMinutes(4));

        Assert.Equal([owner.Name], victim.Others);
        Assert.InRange(victim.Dns.CachedRecords, 1, 10);
    }

    [Fact]
    public void The_text_of_an_instance_is_held_only_as_far_as_it_shares_a_packet()
    {
        var (victim, owner) = Pair();
        var held = victim.Dns.CachedRecords;
        var forged = Describe(Invented(owner.Profile, 1), FromMinutes(75));
        var longText = new byte[Limits.ForeignTextBytes + 1];
        for (var at = 0; at < longText.Length; at += 256)
            longText[at] = (byte)Math.Min(255, longText.Length - at - 1);

        Say([victim], [.. forged.Select(record => record.Type == RecordType.Txt ? record with { Body = new TextBody(longText) } : record)]);

        Assert.Equal(["payments"], victim.Others);
        Assert.Equal(held + forged.Count - 1, victim.Dns.CachedRecords);
    }

    private static List<DnsRecord> Describe(ServiceProfile profile, TimeSpan ttl) =>
    [
        Pointer(profile.Instance, ttl),
        new DnsRecord(profile.InstanceName, RecordType.Srv, true, ttl, new ServerBody(0, 0, profile.Port, profile.HostName)),
        new DnsRecord(profile.InstanceName, RecordType.Txt, true, ttl, TextPairs.Write(profile.Text)),
        new DnsRecord(profile.HostName, RecordType.A, true, ttl, new AddressBody(profile.Addresses[0])),
    ];

    private static ServiceProfile Elsewhere(ServiceProfile profile) =>
        profile with { Port = 1, Addresses = [IPAddress.Parse("192.0.2.66")] };

    private static ServiceProfile Invented(ServiceProfile profile, int number) =>
        Elsewhere(profile) with { Instance = $"invented{number}", Host = $"invented{number}.local" };

    private static DnsRecord Pointer(string instance, TimeSpan ttl) =>
        new(Type, RecordType.Ptr, false, ttl, new PointerBody(Type.Child(instance)));

    private static DnsRecord Server(DnsName name, ushort port) =>
        new(name, RecordType.Srv, true, FromSeconds(120), new ServerBody(0, 0, port, DnsName.Parse("forger.local")));

    /// <summary>A machine that browses, and another that it has found, a minute after.</summary>
    private (VirtualLink.Machine Victim, VirtualLink.Machine Owner) Pair()
    {
        var pair = (_link.Add("orders").Browse(), _link.Add("payments").Publish());
        _link.RunFor(FromSeconds(10));
        Assert.Equal(["payments"], pair.Item1.Others);
        return pair;
    }

    private bool Say(IEnumerable<VirtualLink.Machine> to, IReadOnlyList<DnsRecord> records, bool isUnicast = false) =>
        to.All(machine => _link.Inject(machine, Forger, DnsFlags.Response, [], records, isUnicast: isUnicast));
}
