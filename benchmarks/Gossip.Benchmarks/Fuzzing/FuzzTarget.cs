using System.Globalization;
using System.Text;
using System.Text.Json;
using Gossip.Benchmarks.Fuzzing.Lives;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Fuzzing;

/// <summary>One kind of code that reads foreign bytes.</summary>
/// <param name="Name">Its name on the command line; <c>tests/Corpus</c> may have a file of that name.</param>
/// <param name="Steps">Inputs of one life: so many that a failure is soon repeated.</param>
/// <param name="Begin">Begins a life.</param>
internal sealed record FuzzTarget(string Name, int Steps, Func<Randomness, FuzzLife> Begin)
{
    private static readonly JsonSerializerOptions WithRemarks = new() { ReadCommentHandling = JsonCommentHandling.Skip };

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("packets", 50_000, _ => new PacketLife()),
        new("node", 10_000, randomness => new NodeLife(randomness, isSealed: false)),
        new("sealed", 10_000, randomness => new NodeLife(randomness, isSealed: true)),
        new("frames", 100_000, _ => new FrameLife()),
        new("dns", 50_000, _ => new DnsLife()),
        new("mdns", 10_000, randomness => new MdnsLife(randomness)),
        new("endpoint", 1_000, randomness => new EndpointLife(randomness)),
        new("book", 500, _ => new BookLife()),
        new("directory", 500, _ => new DirectoryLife()),
    ];

    public static FuzzTarget Find(string name) => All.First(target => target.Name == name);

    /// <summary>Inputs that are kept because they once broke something, or reach what drawn ones reach seldom.</summary>
    public IReadOnlyList<byte[]> Known { get; } = KnownTo(Name);

    /// <summary>One life: first all known inputs as they are, then drawn ones. Null when nothing was found.</summary>
    public FuzzFailure? Live(ulong seed)
    {
        var randomness = new Randomness(seed);
        byte[] input = [];
        var step = 0;
        try
        {
            using var life = Begin(randomness);
            for (; step < Known.Count + Steps; step++)
            {
                input = step < Known.Count ? Known[step] : life.Draw(randomness);
                life.Feed(input, randomness);
            }

            life.End();
            return null;
        }
        catch (Exception error)
        {
            return new FuzzFailure(Name, seed, step, Convert.ToHexStringLower(input), error.ToString());
        }
    }

    /// <summary>A life of one input.</summary>
    public void FeedOnce(ReadOnlySpan<byte> input)
    {
        var randomness = new Randomness(1);
        using var life = Begin(randomness);
        life.Feed(input, randomness);
    }

    /// <summary>What a life would be fed first.</summary>
    public IReadOnlyList<byte[]> DrawSome(int count)
    {
        var randomness = new Randomness(1);
        using var life = Begin(randomness);
        return [.. Known, .. Enumerable.Range(0, count).Select(_ => life.Draw(randomness))];
    }

    /// <summary>The inputs of the file: an array of texts; "0x" in front means hexadecimal bytes.</summary>
    private static byte[][] KnownTo(string name)
    {
        using var file = typeof(FuzzTarget).Assembly.GetManifestResourceStream($"{name}.json");
        var texts = file is null ? [] : JsonSerializer.Deserialize<string[]>(file, WithRemarks)!;
        return [.. texts.Select(text => text.StartsWith("0x", StringComparison.Ordinal)
            ? Convert.FromHexString(text.AsSpan(2))
            : Encoding.UTF8.GetBytes(text))];
    }
}

/// <summary>What was found, and how to find it again.</summary>
/// <param name="Target">The target.</param>
/// <param name="Seed">The seed of the life.</param>
/// <param name="Step">The number of the input in it.</param>
/// <param name="Input">The input, in hexadecimal.</param>
/// <param name="Error">What was thrown.</param>
internal sealed record FuzzFailure(string Target, ulong Seed, int Step, string Input, string Error)
{
    public string Command => string.Create(
        CultureInfo.InvariantCulture,
        $"dotnet run -c Release --project benchmarks/Gossip.Benchmarks -- fuzz --target {Target} --seed {Seed} --minutes 0");

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Command}\nInput {Step} is {Input}.\n{Error}");
}
