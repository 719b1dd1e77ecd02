using System.Text.Json.Serialization;

namespace Gossip.AspNetCore.Administration;

/// <summary>
/// What an operator orders. A key that is not known is a mistake, since an order that is half understood is worse than none.
/// </summary>
/// <param name="Reason">Why, for people; null for no particular reason.</param>
/// <param name="Node">The id of the node that is meant, which no other one obeys; null for whichever is asked.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record DrainOrder(string? Reason = null, string? Node = null);
