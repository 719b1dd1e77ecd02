using Gossip.Inspection;

namespace Gossip.Tests.Inspection;

public sealed class AnswerRoomLaws
{
    [Law]
    internal void Nobody_gets_more_than_it_wants_and_nobody_less_than_another_who_wants_no_less(Seed seed)
    {
        var random = new Random((int)(uint)seed.Value);
        int[] wanted = [.. Enumerable.Range(0, random.Next(0, 20)).Select(_ => random.Next(0, 100))];
        var most = random.Next(0, 1_000);

        var shares = AnswerRoom.Divide(wanted, most);

        Assert.InRange(shares.Sum(), Math.Min(wanted.Sum(), most) - wanted.Length, Math.Min(wanted.Sum(), most));
        for (var i = 0; i < wanted.Length; i++)
        {
            Assert.InRange(shares[i], 0, wanted[i]);
            // Who does not get all of it has at least about as much as anybody.
            if (shares[i] < wanted[i])
                Assert.True(shares[i] + 1 >= shares.Max(), $"{string.Join(' ', wanted)} of {most}: {string.Join(' ', shares)}");
        }
    }
}
