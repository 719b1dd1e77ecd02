using Gossip.Cli.Agent.Checks;

namespace Gossip.Cli.Tests.Checks;

public sealed class MailboxTests
{
    [Fact]
    public void What_fails_holds_up_nothing_that_waits_or_comes_later_and_is_told()
    {
        var mailbox = new Mailbox();
        var done = new List<int>();

        var failed = Assert.Throws<InvalidOperationException>(() => mailbox.Post(() =>
        {
            mailbox.Post(() => done.Add(1));
            mailbox.Post(() => throw new InvalidOperationException("second"));
            mailbox.Post(() => done.Add(2));
            throw new InvalidOperationException("first");
        }));
        mailbox.Post(() => done.Add(3));

        Assert.Equal("first", failed.Message);
        Assert.Equal([1, 2, 3], done);
    }
}
