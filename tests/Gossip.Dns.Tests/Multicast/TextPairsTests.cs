using System.Text;
using Gossip.Dns.Messages;
using Gossip.Dns.Multicast;

namespace Gossip.Dns.Tests.Multicast;

/// <summary>RFC 6763 §6.</summary>
public class TextPairsTests
{
    [Fact]
    public void No_pairs_are_one_empty_string() => Assert.Equal([0], TextPairs.Write(new Dictionary<string, string>()).Strings.ToArray());

    [Fact]
    public void The_first_of_equal_keys_counts_and_case_does_not()
    {
        var pairs = TextPairs.Read(Text("Key=one", "KEY=two", "flag", "empty=", "eq=a=b", "=no key", ""));
        Assert.Equal([("Key", "one"), ("flag", ""), ("empty", ""), ("eq", "a=b")], pairs.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal("one", pairs["kEy"]);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var pairs = new Dictionary<string, string> { ["cluster"] = "shop é漢", ["v"] = "", ["long"] = new('x', 249) };
        Assert.Equal(pairs, TextPairs.Read(TextPairs.Write(pairs)).ToDictionary());
    }

    private static TextBody Text(params string[] strings) =>
        new(strings.SelectMany(one => Encoding.UTF8.GetBytes(one).Prepend((byte)Encoding.UTF8.GetByteCount(one))).ToArray());
}
