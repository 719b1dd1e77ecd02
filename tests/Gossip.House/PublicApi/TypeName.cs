using System.Reflection;

namespace Gossip.House.PublicApi;

/// <summary>A type as C# writes it, without namespaces.</summary>
internal static class TypeName
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(char)] = "char",
        [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(ushort)] = "ushort", [typeof(int)] = "int",
        [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double",
        [typeof(decimal)] = "decimal", [typeof(nint)] = "nint", [typeof(nuint)] = "nuint",
    };

    public static string Of(ParameterInfo parameter) => Of(parameter.ParameterType, Annotations.Of(parameter));

    public static string Of(Type type, Annotations? notes = null)
    {
        if (type.IsByRef)
            return Of(type.GetElementType()!, notes);
        if (type.IsPointer)
            return Of(type.GetElementType()!, notes) + "*";
        if (Nullable.GetUnderlyingType(type) is { } value)
            return Of(value, notes) + "?";
        var mark = IsAnnotatable(type) && notes?.NextIsNullable() == true ? "?" : "";
        if (type.IsArray)
            return $"{Of(type.GetElementType()!, notes)}[{new string(',', type.GetArrayRank() - 1)}]{mark}";
        if (IsTuple(type))
            return Tuple(type, notes);
        return Plain(type, notes) + mark;
    }

    /// <summary>The name of a definition: with its own type parameters, their variance, and the types around it.</summary>
    public static string OfDefinition(Type type)
    {
        var inherited = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        var own = type.GetGenericArguments().Skip(inherited).Select(parameter => Variance(parameter) + parameter.Name).ToList();
        var name = WithoutArity(type.Name) + (own.Count == 0 ? "" : $"<{string.Join(", ", own)}>");
        return type.DeclaringType is { } outer ? $"{OfDefinition(outer)}.{name}" : name;
    }

    public static string WithoutArity(string name) => name.Split('`')[0];

    // The compiler notes nothing for a plain value type, nor for the Nullable around one; for a generic one it notes a zero.
    private static bool IsAnnotatable(Type type) => !type.IsValueType || type.IsGenericType || type.IsGenericParameter;

    private static bool IsTuple(Type type) =>
        type.IsGenericType && type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true && type.GetGenericArguments().Length is > 1 and < 8;

    private static string Tuple(Type type, Annotations? notes)
    {
        var elements = type.GetGenericArguments();
        var names = notes?.NextNames(elements.Length) ?? new string?[elements.Length];
        return $"({string.Join(", ", elements.Select((element, at) => Of(element, notes) + (names[at] is { } name ? " " + name : "")))})";
    }

    private static string Plain(Type type, Annotations? notes)
    {
        if (Keywords.TryGetValue(type, out var keyword))
            return keyword;
        if (type.IsGenericParameter)
            return type.Name;
        var arguments = new Queue<Type>(type.GetGenericArguments());
        return string.Join('.', Nesting(type).Select(part => Part(part, arguments, notes)));
    }

    private static string Part(Type part, Queue<Type> arguments, Annotations? notes)
    {
        var arity = part.Name.Split('`') is [_, var count] ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : 0;
        var own = Enumerable.Range(0, arity).Select(_ => Of(arguments.Dequeue(), notes)).ToList();
        return WithoutArity(part.Name) + (own.Count == 0 ? "" : $"<{string.Join(", ", own)}>");
    }

    private static IEnumerable<Type> Nesting(Type type) => type.DeclaringType is { } outer ? Nesting(outer).Append(type) : [type];

    private static string Variance(Type parameter) => (parameter.GenericParameterAttributes & GenericParameterAttributes.VarianceMask) switch
    {
        GenericParameterAttributes.Covariant => "out ",
        GenericParameterAttributes.Contravariant => "in ",
        _ => "",
    };
}
