namespace Gossip.Hosting;

/// <content>Where a change of the cluster's key stands.</content>
internal sealed partial record Examination
{
    private IEnumerable<GossipFinding> KeyChange()
    {
        var keys = Report.Identity.KeyFingerprints;
        if (keys.Count < 2)
            yield break;
        var others = Others.ToList();
        string[] behind = [.. others.Where(one => one.KeyFingerprint is not null && one.KeyFingerprint != keys[0])
            .Select(one => $"{one.Name} ({one.KeyFingerprint})")];
        var unheard = others.Count(one => one.KeyFingerprint is null);
        var what = $"This node seals with key {keys[0]}, and opens what others seal with {string.Join(", ", keys.Skip(1))} too.";
        if (behind.Length > 0)
        {
            var still = Count(behind.Length, "member still seals", "members still seal");
            what += $" {still} with another: {string.Join(", ", behind.Take(5))}.";
        }

        if (unheard > 0)
            what += $" {Count(unheard, "member was", "members were")} not heard yet.";
        yield return new(FindingSeverity.Note, "key-change", what, behind.Length + unheard > 0
            ? "When every node has both keys, make the new one Gossip:Key on each; "
                + "remove the old one when this finding names no member any more."
            : "All members seal with this key. Where the others in Gossip:Keys are older ones, remove them on every node; "
                + "where one of them is newer, make it Gossip:Key when every node's acceptedKeys has it.");
    }
}
