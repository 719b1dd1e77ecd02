namespace Gossip.Protocol;

/// <summary>
/// Fills bytes with random ones that nobody can predict: in a process the operating system's, in the simulator those of its seed. The
/// generator of <see cref="Randomness"/> is no such source, for four of its outputs predict all later ones.
/// </summary>
/// <param name="bytes">What to fill.</param>
internal delegate void RandomFill(Span<byte> bytes);
