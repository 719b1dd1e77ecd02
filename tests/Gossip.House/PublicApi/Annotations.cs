using System.Reflection;

namespace Gossip.House.PublicApi;

/// <summary>
/// What the compiler notes beside a signature and reflection does not show: nullability and tuple names, each a list in the order in which
/// the parts of the type are written. One reader is consumed by one rendering.
/// </summary>
internal sealed class Annotations
{
    private const byte Annotated = 2;

    private readonly byte[] _nullability;
    private readonly string?[] _tupleNames;
    private readonly byte _default;
    private int _atNullability;
    private int _atTupleName;

    private Annotations(IEnumerable<CustomAttributeData> attributes, byte inherited)
    {
        var own = attributes.ToList();
        var note = Argument(own, "System.Runtime.CompilerServices.NullableAttribute");
        _default = note is byte all ? all : inherited;
        _nullability = note is IEnumerable<CustomAttributeTypedArgument> list ? [.. list.Select(item => (byte)item.Value!)] : [];
        _tupleNames = Argument(own, "System.Runtime.CompilerServices.TupleElementNamesAttribute") is IEnumerable<CustomAttributeTypedArgument> names
            ? [.. names.Select(name => (string?)name.Value)]
            : [];
    }

    public static Annotations Of(ParameterInfo parameter) => new(parameter.GetCustomAttributesData(), Inherited(parameter.Member));

    public static Annotations Of(MemberInfo member) => new(member.GetCustomAttributesData(), Inherited(member));

    /// <summary>Takes the note of the next part of the type: whether a '?' stands behind it.</summary>
    public bool NextIsNullable() => (_atNullability < _nullability.Length ? _nullability[_atNullability++] : _default) == Annotated;

    /// <summary>Takes as many names as a tuple has elements.</summary>
    public IReadOnlyList<string?> NextNames(int count)
    {
        var names = Enumerable.Range(_atTupleName, count).Select(at => at < _tupleNames.Length ? _tupleNames[at] : null).ToList();
        _atTupleName += count;
        return names;
    }

    private static byte Inherited(MemberInfo? member)
    {
        for (; member is not null; member = member.DeclaringType)
            if (Argument(member.GetCustomAttributesData(), "System.Runtime.CompilerServices.NullableContextAttribute") is byte context)
                return context;
        return 0;
    }

    private static object? Argument(IEnumerable<CustomAttributeData> attributes, string name) =>
        attributes.FirstOrDefault(attribute => attribute.AttributeType.FullName == name)?.ConstructorArguments is [var only] ? only.Value : null;
}
