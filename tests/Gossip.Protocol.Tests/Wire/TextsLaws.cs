using System.Text;

namespace Gossip.Protocol.Tests.Wire;

/// <summary>Text read in place is judged and kept as text that was made into a string is.</summary>
public sealed class TextsLaws
{
    [Fact]
    public void A_name_is_one_in_bytes_as_in_letters() => Property.Holds(5_000, randomness =>
    {
        var text = Strange(randomness);
        Assert.Equal(Limits.IsName(text, Limits.ZoneBytes), Limits.IsName(Encoding.UTF8.GetBytes(text), Limits.ZoneBytes));
    });

    [Fact]
    public void A_text_is_kept_once_and_is_what_was_written()
    {
        var texts = new Texts();
        var first = texts.Of("zone-a"u8);
        Assert.Equal("zone-a", first);
        Assert.Same(first, texts.Of("zone-a"u8));
        Property.Holds(2_000, randomness =>
        {
            var text = Strange(randomness);
            Assert.Equal(text, texts.Of(Encoding.UTF8.GetBytes(text)));
        });
    }

    private static string Strange(Randomness randomness)
    {
        var text = new StringBuilder();
        for (var left = randomness.Below(70); left > 0; left--)
        {
            var letter = randomness.Below(12) switch
            {
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
