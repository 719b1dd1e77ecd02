namespace Gossip.Tests.Mdns;

/// <summary>What is said on the cable, and what is not: counted by tshark on the second machine.</summary>
public sealed class WireTests
{
    private const string Type = "_gossip._udp.local";

    [PeerFact("netns", "avahi-daemon", "avahi-publish", "dbus-daemon", "tshark")]
    public async Task Avahi_does_not_answer_what_our_questions_say_we_know()
    {
        await using var network = await MdnsNetwork.StartAsync();
        var node = network.StartNode(network.Second, "orders", 7946);
        network.StartOn(network.First, "avahi-publish", "-s", "payments", "_gossip._udp", "7947");
        await node.LineAsync(line => line.Contains("payments", StringComparison.Ordinal));
        var capture = await network.CaptureAsync();
        await AssertSuppressedAsync(capture, asker: "10.77.0.2", answerer: "10.77.0.1", known: "payments");
    }

    [PeerFact("netns", "avahi-daemon", "avahi-browse", "dbus-daemon", "tshark", IsNightly = true)]
    public async Task Our_node_does_not_answer_what_the_questions_of_avahi_say_it_knows()
    {
        await using var network = await MdnsNetwork.StartAsync();
        // It seldom asks, since avahi takes the question of another for its own (RFC 6762 §7.3).
        var node = network.StartNode(network.Second, "orders", 7946, "--seldom");
        await node.LineAsync(line => line.Contains("orders", StringComparison.Ordinal));
        var capture = await network.CaptureAsync();
        network.StartOn(network.First, "avahi-browse", "-p", "_gossip._udp");
        await AssertSuppressedAsync(capture, asker: "10.77.0.1", answerer: "10.77.0.2", known: "orders");
    }

    // From one question with known answers to the next there is time for an answer: at least a second.
    private static async Task AssertSuppressedAsync(ChildProcess capture, string asker, string answerer, string known)
    {
        var questions = 0;
        var answers = new List<string>();
        await capture.LineAsync(line =>
        {
            // The fields are those of MdnsNetwork.CaptureAsync. An announcement says more than the one record that is asked for.
            switch (line.Split('\t'))
            {
                case [var from, "0" or "False", var names, _, _, var targets]
                    when from == asker && names.Split(',').Contains(Type) && targets.Contains(known, StringComparison.Ordinal):
                    questions++;
                    break;
                case [var from, "1" or "True", _, "1", var names, _] when from == answerer && questions > 0 && names.Split(',')[0] == Type:
                    answers.Add(line);
                    break;
            }

            return questions == 3;
        });
        Assert.Empty(answers);
    }
}
