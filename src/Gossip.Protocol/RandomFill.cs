namespace Gossip.Protocol;

/// <summary>
/// Fills bytes with unpredictable random ones: in a process the operating system's, in the simulator those of its seed. The generator of
/// <see cref="Randomness"/> is no such source, since four of its outputs predict all later ones.
/// </summary>
/// <param name="bytes">What to fill.</param>
internal delegate void RandomFill(Span<byte> bytes);
