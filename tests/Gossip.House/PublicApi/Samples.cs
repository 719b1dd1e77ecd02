// One of each thing that the renderer has to write, in the shapes that the library uses.
namespace Gossip.House.PublicApi.Samples;

public readonly record struct Instant(TimeSpan SinceStart) : IComparable<Instant>
{
    public static readonly Instant Start;

    public int CompareTo(Instant other) => SinceStart.CompareTo(other.SinceStart);

    public static bool operator <(Instant left, Instant right) => left.CompareTo(right) < 0;

    public static bool operator >(Instant left, Instant right) => left.CompareTo(right) > 0;

    public static Instant operator +(Instant left, TimeSpan right) => left.Add(right);

    public static explicit operator long(Instant instant) => instant.ToInt64();

    public long ToInt64() => SinceStart.Ticks;

    public Instant Add(TimeSpan span) => new(SinceStart + span);
}

public abstract record Happening(string Name, string? Note)
{
    public sealed record Joined(string Name, (string Host, int? Port) Address) : Happening(Name, null);
}

public enum Delivery : byte
{
    Stream = 2,
    None = 0,
    Datagram = 1,
}

public delegate bool Accept<in T>(T value, out string? reason)
    where T : allows ref struct;

public interface ISource<out T>
    where T : class
{
    event EventHandler<EventArgs>? Changed;

    IReadOnlyDictionary<string, IReadOnlyList<string?>?> Parts { get; }

    T? Find(string name, CancellationToken cancellation = default);

    bool Has(string name) => Find(name) is not null;
}

public ref struct Reader
{
    public const int Limit = 1200;

    public ReadOnlySpan<byte> Rest { get; private set; }

    public bool TryRead(scoped in Instant now, ref int at, ref readonly int end, out ReadOnlySpan<byte> value)
    {
        value = Rest[at..end];
        return now.SinceStart > TimeSpan.Zero;
    }

    public readonly int Count(params ReadOnlySpan<int> parts) => Rest.Length - parts.Length;
}

public class Options
{
    public const string Section = "Goss\"ip";

    protected Options(int size) => Size = size;

    public Options()
    {
    }

    public required string Name { get; init; }

    public int? Size { get; protected set; }

    public Delivery Delivery { get; set; } = Delivery.Datagram;

    public virtual string this[int index] => Name[index..];

    public override string ToString() => Name;

    protected internal virtual void Changed(Delivery delivery = Delivery.Stream, string? why = null, char mark = '.', double rate = 0.5) => Hidden(why);

    public (Instant At, List<string?[]>? Names)? Last<TKey>(TKey key, KeyValuePair<string, string?>? pair, Func<TKey, TKey?, string?, string> map)
        where TKey : struct, IComparable<TKey> => null;

    public T Same<T>(T value, T? other) => other ?? value;

    public ref readonly int Peek(int[] numbers) => ref numbers[0];

    internal static void Hidden(string? why) => _ = why;

    public sealed class Nested<T>
    {
        public Nested<Dictionary<string, T>>? Next { get; set; }
    }

    internal sealed class Unseen;
}

public static class OptionsExtensions
{
    public static Options Named(this Options options, string name, Action<Options>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        configure?.Invoke(options);
        return new Options { Name = name };
    }
}
