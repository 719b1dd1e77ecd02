namespace Gossip.Protocol;

/// <summary>What is new about one record of an owner.</summary>
/// <param name="Key">Which.</param>
/// <param name="Before">As it was; null for one that was not there, or of which only a tombstone was.</param>
/// <param name="Now">As it is; null, or a tombstone, for one that is not there any more.</param>
internal readonly record struct RecordChange(string Key, StoredRecord? Before, StoredRecord? Now);
