namespace Gossip.Protocol.Tests.Registry;

/// <summary>
/// Whatever is lost, doubled or reordered on the way, one repair from anybody who is up to date makes a copy equal to its owner's state.
/// </summary>
public sealed class OwnerRecordsLaws
{
    private static readonly MemberId Owner = new(42);

    [Law(50, 500, EndSize = 800)]
    internal void Any_order_duplicates_and_losses_then_one_repair_give_the_owners_state(Script script, Seed seed)
    {
        var (owner, history) = Written(script);
        var randomness = new Randomness(seed.Value);
        var copy = new OwnerRecords();
        foreach (var delta in Shuffled(history, randomness))
            Deliver(copy, delta);
        Repair(copy, owner);
        AssertEqual(owner, copy);
    }

    [Law(50, 500, EndSize = 800)]
    internal void A_copy_that_was_repaired_repairs_others_as_well_as_the_owner_does(Script script, Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var owner = new OwnerRecords();
        var copies = Enumerable.Range(0, 4).Select(_ => new OwnerRecords()).ToArray();
        foreach (var step in script.Steps)
        {
            var delta = Write(owner, step);
            foreach (var copy in copies)
            {
                if (randomness.Chance(0.1))
                    Deliver(copy, delta);
            }

            var (one, other) = (copies[randomness.Below(4)], copies[randomness.Below(4)]);
            if (randomness.Chance(0.01))
                Repair(one, owner);
            else if (randomness.Chance(0.01))
                Repair(one, other);
        }

        Repair(copies[0], owner);
        Repair(copies[1], copies[0]);
        Repair(copies[2], copies[1]);
        foreach (var copy in copies.Take(3))
            AssertEqual(owner, copy);
    }

    [Law(50, 500, EndSize = 800)]
    internal void A_repair_cut_into_pieces_does_what_the_whole_does(Script script, Seed seed)
    {
        var (owner, history) = Written(script);
        var randomness = new Randomness(seed.Value);
        var copy = new OwnerRecords();
        foreach (var delta in history.Where(_ => randomness.Chance(0.7)))
            Deliver(copy, delta);
        var whole = owner.Since(Owner, copy.Version);
        var from = whole.From;
        for (var at = 0; at < whole.Entries.Count;)
        {
            var count = Math.Min(1 + randomness.Below(20), whole.Entries.Count - at);
            var to = at + count == whole.Entries.Count ? whole.To : whole.Entries[at + count - 1].Version;
            Deliver(copy, new Delta(Owner, from, to, Math.Min(whole.Floor, to), [.. whole.Entries.Skip(at).Take(count)], at == 0 ? whole.Kept : null));
            (from, at) = (to, at + count);
        }

        AssertEqual(owner, copy);
    }

    [Law(50, 500, EndSize = 200)]
    internal void A_deregistered_key_never_returns_to_a_copy_that_has_seen_it_go(Script script, Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var (owner, history) = Written(script);
        Write(owner, 1, "gone");
        var written = owner.Since(Owner, owner.Version - 1);
        var copy = new OwnerRecords();
        Repair(copy, owner);
        Assert.NotNull(copy.Find("gone")?.Payload);
        history.Add(written);
        Deliver(copy, Write(owner, 0, "gone"));
        for (var i = 0; i < 200; i++)
        {
            Deliver(copy, history[randomness.Below(history.Count)]);
            Deliver(copy, Write(owner, 1 - (i % 2), $"other {i / 2}"));
            Assert.Null(copy.Find("gone")?.Payload);
        }
    }

    [Fact]
    public void An_owner_at_its_limit_that_exchanged_many_records_is_followed()
    {
        var (owner, copy) = (new OwnerRecords(), new OwnerRecords());
        for (var i = 0; i < Limits.RecordsPerOwner; i++)
            Write(owner, 1, $"old {i}");
        Repair(copy, owner);
        for (var i = 0; i < 3 * Limits.TombstonesPerOwner; i++)
        {
            Write(owner, 0, $"old {i}");
            Write(owner, 1, $"new {i}");
        }

        Repair(copy, owner);
        AssertEqual(owner, copy);
    }

    [Fact]
    public void A_late_copy_tells_a_laggard_of_deletions_whose_tombstones_it_never_saw()
    {
        var (owner, laggard, late) = (new OwnerRecords(), new OwnerRecords(), new OwnerRecords());
        Write(owner, 1, "stale");
        Write(owner, 1, "fresh");
        Repair(laggard, owner);
        Write(owner, 0, "stale");
        for (var i = 0; i < 2 * Limits.FewestTombstones; i++)
        {
            Write(owner, 1, $"brief {i}");
            Write(owner, 0, $"brief {i}");
        }

        Repair(late, owner);
        Repair(laggard, late);
        AssertEqual(owner, laggard);
    }

    [Fact]
    public void A_deletion_below_the_first_piece_of_a_repair_is_not_overlooked()
    {
        var (owner, laggard) = (new OwnerRecords(), new OwnerRecords());
        foreach (var key in new[] { "stale", "first", "third" })
            Write(owner, 1, key);
        Repair(laggard, owner);
        Write(owner, 0, "stale");
        for (var i = 0; i < 2 * Limits.FewestTombstones; i++)
        {
            Write(owner, 1, $"brief {i}");
            Write(owner, 0, $"brief {i}");
        }

        var whole = owner.Since(Owner, laggard.Version);
        Assert.Equal([2UL, 3UL], whole.Kept!);
        var first = whole.Entries[0].Version;
        Deliver(laggard, whole with { To = first, Floor = Math.Min(whole.Floor, first), Entries = [whole.Entries[0]] });
        Deliver(laggard, whole with { From = first, Entries = [.. whole.Entries.Skip(1)], Kept = null });
        AssertEqual(owner, laggard);
    }

    [Fact]
    public void Foreign_news_never_makes_a_copy_larger_than_its_limits()
    {
        var copy = new OwnerRecords();
        var refused = 0;
        for (var i = 0UL; i < 3 * Limits.RecordsPerOwner; i++)
        {
            var payload = i % 2 == 0 ? null : new byte[] { 0x90 };
            copy.Merge(new Delta(Owner, 100 + (2 * i), 101 + (2 * i), 0, [new DeltaEntry($"key {i}", 101 + (2 * i), payload, default)]), out var limited);
            refused += limited ? 1 : 0;
        }

        Assert.InRange(copy.All.Count, 1, Limits.RecordsPerOwner + (2 * Limits.TombstonesPerOwner));
        Assert.InRange(copy.Count, 1, Limits.RecordsPerOwner);
        Assert.True(refused > 0);
    }

    /// <summary>The deletion overtakes the answer, and comes again, as every rumour does.</summary>
    [Fact]
    public void What_was_deleted_while_it_was_taken_in_again_does_not_return_here_or_elsewhere()
    {
        var (owner, copy, laggard) = (new OwnerRecords(), new OwnerRecords(), new OwnerRecords());
        Write(owner, 1, "gone");
        Write(owner, 1, "stays");
        Repair(copy, owner);
        Repair(laggard, owner);
        copy.LetGo(null);
        var asked = owner.Since(Owner, 0);
        var deletion = Write(owner, 0, "gone");

        copy.Merge(deletion, out _);
        copy.Merge(asked, out _);
        copy.Merge(deletion, out _);

        Assert.False(copy.IsUnheld);
        Assert.Null(copy.Find("gone")?.Payload);
        Repair(laggard, copy);
        Assert.Null(laggard.Find("gone")?.Payload);
        Assert.NotNull(laggard.Find("stays")?.Payload);
    }

    /// <summary>What breaks this would be told in deltas that nobody reads.</summary>
    [Law(50, 500, EndSize = 200)]
    internal void Whatever_is_said_no_two_records_have_one_version(Script script, Seed seed)
    {
        var randomness = new Randomness(seed.Value);
        var copy = new OwnerRecords();
        foreach (var step in script.Steps)
        {
            var from = (ulong)randomness.Below(10);
            var versions = Enumerable.Range((int)from + 1, 10).Where(_ => randomness.Chance(0.4)).Select(version => (ulong)version).ToArray();
            var to = versions.LastOrDefault(from) + 1 + (ulong)randomness.Below(2);
            copy.Merge(
                new Delta(Owner, from, to, (ulong)randomness.Below((int)to), [.. versions.Select(version => Entry(randomness.Below(6), version))]),
                out _);
            Assert.Equal(copy.All.Select(one => one.Version).Distinct().Order(), copy.All.Select(one => one.Version));
            Assert.Equal(copy.All.Count, copy.All.Select(one => one.Key).Distinct().Count());
        }

        DeltaEntry Entry(int key, ulong version) => new($"key {key}", version, randomness.Chance(0.3) ? null : [0x90], default);
    }

    /// <summary>A forgery that came early does not stay where the owner's own word comes whole.</summary>
    [Fact]
    public void What_a_repair_lists_takes_the_place_of_another_record_of_the_same_version()
    {
        var (owner, copy) = (new OwnerRecords(), new OwnerRecords());
        copy.Merge(new Delta(Owner, 1, 2, 0, [new DeltaEntry("forged", 2, [0x90], default)]), out _);
        copy.Merge(new Delta(Owner, 2, 3, 0, [new DeltaEntry("key 3", 3, [0x90], default)]), out _);
        for (var i = 1; i <= 3; i++)
            Write(owner, 1, $"key {i}");
        Repair(copy, owner);
        AssertEqual(owner, copy);
    }

    private static (OwnerRecords Owner, List<Delta> History) Written(Script script)
    {
        var owner = new OwnerRecords();
        return (owner, [.. script.Steps.Select(step => Write(owner, step))]);
    }

    /// <summary>One write of the owner, told as the rumour that the node makes of it. Even steps deregister something that is there.</summary>
    private static Delta Write(OwnerRecords owner, int step, string? key = null)
    {
        var gone = step % 2 == 0 && owner.Count > 0;
        var present = owner.All.Where(one => one.Payload is not null).Select(one => one.Key).ToArray();
        key ??= gone ? present[step / 2 % present.Length] : $"key {step / 2 % 150}";
        var record = gone ? null : Sample.Numbered(key, (int)owner.Version);
        var before = owner.Version;
        var payload = record is null ? null : Sample.Payload(record);
        var stored = owner.Write(key, payload, record is null ? default : RecordHead.Of(record));
        Assert.Equal(before + 1, owner.Version);
        Assert.InRange(owner.All.Count - owner.Count, 0, Limits.TombstonesFor(owner.Count));
        return new Delta(Owner, stored.Since, stored.Version, 0, [new DeltaEntry(key, stored.Version, stored.Payload, stored.Head)]);
    }

    private static void Deliver(OwnerRecords copy, in Delta delta)
    {
        var before = copy.Version;
        copy.Merge(delta, out var limited);
        Assert.False(limited);
        Assert.True(copy.Version >= before, "A version fell.");
        var version = copy.Version;
        var records = copy.All.ToArray();
        Assert.False(copy.Merge(delta, out _), "The same news changed something twice.");
        Assert.True(version == copy.Version && records.AsSpan().SequenceEqual([.. copy.All]), "The same news left something else.");
    }

    private static void Repair(OwnerRecords copy, OwnerRecords from)
    {
        if (from.Version <= copy.Version)
            return;
        Deliver(copy, from.Since(Owner, copy.Version));
        Assert.True(copy.Version >= from.Version);
    }

    private static void AssertEqual(OwnerRecords owner, OwnerRecords copy)
    {
        Assert.Equal(owner.Version, copy.Version);
        Assert.Equal(Visible(owner), Visible(copy));
    }

    private static string Visible(OwnerRecords records) => string.Join(
        ' ', records.All.Where(one => one.Payload is not null).OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"{one.Key}@{one.Version}"));

    private static Delta[] Shuffled(List<Delta> history, Randomness randomness)
    {
        var delivered = history.Where(_ => randomness.Chance(0.8)).Concat(history.Where(_ => randomness.Chance(0.2))).ToArray();
        randomness.Shuffle(delivered.AsSpan());
        return delivered;
    }
}
