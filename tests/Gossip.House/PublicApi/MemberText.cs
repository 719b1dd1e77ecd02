using System.Reflection;

namespace Gossip.House.PublicApi;

/// <summary>One line for each member that code outside the assembly can use.</summary>
internal static class MemberText
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<string, string> Operators = new()
    {
        ["Equality"] = "==", ["Inequality"] = "!=", ["LessThan"] = "<", ["GreaterThan"] = ">", ["LessThanOrEqual"] = "<=", ["GreaterThanOrEqual"] = ">=",
        ["Addition"] = "+", ["Subtraction"] = "-", ["Multiply"] = "*", ["Division"] = "/", ["Modulus"] = "%", ["UnaryNegation"] = "-", ["OnesComplement"] = "~",
        ["BitwiseAnd"] = "&", ["BitwiseOr"] = "|", ["ExclusiveOr"] = "^", ["LeftShift"] = "<<", ["RightShift"] = ">>", ["LogicalNot"] = "!",
    };

    /// <summary>Constants and fields, constructors, properties, events, methods and operators; each kind in the order of its text.</summary>
    public static IEnumerable<string> Of(Type type) =>
        Sorted(type.GetFields(Declared).Where(field => IsSeen(field.Attributes, type)).Select(Field))
            .Concat(Sorted(type.GetConstructors(Declared).Where(method => IsWritten(method, type)).Select(Constructor)))
            .Concat(Sorted(type.GetProperties(Declared).Where(property => IsSeen(property, type)).Select(Property)))
            .Concat(Sorted(type.GetEvents(Declared).Where(happening => IsSeen(happening.AddMethod!, type)).Select(Event)))
            .Concat(Sorted(type.GetMethods(Declared).Where(method => IsWritten(method, type)).Select(Method)));

    private static IEnumerable<string> Sorted(IEnumerable<string> lines) => lines.Order(StringComparer.Ordinal);

    private static bool IsSeen(FieldAttributes field, Type type) => !field.HasFlag(FieldAttributes.SpecialName) && (field & FieldAttributes.FieldAccessMask) switch
    {
        FieldAttributes.Public => true,
        FieldAttributes.Family or FieldAttributes.FamORAssem => !type.IsSealed,
        _ => false,
    };

    private static bool IsSeen(MethodBase method, Type type) => (method.Attributes & MethodAttributes.MemberAccessMask) switch
    {
        MethodAttributes.Public => true,
        MethodAttributes.Family or MethodAttributes.FamORAssem => !type.IsSealed,
        _ => false,
    };

    private static bool IsSeen(PropertyInfo property, Type type) =>
        property.GetAccessors(true).Any(accessor => IsSeen(accessor, type))
        && !(property.Name == "EqualityContract" && Signature.Has(property.GetMethod!, "CompilerGeneratedAttribute"));

    // What the compiler wrote for a record (equality, printing, cloning, deconstruction) follows from the record's line and its properties.
    private static bool IsWritten(MethodBase method, Type type) =>
        IsSeen(method, type)
        && !Signature.Has(method, "CompilerGeneratedAttribute")
        && (!method.IsSpecialName || method is ConstructorInfo { IsStatic: false } || method.Name.StartsWith("op_", StringComparison.Ordinal))
        && method.Name != "Finalize";

    private static string Field(FieldInfo field)
    {
        var type = TypeName.Of(field.FieldType, Annotations.Of(field));
        if (field.IsLiteral)
            return $"{Access(field.IsPublic)} const {type} {field.Name} = {Signature.Value(field.GetRawConstantValue(), field.FieldType)};";
        return $"{Access(field.IsPublic)} {(field.IsStatic ? "static " : "")}{Required(field)}{(field.IsInitOnly ? "readonly " : "")}{type} {field.Name};";
    }

    private static string Constructor(ConstructorInfo constructor) =>
        $"{Access(constructor.IsPublic)} {TypeName.WithoutArity(constructor.DeclaringType!.Name)}({Signature.Parameters(constructor)});";

    private static string Property(PropertyInfo property)
    {
        var seen = property.GetAccessors(true).Where(accessor => IsSeen(accessor, property.DeclaringType!)).ToList();
        var widest = seen.FirstOrDefault(accessor => accessor.IsPublic) ?? seen[0];
        var index = property.GetIndexParameters();
        var name = index.Length == 0 ? property.Name : $"this[{Signature.Parameters(index)}]";
        var result = property.GetMethod?.ReturnParameter is { ParameterType.IsByRef: true } reference
            ? Signature.Return(reference)
            : TypeName.Of(property.PropertyType, Annotations.Of(property));
        var accessors = string.Concat(new[] { property.GetMethod, property.SetMethod }.Where(accessor => accessor is not null && seen.Contains(accessor))
            .Select(accessor => Narrower(accessor!, widest) + Verb(accessor!) + "; "));
        return $"{Modifiers(widest)}{Required(property)}{result} {name} {{ {accessors}}}";

        string Verb(MethodInfo accessor) => accessor == property.GetMethod ? "get" : IsInit(accessor) ? "init" : "set";
    }

    private static string Event(EventInfo happening) =>
        $"{Modifiers(happening.AddMethod!)}event {TypeName.Of(happening.EventHandlerType!, Annotations.Of(happening))} {happening.Name};";

    private static string Method(MethodInfo method)
    {
        var readOnly = !method.IsStatic && Signature.Has(method, "IsReadOnlyAttribute") && !Signature.Has(method.DeclaringType!, "IsReadOnlyAttribute");
        var constraints = Signature.Constraints(method.IsGenericMethod ? method.GetGenericArguments() : []);
        return $"{Modifiers(method)}{(readOnly ? "readonly " : "")}{Named(method)}({Signature.Parameters(method)}){constraints};";
    }

    private static string Named(MethodInfo method)
    {
        var result = Signature.Return(method.ReturnParameter);
        return method.Name switch
        {
            _ when !method.IsSpecialName => $"{result} {method.Name}{Signature.TypeParameters(method)}",
            "op_Implicit" => $"implicit operator {result}",
            "op_Explicit" => $"explicit operator {result}",
            _ => $"{result} operator {Operators.GetValueOrDefault(method.Name["op_".Length..], method.Name)}",
        };
    }

    private static string Modifiers(MethodInfo method)
    {
        var access = Access(method.IsPublic) + (method.IsStatic ? " static" : "");
        if (method.DeclaringType!.IsInterface)
            return access + (method.IsStatic ? method.IsAbstract ? " abstract " : " " : method.IsAbstract ? " " : " virtual ");
        if (method.IsVirtual && method.GetBaseDefinition() != method)
            return access + (method.IsFinal ? " sealed override " : " override ");
        return access + (method.IsAbstract ? " abstract " : method is { IsVirtual: true, IsFinal: false } ? " virtual " : " ");
    }

    private static string Access(bool isPublic) => isPublic ? "public" : "protected";

    private static string Narrower(MethodInfo accessor, MethodInfo widest) => accessor.IsPublic == widest.IsPublic ? "" : "protected ";

    private static string Required(MemberInfo member) => Signature.Has(member, "RequiredMemberAttribute") ? "required " : "";

    private static bool IsInit(MethodInfo setter) =>
        setter.ReturnParameter.GetRequiredCustomModifiers().Any(modifier => modifier.Name == "IsExternalInit");
}
