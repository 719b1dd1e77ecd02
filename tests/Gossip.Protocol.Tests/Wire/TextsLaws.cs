using System.Text;
using FsCheck;
using FsCheck.Xunit;

namespace Gossip.Protocol.Tests.Wire;

/// <summary>Text read in place is judged and kept as text that was made into a string is.</summary>
[Properties(Arbitrary = [typeof(StrangeTexts)])]
public sealed class TextsLaws
{
    private readonly StringPool _texts = new();

    [Law(2_500, 25_000)]
    internal void A_name_is_one_in_bytes_as_in_letters(Strange strange)
    {
        var text = strange.Text;
        Assert.Equal(Limits.IsName(text, Limits.ZoneBytes), Limits.IsName(Encoding.UTF8.GetBytes(text), Limits.ZoneBytes));
    }

    [Theory]
    [InlineData("pay\u202Ements")]
    [InlineData("pay\u200Dments")]
    [InlineData("pay\u200Cments")]
    [InlineData("pay\u00ADments")]
    [InlineData("\uFEFFpayments")]
    [InlineData("pay\u2066ments")]
    [InlineData("pay\u2028ments")]
    [InlineData("pay\u2029ments")]
    [InlineData("pay\U000E0041ments")]
    [InlineData("pay\u0085ments")]
    [InlineData("pay\nments")]
    [InlineData("pay\uD800ments")]
    public void What_is_not_seen_is_in_no_name(string text)
    {
        Assert.False(Limits.IsName(text, Limits.NameBytes));
        Assert.False(Limits.IsName(Encoding.UTF8.GetBytes(text), Limits.NameBytes));
        Assert.True(Limits.IsName(Limits.Show(text), Limits.NameBytes));
        Assert.Contains("\\u", Limits.Show(text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Заказы")]
    [InlineData("支付 1")]
    [InlineData("مدفوعات")]
    [InlineData("café-e\u0301")]
    [InlineData("\uE000")]
    [InlineData("a\u0378")]
    public void Letters_of_all_writings_are_in_names(string text)
    {
        Assert.True(Limits.IsName(text, Limits.NameBytes));
        Assert.True(Limits.IsName(Encoding.UTF8.GetBytes(text), Limits.NameBytes));
        Assert.Equal(text, Limits.Show(text));
    }

    [Fact]
    public void A_text_is_kept_once()
    {
        var texts = new StringPool();
        var first = texts.Of("zone-a"u8);
        Assert.Equal("zone-a", first);
        Assert.Same(first, texts.Of("zone-a"u8));
    }

    [Law(1_000, 10_000)]
    internal void A_text_is_what_was_written(Strange strange) =>
        Assert.Equal(strange.Text, _texts.Of(Encoding.UTF8.GetBytes(strange.Text)));
}

/// <summary>Text of Latin letters and of what lies where rules change: controls, the ends of blocks, letters of four bytes.</summary>
internal sealed record Strange(string Text);

internal static class StrangeTexts
{
    public static Arbitrary<Strange> All() => Inputs.From(
        randomness => new Strange(Draw(randomness)), strange => Inputs.Smaller(strange.Text).Select(less => new Strange(less)));

    private static string Draw(Randomness randomness)
    {
        var text = new StringBuilder();
        for (var left = randomness.Below(70); left > 0; left--)
        {
            var letter = randomness.Below(14) switch
            {
                12 => 0x2000 + randomness.Below(0x70),
                13 => 0x0600 + randomness.Below(0x20),
                0 => randomness.Below(0x20),
                1 => 0x7E + randomness.Below(0x30),
                2 => 0xFFF0 + randomness.Below(0x20),
                3 => 0x1F400 + randomness.Below(100),
                _ => ' ' + randomness.Below(95),
            };
            text.Append(new Rune(letter));
        }

        return text.ToString();
    }
}
