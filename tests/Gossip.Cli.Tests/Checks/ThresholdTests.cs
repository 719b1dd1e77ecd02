using Gossip.Cli.Agent.Checks;

namespace Gossip.Cli.Tests.Checks;

public sealed class ThresholdTests
{
    [Theory]
    [InlineData("+", "+")]
    [InlineData("-", "?")]
    [InlineData("---", "-")]
    [InlineData("+--", "+")]
    [InlineData("+---", "-")]
    [InlineData("+--+--", "+")]
    [InlineData("+---+", "-")]
    [InlineData("+---++", "+")]
    [InlineData("+~~~", "~")]
    [InlineData("+~~-", "-")]
    [InlineData("+---~~", "~")]
    [InlineData("+x", "x")]
    [InlineData("x", "x")]
    [InlineData("+x+", "x")]
    [InlineData("+x++", "+")]
    [InlineData("+s", "s")]
    public void So_many_results_in_a_row_count_and_an_end_counts_at_once(string results, string expected)
    {
        var check = new ScheduledCheck(FakeCheck.Every(1, healthyAfter: results[0] == '+' && results.Length == 1 ? 1 : 2, unhealthyAfter: 3), FakeCheck.That(() => CheckStatus.Pass));
        if (results.Length > 1 && results[0] == '+')
            check.Apply(Of('+'), default);
        foreach (var letter in results)
            check.Apply(Of(letter), default);
        Assert.Equal(expected == "?" ? CheckStatus.Unknown : Of(expected[0]).Status, check.Report.Status);
        Assert.Equal(Of(results[^1]).Status, check.Report.Last.Status);
    }

    [Fact]
    public void The_reason_stays_while_the_status_does()
    {
        var check = new ScheduledCheck(FakeCheck.Every(1), FakeCheck.That(() => CheckStatus.Pass));
        Assert.True(check.Apply(new(CheckStatus.Fail, "disk full at 10:41\nsecond line"), default));
        Assert.False(check.Apply(new(CheckStatus.Fail, "disk full at 10:42"), default));
        Assert.Equal(("disk full at 10:41", "disk full at 10:42"), (check.Report.Because, check.Report.Last.Output));
    }

    [Fact]
    public void Of_a_long_output_four_kilobytes_are_kept() =>
        Assert.Equal(CheckResult.MostOutput, new CheckResult(CheckStatus.Fail, new string('x', 100_000)).Output.Length);

    [Fact]
    public void Nothing_in_an_output_controls_a_terminal() =>
        Assert.Equal("a [31mred\nb", CheckResult.Clean("a\u001b[31mred\nb"u8));

    private static CheckResult Of(char letter) => new(
        letter switch
        {
            '+' => CheckStatus.Pass,
            '~' => CheckStatus.Warn,
            '-' => CheckStatus.Fail,
            's' => CheckStatus.Stopping,
            _ => CheckStatus.Gone,
        },
        "");
}
