namespace Gossip.Tests.Discovery;

public sealed class VersionRangeTests
{
    [Fact]
    public void A_range_is_parsed_as_anything_that_is_parsable()
    {
        Assert.Equal("^1.2", Parsed<VersionRange>("^1.2")?.ToString());
        Assert.Null(Parsed<VersionRange>("latest"));
        Assert.Throws<FormatException>(() => Parse<VersionRange>("latest"));

        static T? Parsed<T>(string text)
            where T : class, IParsable<T> => T.TryParse(text, null, out var parsed) ? parsed : null;

        static T Parse<T>(string text)
            where T : IParsable<T> => T.Parse(text, null);
    }

    [Theory]
    [InlineData(">=1.2 <2", "1.2.0 1.9.9 1.2 v1.3", "1.1.9 2.0.0 2.0.0-beta 1.2.0-rc.1 x")]
    [InlineData("^1.2", "1.2.0 1.99.0", "2.0.0 1.1.0 2.0.0-alpha")]
    [InlineData("^0.3.1", "0.3.1 0.3.9", "0.4.0 0.3.0")]
    [InlineData("^0.0.3", "0.0.3", "0.0.4 0.1.0")]
    [InlineData("~1.2.3", "1.2.3 1.2.9", "1.3.0 1.2.2")]
    [InlineData("~1", "1.0.0 1.9.0", "2.0.0")]
    [InlineData("1.2", "1.2.0 1.2.7 1.2.0-rc.1", "1.3.0 1.1.9")]
    [InlineData("1.2.*", "1.2.0 1.2.7", "1.3.0")]
    [InlineData("2.x", "2.0.0 2.9.1-beta", "1.9.9 3.0.0")]
    [InlineData("=1.2.3", "1.2.3 1.2.3+build.7", "1.2.3-rc.1 1.2.4")]
    [InlineData("1.2.3-rc.1", "1.2.3-rc.1", "1.2.3 1.2.3-rc.2")]
    [InlineData(">1.2.3", "1.2.4 2.0.0", "1.2.3 1.2.3-rc.1")]
    [InlineData("<=2.0.0-rc.2", "2.0.0-rc.2 2.0.0-rc.1 1.0.0", "2.0.0 2.0.0-rc.10")]
    [InlineData("1.* || >=3", "1.5.0 3.0.0 4.1", "2.0.0 2.9.9")]
    [InlineData("*", "0.0.1 0.0.0-dev 1.0.0-alpha 99", "- latest")]
    [InlineData(">=1.2.3.4", "1.2.3.4 1.2.3.5 1.2.4", "1.2.3.3 1.2.3")]
    public void A_range_has_the_versions_that_its_comparisons_say(string range, string inside, string outside)
    {
        var parsed = VersionRange.Parse(range);
        Assert.All(inside.Split(' '), version => Assert.True(parsed.Contains(version), $"{version} is in {range}"));
        Assert.All(outside.Split(' '), version => Assert.False(parsed.Contains(version), $"{version} is not in {range}"));
        Assert.Equal(range, parsed.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("latest")]
    [InlineData(">=")]
    [InlineData("=>1")]
    [InlineData("1..2")]
    [InlineData("1.2 ||")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2-")]
    [InlineData("99999999999")]
    public void What_is_no_range_says_what_one_looks_like(string text)
    {
        Assert.False(VersionRange.TryParse(text, out _));
        Assert.Contains("^1.2", Assert.Throws<FormatException>(() => VersionRange.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_version_is_in_no_range() => Assert.False(VersionRange.Parse("*").Contains(""));
}
