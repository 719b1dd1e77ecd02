using System.Collections.ObjectModel;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

[assembly: Properties(Arbitrary = [typeof(Gossip.Protocol.Tests.Inputs)])]

namespace Gossip.Protocol.Tests;

/// <summary>A version that an owner may reach.</summary>
internal readonly record struct Revision(ulong Number);

/// <summary>1 to <see cref="Limits.NameBytes"/> bytes of text.</summary>
internal readonly record struct Name(string Text);

/// <summary>What somebody might type: mostly letters, and any UTF-16 between them, halves of letters too.</summary>
internal readonly record struct Typed(string Text);

/// <summary>No text, or up to <see cref="Limits.ZoneBytes"/> bytes of it.</summary>
internal readonly record struct Zone(string Text);

/// <summary>What laws are tried on, drawn by <see cref="Sample"/>, and what each shrinks to.</summary>
internal static class Inputs
{
    public static Arbitrary<ulong> Numbers() => From(Sample.UInt64, Smaller);

    public static Arbitrary<uint> Words() => From(Sample.UInt32, word => Smaller(word).Select(less => (uint)less));

    public static Arbitrary<byte> Octets() =>
        From(randomness => (byte)randomness.Next(), octet => Smaller(octet).Select(less => (byte)less));

    public static Arbitrary<Revision> Revisions() => From(
        randomness => new Revision(Sample.Version(randomness)), revision => Positive(revision.Number).Select(less => new Revision(less)));

    public static Arbitrary<MemberId> Ids() => From(Sample.Id, id => Positive(id.Value).Select(less => new MemberId(less)));

    public static Arbitrary<Incarnation> Incarnations() =>
        From(Sample.Incarnation, incarnation => Positive(incarnation.Value).Select(less => new Incarnation(less)));

    public static Arbitrary<Claim> Claims() => From(Sample.Claim, Smaller);

    public static Arbitrary<PeerAddress> Addresses()
    {
        var least = PeerAddress.From(IPAddress.Loopback, 1);
        return From(Sample.Address, address => address == least ? [] : [least, address.WithPort(1)]);
    }

    public static Arbitrary<Name> Names() =>
        From(randomness => new Name(Sample.Name(randomness, Limits.NameBytes)), name => Smaller(name.Text).Select(less => new Name(less)));

    public static Arbitrary<Typed> AllTyped() => From(
        randomness => new Typed(string.Concat(Enumerable.Range(0, 1 + randomness.Below(80)).Select(
            _ => (char)(randomness.Chance(0.7) ? 'a' + randomness.Below(26) : randomness.Below(65_536))))),
        typed => Draws.Shorter(typed.Text.ToCharArray()).Where(fewer => fewer.Length > 0).Select(fewer => new Typed(new string(fewer))));

    public static Arbitrary<Zone> Zones() => From(
        randomness => new Zone(randomness.Chance(0.3) ? "" : Sample.Name(randomness, Limits.ZoneBytes)),
        zone => Smaller(zone.Text).Append("").Select(less => new Zone(less)));

    public static Arbitrary<ServiceRecord> Records() =>
        From(randomness => Sample.Record(randomness, Sample.Name(randomness, Limits.NameBytes)), Smaller);

    /// <summary>A value that <paramref name="draw"/> draws.</summary>
    public static Arbitrary<T> From<T>(Func<Randomness, T> draw, Func<T, IEnumerable<T>> smaller)
        where T : notnull =>
        Draws.From(seed => draw(new Randomness(seed)), value => smaller(value).Where(less => !less.Equals(value)));

    public static IEnumerable<Claim> Smaller(Claim claim) =>
        Positive(claim.Incarnation.Value).Select(less => claim with { Incarnation = new(less) })
            .Concat(Smaller((ulong)claim.State).Select(less => claim with { State = (MemberState)less }));

    private static IEnumerable<ulong> Smaller(ulong number)
    {
        for (var less = number; less > 0; less /= 2)
            yield return number - less;
    }

    private static IEnumerable<ulong> Positive(ulong number) => Smaller(number).Where(less => less > 0);

    /// <summary>Runes, and not halves of them, are left out.</summary>
    public static IEnumerable<string> Smaller(string text) =>
        Draws.Shorter(text.EnumerateRunes().ToArray()).Where(fewer => fewer.Length > 0).Select(fewer => string.Concat(fewer));

    private static IEnumerable<ServiceRecord> Smaller(ServiceRecord record) => new[]
    {
        record with { InstanceId = "i" }, record with { Service = "s" }, record with { Version = "" }, record with { State = default },
        record with { Weight = 0 }, record with { Reason = "" }, record with { Zone = "" }, record with { Region = "" },
        record with { Environment = "" }, record with { Host = "" }, record with { Endpoints = [] }, record with { Tags = [] },
        record with { Metadata = ReadOnlyDictionary<string, string>.Empty }, record with { DependsOn = [] }, record with { AuthorizedRoles = [] }, record with { Lease = null },
    };
}
