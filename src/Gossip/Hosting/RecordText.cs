using System.Text;
using Gossip.Protocol;

namespace Gossip.Hosting;

/// <summary>
/// Makes texts that are nobody's choice, such as the name of the machine or the message of an error, fit where they are told.
/// </summary>
internal static class RecordText
{
    /// <summary>
    /// As much of a text as so many bytes of UTF-8 take: whole letters, with a space in the place of each that may not be told.
    /// </summary>
    public static string Fit(string text, int bytes)
    {
        var fitting = new StringBuilder();
        foreach (var letter in text.EnumerateRunes())
        {
            var good = Limits.IsLetter(letter) ? letter : new Rune(' ');
            bytes -= good.Utf8SequenceLength;
            if (bytes < 0)
                break;
            fitting.Append(good);
        }

        return fitting.ToString();
    }
}
