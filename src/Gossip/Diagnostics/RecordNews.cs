using System.Globalization;
using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>Says what is new about the records of a member, as far as a line has room for it.</summary>
internal static class RecordNews
{
    /// <summary>Letters of all that is said: a record's own words may be longer.</summary>
    private const int Most = 240;

    /// <summary>The bytes that those letters may take, so that another node's words are known for what this would say.</summary>
    public const int MostBytes = Most * 3;

    /// <summary>Records that are named; of the others the number is told.</summary>
    private const int Named = 3;

    /// <summary>What its owner wrote. Called by the loop.</summary>
    /// <returns>Empty where nothing is known of it.</returns>
    public static string Of(IReadOnlyList<RecordChange> changes)
    {
        if (changes.Count == 0)
            return "";
        // One that was let go for its successor is met twice.
        List<RecordChange> news = changes.Count == 1
            ? [changes[0]]
            : [.. changes.GroupBy(one => one.Key, (key, same) => same.Aggregate(Join))];
        // The newest come first: what an owner wrote last is what people look for.
        var words = Enumerable.Range(1, Math.Min(Named, news.Count)).Select(place => Of(news[^place]));
        var rest = news.Count - Named;
        var all = string.Join("; ", words) + (rest > 0 ? string.Create(CultureInfo.InvariantCulture, $"; and {rest} more") : "");
        return all.Length <= Most ? all : $"{all[..CutAt(all)]}…";
    }

    /// <summary>What became of all services of a member, as this node alone may see it. Called by the loop.</summary>
    /// <returns>Empty where they are shown.</returns>
    public static string OfAll(Member member)
    {
        if (member.IsLive)
            return member.Records.IsUnheld ? "there is no room here for its records" : "";
        return member.OrphanedRecords.Count is > 0 and var left
            ? string.Create(CultureInfo.InvariantCulture, $"{left} of its services are shown as degraded until their leases end")
            : "its services are gone with it";
    }

    private static RecordChange Join(RecordChange first, RecordChange last) =>
        new(first.Key, first.Before ?? last.Before, last.Now ?? first.Now);

    private static string Of(in RecordChange change)
    {
        if (change.Now is not { IsTombstone: false } record)
            return $"{change.Key} is taken back";
        if (!record.IsReadable)
            return $"{change.Key} has a record of a later version";
        var name = record.InstanceId == record.Service ? record.Service : $"{record.InstanceId} of {record.Service}";
        if (change.Before is { IsReadable: true } before && before.State == record.State)
        {
            return before.Weight == record.Weight
                ? $"{name} changed"
                : string.Create(CultureInfo.InvariantCulture, $"{name} has the weight {record.Weight}");
        }

        var state = record.State.ToString().ToLowerInvariant();
        // The reason has to be read out of the bytes, and who is ready gives none.
        return record.State != ServiceState.Ready && record.Read().Reason is { } reason
            ? $"{name} is {state} ({reason})"
            : $"{name} is {state}";
    }

    /// <summary>No letter is cut in its middle.</summary>
    private static int CutAt(string text) => char.IsHighSurrogate(text[Most - 2]) ? Most - 2 : Most - 1;
}
