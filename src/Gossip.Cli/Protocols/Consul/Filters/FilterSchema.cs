namespace Gossip.Cli.Protocols.Consul.Filters;

/// <summary>What a field of a filtered object is.</summary>
internal enum FilterType
{
    Text,
    Number,
    Flag,
    Texts,
    TextMap,
    Object,
    Objects,
    ObjectMap,
}

/// <summary>A field of a filtered object.</summary>
/// <param name="Name">Its name, in which case counts.</param>
/// <param name="Type">What it is.</param>
/// <param name="Read">
/// Its value: a text, a long, a bool, a list or dictionary of texts, an object, a list or dictionary of objects; null for empty.
/// </param>
/// <param name="Inner">The fields of the object or objects.</param>
internal sealed record FilterField(string Name, FilterType Type, Func<object, object?> Read, FilterSchema? Inner = null);

/// <summary>The fields by which objects of one type are filtered.</summary>
internal sealed class FilterSchema(params FilterField[] fields)
{
    private readonly Dictionary<string, FilterField> _all = fields.ToDictionary(field => field.Name, StringComparer.Ordinal);

    public FilterField? Find(string name) => _all.GetValueOrDefault(name);
}
