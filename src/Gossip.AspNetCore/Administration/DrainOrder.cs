using System.Text.Json.Serialization;

namespace Gossip.AspNetCore.Administration;

/// <summary>
/// What an operator orders. A key that is not known is a mistake, since an order that is half understood is worse than none.
/// </summary>
/// <param name="Reason">Why, for people; null for no particular reason.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record DrainOrder(string? Reason = null);
