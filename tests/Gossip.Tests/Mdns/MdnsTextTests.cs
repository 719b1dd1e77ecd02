using System.Text;
using Gossip.Bootstrap;

namespace Gossip.Tests.Mdns;

/// <summary>What stands in texts and names of DNS-SD, so that every library can read it.</summary>
public sealed class MdnsTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("shop 1.2/~x=y", "shop 1.2/~x=y")]
    [InlineData("Zürich", "Z%C3%BCrich")]
    [InlineData("50%", "50%25")]
    [InlineData("50%25", "50%2525")]
    [InlineData("\u007f\n", "%7F%0A")]
    [InlineData("注文", "%E6%B3%A8%E6%96%87")]
    public void A_text_is_ascii_and_comes_back(string text, string encoded)
    {
        Assert.Equal(encoded, MdnsText.Encode(text));
        Assert.Equal(text, MdnsText.Decode(encoded));
    }

    [Theory]
    [InlineData("Zürich", "Zürich")]
    [InlineData("100%", "100%")]
    [InlineData("%zz%4", "%zz%4")]
    [InlineData("%41%", "A%")]
    public void What_earlier_versions_wrote_stands_for_itself(string text, string decoded) => Assert.Equal(decoded, MdnsText.Decode(text));

    [Fact]
    public void The_longest_names_still_fit_a_pair()
    {
        Assert.Equal(128, MdnsText.Encode(new string('x', 128)).Length);
        var encoded = MdnsText.Encode(new string('注', 42));
        Assert.InRange(Encoding.UTF8.GetByteCount(encoded), 200, 240);
        Assert.Equal(new string('注', 26), MdnsText.Decode(encoded));
    }

    [Fact]
    public void A_name_of_an_instance_has_no_dots() => Assert.Equal("Shop-Orders-host-1a2b", MdnsText.Instance("Shop.Orders-host-1a2b"));
}
