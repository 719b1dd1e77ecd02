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

    /// <summary>Called by the loop, before a snapshot shows what is new.</summary>
    /// <param name="member">The owner.</param>
    /// <param name="after">Up to which version its records were known before.</param>
    /// <param name="shown">What was shown of it before; null for a member that is new.</param>
    /// <returns>Empty where no record is newer.</returns>
    public static string Of(Member member, ulong after, MemberSnapshot? shown)
    {
        if (!member.IsLive)
        {
            return member.OrphanedRecords.Count is > 0 and var left
                ? string.Create(CultureInfo.InvariantCulture, $"{left} of its services are shown as degraded until their leases end")
                : "its services are gone with it";
        }

        if (member.Records.IsUnheld)
            return "there is no room here for its records";
        var records = member.Records.All;
        var first = records.Count;
        while (first > 0 && records[first - 1].Version > after)
            first--;
        if (first == records.Count)
            return "";
        // The newest come first: what an owner wrote last is what people look for.
        var words = Enumerable.Range(1, Math.Min(Named, records.Count - first)).Select(place => Of(records[^place], shown));
        var rest = records.Count - first - Named;
        var all = string.Join("; ", words) + (rest > 0 ? string.Create(CultureInfo.InvariantCulture, $"; and {rest} more") : "");
        return all.Length <= Most ? all : $"{all[..CutAt(all)]}…";
    }

    private static string Of(StoredRecord record, MemberSnapshot? shown)
    {
        if (record.IsTombstone)
            return $"{record.InstanceId} is taken back";
        if (!record.IsReadable)
            return $"{record.InstanceId} has a record of a later version";
        var name = record.InstanceId == record.Service ? record.Service : $"{record.InstanceId} of {record.Service}";
        var before = Find(shown, record.InstanceId)?.Record;
        if (before is { IsReadable: true } && before.State == record.State)
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

    private static ServiceInstance? Find(MemberSnapshot? member, string id) => member?.Instances switch
    {
        ServiceInstance one => one.InstanceId == id ? one : null,
        ServiceInstance[] several => Array.Find(several, one => one.InstanceId == id),
        _ => null,
    };

    /// <summary>No letter is cut in its middle.</summary>
    private static int CutAt(string text) => char.IsHighSurrogate(text[Most - 2]) ? Most - 2 : Most - 1;
}
