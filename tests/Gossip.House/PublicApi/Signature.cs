using System.Globalization;
using System.Reflection;

namespace Gossip.House.PublicApi;

/// <summary>Parameters, their defaults, and the constraints of type parameters.</summary>
internal static class Signature
{
    private const GenericParameterAttributes AllowsRefStruct = (GenericParameterAttributes)0x20;

    public static string Parameters(MethodBase method) => Parameters(method.GetParameters(), Has(method, "ExtensionAttribute"));

    public static string Parameters(IReadOnlyList<ParameterInfo> parameters, bool extends = false) =>
        string.Join(", ", parameters.Select(parameter => (extends && parameter.Position == 0 ? "this " : "") + Parameter(parameter)));

    public static string Return(ParameterInfo result) =>
        (!result.ParameterType.IsByRef ? "" : Has(result, "IsReadOnlyAttribute") ? "ref readonly " : "ref ") + TypeName.Of(result);

    public static string TypeParameters(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(type => type.Name))}>" : "";

    public static string Constraints(IEnumerable<Type> parameters) => string.Concat(
        from parameter in parameters
        let constraints = Constraints(parameter)
        where constraints.Count > 0
        select $" where {parameter.Name} : {string.Join(", ", constraints)}");

    public static string Value(object? value, Type type)
    {
        var enumeration = Nullable.GetUnderlyingType(type) ?? type;
        if (value is not null && enumeration.IsEnum)
            return Enum.GetName(enumeration, value) is { } name
                ? $"{TypeName.Of(enumeration)}.{name}"
                : $"({TypeName.Of(enumeration)}){Convert.ToString(value, CultureInfo.InvariantCulture)}";
        return value switch
        {
            null => type.IsValueType && Nullable.GetUnderlyingType(type) is null ? "default" : "null",
            true => "true",
            false => "false",
            string text => $"\"{text.Replace("\\", @"\\").Replace("\"", "\\\"").Replace("\n", "\\n").Replace("\r", "\\r")}\"",
            char letter => char.IsControl(letter) ? $"'\\u{(int)letter:x4}'" : $"'{letter}'",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }

    /// <summary>Whether the compiler put this mark of its own on it.</summary>
    public static bool Has(ICustomAttributeProvider element, string attribute)
    {
        var attributes = element switch
        {
            MemberInfo member => member.GetCustomAttributesData(),
            ParameterInfo parameter => parameter.GetCustomAttributesData(),
            _ => [],
        };
        return attributes.Any(found => found.AttributeType.Namespace!.StartsWith("System", StringComparison.Ordinal) && found.AttributeType.Name == attribute);
    }

    private static string Parameter(ParameterInfo parameter)
    {
        var value = parameter.HasDefaultValue ? " = " + Value(parameter.RawDefaultValue, parameter.ParameterType) : "";
        return $"{Passing(parameter)}{TypeName.Of(parameter)} {parameter.Name}{value}";
    }

    private static string Passing(ParameterInfo parameter)
    {
        if (Has(parameter, "ParamArrayAttribute") || Has(parameter, "ParamCollectionAttribute"))
            return "params ";
        var scoped = Has(parameter, "ScopedRefAttribute") ? "scoped " : "";
        if (!parameter.ParameterType.IsByRef)
            return scoped;
        return scoped + (parameter.IsOut ? "out " : Has(parameter, "RequiresLocationAttribute") ? "ref readonly " : parameter.IsIn ? "in " : "ref ");
    }

    private static List<string> Constraints(Type parameter)
    {
        var flags = parameter.GenericParameterAttributes;
        var value = flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        var unmanaged = Has(parameter, "IsUnmanagedAttribute");
        List<string> constraints = [];
        if (flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            constraints.Add(Annotations.Of(parameter).NextIsNullable() ? "class?" : "class");
        if (value)
            constraints.Add(unmanaged ? "unmanaged" : "struct");
        constraints.AddRange(parameter.GetGenericParameterConstraints().Where(type => type != typeof(ValueType))
            .Select(type => TypeName.Of(type)).Order(StringComparer.Ordinal));
        if (flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !value)
            constraints.Add("new()");
        if (flags.HasFlag(AllowsRefStruct))
            constraints.Add("allows ref struct");
        return constraints;
    }
}
