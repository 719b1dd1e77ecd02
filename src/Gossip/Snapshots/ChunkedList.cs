using System.Buffers;
using System.Collections;

namespace Gossip.Snapshots;

/// <summary>
/// A change of a <see cref="ChunkedList{T}"/>: an element that comes in, in place of its equal if there is one, or that goes.
/// </summary>
internal readonly record struct Edit<T>(T Item, bool Removes);

/// <summary>
/// A sorted list that never changes and whose successors share what did not change: chunks of bounded size behind a table of where each
/// ends. A change copies one chunk and the table, whatever the size of the list, and an access costs as much as for an array, or a short
/// search where there are several chunks.
/// </summary>
internal sealed class ChunkedList<T> : IReadOnlyList<T>
    where T : class
{
    /// <summary>
    /// Elements of a chunk: about the size at which copying a chunk costs the same as copying the table of some two thousand elements.
    /// </summary>
    private const int Most = 64;

    private readonly T[][] _chunks;

    /// <summary>How many elements there are up to the end of each chunk.</summary>
    private readonly int[] _ends;

    private ChunkedList(T[][] chunks)
    {
        _chunks = chunks;
        _ends = chunks.Length > 1 ? new int[chunks.Length] : [];
        for (var i = 0; i < chunks.Length; i++)
        {
            Count += chunks[i].Length;
            if (_ends.Length > 0)
                _ends[i] = Count;
        }
    }

    public static ChunkedList<T> Empty { get; } = new([]);

    public int Count { get; }

    public T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            if (_chunks.Length == 1)
                return _chunks[0][index];
            var place = _ends.AsSpan().BinarySearch(index + 1);
            place = place < 0 ? ~place : place;
            return _chunks[place][index - (_ends[place] - _chunks[place].Length)];
        }
    }

    /// <summary>
    /// Makes the list that follows from some changes, sorted by the list's order. Of several changes of one element the last counts.
    /// </summary>
    public ChunkedList<T> With(ReadOnlySpan<Edit<T>> edits, IComparer<T> order)
    {
        if (edits.IsEmpty)
            return this;
        var made = new Chunks(_chunks.Length + (edits.Length / Most) + 1);
        var place = 0;
        while (!edits.IsEmpty)
        {
            var next = Math.Max(place, ChunkOf(new InOrder(edits[0].Item, order)));
            made.AddWhole(_chunks.AsSpan(place, next - place));
            place = Math.Min(next + 1, _chunks.Length);
            var count = edits.Length;
            if (place < _chunks.Length)
                count = CountBelow(edits, _chunks[place][0], order);
            made.AddMerged(next < _chunks.Length ? _chunks[next] : [], edits[..count], order);
            edits = edits[count..];
        }

        made.AddWhole(_chunks.AsSpan(place));
        return made.Count == 0 ? Empty : new ChunkedList<T>(made.ToArray());
    }

    /// <summary>The element that a key names, by the list's order; null for none.</summary>
    public T? Find<TKey>(TKey key)
        where TKey : IComparable<T>
    {
        if (_chunks.Length == 0)
            return null;
        var chunk = _chunks[ChunkOf(key)];
        return chunk.AsSpan().BinarySearch(key) is >= 0 and var place ? chunk[place] : null;
    }

    public IEnumerator<T> GetEnumerator()
    {
        foreach (var chunk in _chunks)
        {
            foreach (var item in chunk)
                yield return item;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The chunk where an element is or belongs: the last that does not start behind it.</summary>
    private int ChunkOf<TKey>(TKey key)
        where TKey : IComparable<T>
    {
        int low = 0, high = _chunks.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (key.CompareTo(_chunks[middle][0]) >= 0)
                low = middle;
            else
                high = middle - 1;
        }

        return low;
    }

    private static int CountBelow(ReadOnlySpan<Edit<T>> edits, T end, IComparer<T> order)
    {
        var count = 1;
        while (count < edits.Length && order.Compare(edits[count].Item, end) < 0)
            count++;
        return count;
    }

    /// <summary>The place of an element by an order.</summary>
    private readonly struct InOrder(T item, IComparer<T> order) : IComparable<T>
    {
        public int CompareTo(T? other) => order.Compare(item, other);
    }

    /// <summary>The chunks of a list under construction.</summary>
    private readonly struct Chunks(int expected)
    {
        private readonly List<T[]> _made = new(expected);

        public int Count => _made.Count;

        public T[][] ToArray() => [.. _made];

        public void AddWhole(ReadOnlySpan<T[]> chunks) => _made.AddRange(chunks);

        public void AddMerged(ReadOnlySpan<T> old, ReadOnlySpan<Edit<T>> edits, IComparer<T> order)
        {
            var scratch = ArrayPool<T>.Shared.Rent(old.Length + edits.Length);
            var merged = scratch.AsSpan();
            var count = 0;
            for (var i = 0; i < edits.Length; i++)
            {
                var edit = edits[i];
                while (!old.IsEmpty && order.Compare(old[0], edit.Item) < 0)
                {
                    merged[count++] = old[0];
                    old = old[1..];
                }

                if (!old.IsEmpty && order.Compare(old[0], edit.Item) == 0)
                    old = old[1..];
                var isLast = i + 1 == edits.Length || order.Compare(edits[i + 1].Item, edit.Item) != 0;
                if (isLast && !edit.Removes)
                    merged[count++] = edit.Item;
            }

            old.CopyTo(merged[count..]);
            Split(merged[..(count + old.Length)]);
            ArrayPool<T>.Shared.Return(scratch, clearArray: true);
        }

        /// <summary>
        /// Adds elements as chunks of about the same size; few of them join the chunk in front, so that shrinking lists stay dense.
        /// </summary>
        private void Split(ReadOnlySpan<T> items)
        {
            if (items.IsEmpty)
                return;
            if (_made.Count > 0 && _made[^1].Length + items.Length <= Most / 2)
            {
                _made[^1] = [.. _made[^1], .. items];
                return;
            }

            for (var pieces = ((items.Length - 1) / Most) + 1; pieces > 0; pieces--)
            {
                var size = items.Length / pieces;
                _made.Add(items[..size].ToArray());
                items = items[size..];
            }
        }
    }
}
