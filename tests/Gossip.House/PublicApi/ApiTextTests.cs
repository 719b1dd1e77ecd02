using Gossip.House.PublicApi.Samples;

namespace Gossip.House.PublicApi;

public sealed class ApiTextTests
{
    [Fact]
    public void A_record_struct_shows_its_properties_and_hides_what_the_compiler_wrote() => Renders(typeof(Instant), """
        public readonly record struct Instant : IComparable<Instant>
        {
            public static readonly Instant Start;
            public Instant(TimeSpan SinceStart);
            public TimeSpan SinceStart { get; init; }
            public Instant Add(TimeSpan span);
            public int CompareTo(Instant other);
            public long ToInt64();
            public static Instant operator +(Instant left, TimeSpan right);
            public static bool operator <(Instant left, Instant right);
            public static bool operator >(Instant left, Instant right);
            public static explicit operator long(Instant instant);
        }
        """);

    [Fact]
    public void A_record_shows_nullability_and_its_heirs_their_base() => Renders(typeof(Happening), """
        public abstract record Happening
        {
            protected Happening(string Name, string? Note);
            public string Name { get; init; }
            public string? Note { get; init; }
        }
        """);

    [Fact]
    public void A_nested_record_shows_tuple_names() => Renders(typeof(Happening.Joined), """
        public sealed record Happening.Joined : Happening
        {
            public Joined(string Name, (string Host, int? Port) Address);
            public (string Host, int? Port) Address { get; init; }
        }
        """);

    [Fact]
    public void An_enum_shows_its_values_in_order() => Renders(typeof(Delivery), """
        public enum Delivery : byte
        {
            None = 0,
            Datagram = 1,
            Stream = 2,
        }
        """);

    [Fact]
    public void A_delegate_is_one_line() => Renders(typeof(Accept<>), """
        public delegate bool Accept<in T>(T value, out string? reason) where T : allows ref struct;
        """);

    [Fact]
    public void An_interface_shows_variance_constraints_and_default_bodies() => Renders(typeof(ISource<>), """
        public interface ISource<out T> where T : class
        {
            public IReadOnlyDictionary<string, IReadOnlyList<string?>?> Parts { get; }
            public event EventHandler<EventArgs>? Changed;
            public T? Find(string name, CancellationToken cancellation = default);
            public virtual bool Has(string name);
        }
        """);

    [Fact]
    public void A_ref_struct_shows_how_arguments_are_passed() => Renders(typeof(Reader), """
        public ref struct Reader
        {
            public const int Limit = 1200;
            public ReadOnlySpan<byte> Rest { get; }
            public bool TryRead(scoped in Instant now, ref int at, ref readonly int end, out ReadOnlySpan<byte> value);
            public readonly int Count(params ReadOnlySpan<int> parts);
        }
        """);

    [Fact]
    public void A_class_shows_what_heirs_and_callers_can_use() => Renders(typeof(Options), """
        public class Options
        {
            public const string Section = "Goss\"ip";
            protected Options(int size);
            public Options();
            public Delivery Delivery { get; set; }
            public int? Size { get; protected set; }
            public required string Name { get; init; }
            public virtual string this[int index] { get; }
            protected virtual void Changed(Delivery delivery = Delivery.Stream, string? why = null, char mark = '.', double rate = 0.5);
            public (Instant At, List<string?[]>? Names)? Last<TKey>(TKey key, KeyValuePair<string, string?>? pair, Func<TKey, TKey?, string?, string> map) where TKey : struct, IComparable<TKey>;
            public T Same<T>(T value, T? other);
            public override string ToString();
            public ref readonly int Peek(int[] numbers);
        }
        """);

    [Fact]
    public void A_generic_type_inside_another_shows_only_its_own_parameters() => Renders(typeof(Options.Nested<>), """
        public sealed class Options.Nested<T>
        {
            public Nested();
            public Options.Nested<Dictionary<string, T>>? Next { get; set; }
        }
        """);

    [Fact]
    public void An_extension_method_shows_its_this() => Renders(typeof(OptionsExtensions), """
        public static class OptionsExtensions
        {
            public static Options Named(this Options options, string name, Action<Options>? configure = null);
        }
        """);

    [Fact]
    public void Types_are_listed_by_namespace_and_name_and_internal_ones_are_not()
    {
        var text = ApiText.Of([typeof(Reader), typeof(Options.Unseen), typeof(ApiText), typeof(Delivery), typeof(ApiTextTests)]);
        string[] headings = [.. text.Split('\n').Where(line => line.StartsWith("namespace", StringComparison.Ordinal) || line.StartsWith("public", StringComparison.Ordinal))];
        Assert.Equal(
            [
                "namespace Gossip.House.PublicApi;", "public sealed class ApiTextTests",
                "namespace Gossip.House.PublicApi.Samples;", "public enum Delivery : byte", "public ref struct Reader",
            ],
            headings);
    }

    private static void Renders(Type type, string expected) => Assert.Equal(expected + "\n", ApiText.Of(type));
}
