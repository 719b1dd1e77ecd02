namespace Gossip.Inspection;

/// <summary>Divides the room that there is among those who want some of it: nobody has less because others want too much.</summary>
internal static class AnswerRoom
{
    /// <summary>Each gets what it wants, up to an equal part of what those who want less have left.</summary>
    /// <param name="wanted">What each wants.</param>
    /// <param name="most">What there is.</param>
    public static int[] Divide(IReadOnlyList<int> wanted, int most)
    {
        var (shares, left, others) = (new int[wanted.Count], most, wanted.Count);
        foreach (var place in Enumerable.Range(0, wanted.Count).OrderBy(place => wanted[place]))
        {
            shares[place] = Math.Min(wanted[place], left / others--);
            left -= shares[place];
        }

        return shares;
    }
}
