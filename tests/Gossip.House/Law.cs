namespace Gossip.House;

internal static class Law
{
    /// <summary>Fails with every violation on a line of its own, after a sentence that says what to do.</summary>
    public static void Holds(string law, IEnumerable<string> violations)
    {
        var found = violations.ToList();
        if (found.Count > 0)
            Assert.Fail($"{law}{Environment.NewLine}{string.Join(Environment.NewLine, found)}");
    }
}
