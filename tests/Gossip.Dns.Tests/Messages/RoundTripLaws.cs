using Gossip.Dns.Messages;

namespace Gossip.Dns.Tests.Messages;

public class RoundTripLaws
{
    [Law]
    internal bool What_the_writer_took_the_reader_gives_back(Sections sections)
    {
        var packet = new byte[Limits.WritePacketBytes];
        var writer = new DnsWriter(packet, id: 77);
        var questions = new List<DnsQuestion>();
        foreach (var question in sections.Questions)
            if (writer.TryAddQuestion(question))
                questions.Add(question);
        var answers = new List<DnsRecord>();
        foreach (var answer in sections.Answers)
            if (writer.TryAddAnswer(answer))
                answers.Add(answer);
        var authorities = new List<DnsRecord>();
        foreach (var authority in sections.Authorities)
            if (writer.TryAddAuthority(authority))
                authorities.Add(authority);
        var additionals = new List<DnsRecord>();
        foreach (var additional in sections.Additionals)
            if (writer.TryAddAdditional(additional))
                additionals.Add(additional);
        var length = writer.Finish(DnsFlags.Response);

        return DnsMessage.TryRead(packet.AsSpan(0, length), out var message)
            && message.Header.Id == 77 && message.IsResponse && message.Questions.SequenceEqual(questions)
            && message.Answers.SequenceEqual(answers) && message.Authorities.SequenceEqual(authorities)
            && message.Additionals.SequenceEqual(additionals);
    }

    [Law]
    internal bool The_text_of_a_name_reads_back_as_the_name(DnsName name) =>
        DnsName.TryParse(name.ToString(), out var back) && back.Wire.SequenceEqual(name.Wire);

    [Law]
    internal bool Any_bytes_may_stand_in_a_label(LabelBytes label)
    {
        var name = DnsName.FromCheckedWire([(byte)label.Bytes.Length, .. label.Bytes, 0]);
        return DnsName.TryParse(name.ToString(), out var back) && back.Wire.SequenceEqual(name.Wire);
    }

    [Law]
    internal bool Names_compare_without_regard_to_the_case_of_ascii(DnsName name)
    {
        var folded = name.Wire.ToArray().Select(one => one is >= (byte)'a' and <= (byte)'z' ? (byte)(one - 32) : one).ToArray();
        var other = DnsName.FromCheckedWire(folded);
        return other.Equals(name) && other.GetHashCode() == name.GetHashCode();
    }

    [Fact]
    public void Only_ascii_letters_lose_their_case() =>
        Assert.NotEqual(DnsName.Root.Child("É"), DnsName.Root.Child("é"));

    [Fact]
    public void A_record_that_does_not_fit_leaves_no_trace()
    {
        var packet = new byte[60];
        var writer = new DnsWriter(packet);
        var first = new DnsRecord(DnsName.Parse("a.local"), RecordType.Ptr, false, TimeSpan.FromSeconds(1), new PointerBody(DnsName.Parse("b.local")));
        var large = first with { Body = new PointerBody(DnsName.Root.Child(new string('x', 63))) };
        Assert.True(writer.TryAddAnswer(first));
        Assert.False(writer.TryAddAnswer(large));
        Assert.True(DnsMessage.TryRead(packet.AsSpan(0, writer.Finish(DnsFlags.Response)), out var message));
        Assert.Equal(first, Assert.Single(message.Answers));
    }

    [Fact]
    public void A_second_name_with_the_same_tail_costs_its_label_and_a_pointer()
    {
        var packet = new byte[200];
        var writer = new DnsWriter(packet);
        writer.TryAddQuestion(new DnsQuestion(DnsName.Parse("one._gossip._udp.local"), RecordType.Ptr, false));
        var before = writer.Finish(DnsFlags.None);
        writer.TryAddQuestion(new DnsQuestion(DnsName.Parse("two._gossip._udp.local"), RecordType.Ptr, false));
        Assert.Equal(4 + 2 + 4, writer.Finish(DnsFlags.None) - before);
    }

    [Fact]
    public void Absent_types_are_written_as_an_nsec_bitmap()
    {
        var packet = new byte[100];
        var writer = new DnsWriter(packet);
        writer.TryAddAnswer(new DnsRecord(
            DnsName.Parse("h.local"), RecordType.Nsec, true, TimeSpan.FromSeconds(120), new PresentTypesBody(RecordType.A, RecordType.Aaaa)));
        var length = writer.Finish(DnsFlags.Response);
        // pointer to the own name, window 0, four bytes: A is bit 1, AAAA is bit 28
        Assert.Equal("C00C00044000000" + "8", Convert.ToHexString(packet.AsSpan(0, length)[^8..]));
    }
}
