using System.Reflection;
using System.Text;

namespace Gossip.House.PublicApi;

/// <summary>The public surface of an assembly as text that reads like C#, in an order that depends on nothing but the surface.</summary>
internal static class ApiText
{
    public static string Of(Assembly assembly) => Of(assembly.GetTypes());

    public static string Of(IEnumerable<Type> types)
    {
        var text = new StringBuilder();
        var seen = types.Where(IsSeen).GroupBy(type => type.Namespace ?? "").OrderBy(group => group.Key, StringComparer.Ordinal);
        foreach (var group in seen)
        {
            text.Append(text.Length > 0 ? "\n" : "").Append(System.Globalization.CultureInfo.InvariantCulture, $"namespace {group.Key};\n");
            foreach (var type in group.OrderBy(TypeName.OfDefinition, StringComparer.Ordinal))
                text.Append('\n').Append(Of(type));
        }
        return text.ToString();
    }

    public static string Of(Type type)
    {
        if (IsDelegate(type))
            return Delegate(type);
        var members = type.IsEnum ? EnumMembers(type) : MemberText.Of(type);
        return $"{Heading(type)}\n{{\n{string.Concat(members.Select(member => $"    {member}\n"))}}}\n";
    }

    private static bool IsSeen(Type type) => !type.Name.Contains('<', StringComparison.Ordinal)
        && (type.IsPublic || (type.DeclaringType is { } outer && IsSeen(outer)
            && (type.IsNestedPublic || ((type.IsNestedFamily || type.IsNestedFamORAssem) && !outer.IsSealed))));

    private static bool IsDelegate(Type type) => type.BaseType == typeof(MulticastDelegate);

    private static string Heading(Type type)
    {
        var bases = Bases(type).ToList();
        var inheritance = bases.Count == 0 ? "" : " : " + string.Join(", ", bases);
        return $"{Access(type)} {Kind(type)} {TypeName.OfDefinition(type)}{inheritance}{Constraints(type)}";
    }

    private static string Delegate(Type type)
    {
        var invoke = type.GetMethod("Invoke")!;
        return $"{Access(type)} delegate {Signature.Return(invoke.ReturnParameter)} {TypeName.OfDefinition(type)}({Signature.Parameters(invoke)}){Constraints(type)};\n";
    }

    private static string Access(Type type) => type.IsPublic || type.IsNestedPublic ? "public" : "protected";

    private static string Constraints(Type type) =>
        Signature.Constraints(type.GetGenericArguments().Skip(type.DeclaringType?.GetGenericArguments().Length ?? 0));

    private static string Kind(Type type)
    {
        if (type.IsEnum)
            return "enum";
        if (type.IsInterface)
            return "interface";
        if (type.IsValueType)
            return (Signature.Has(type, "IsReadOnlyAttribute") ? "readonly " : "") + (type.IsByRefLike ? "ref " : "") + (IsRecord(type) ? "record struct" : "struct");
        var modifier = type switch
        {
            { IsAbstract: true, IsSealed: true } => "static ",
            { IsAbstract: true } => "abstract ",
            { IsSealed: true } => "sealed ",
            _ => "",
        };
        return modifier + (IsRecord(type) ? "record" : "class");
    }

    private static bool IsRecord(Type type) => type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        .Any(method => type.IsValueType ? method.Name == "PrintMembers" && Signature.Has(method, "CompilerGeneratedAttribute") : method.Name == "<Clone>$");

    private static IEnumerable<string> Bases(Type type)
    {
        if (type.IsEnum)
            return Enum.GetUnderlyingType(type) is var number && number != typeof(int) ? [TypeName.Of(number)] : [];
        var inherited = type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) ? parent : null;
        var implied = type.GetInterfaces().SelectMany(one => one.GetInterfaces()).Concat(inherited?.GetInterfaces() ?? []).ToHashSet();
        var interfaces = type.GetInterfaces()
            .Where(one => !implied.Contains(one) && one.IsVisible && !(IsRecord(type) && IsEquatableToItself(one, type)))
            .Select(one => TypeName.Of(one)).Order(StringComparer.Ordinal);
        return inherited is null ? interfaces : interfaces.Prepend(TypeName.Of(inherited, Annotations.Of(type)));
    }

    private static bool IsEquatableToItself(Type one, Type type) =>
        one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IEquatable<>) && one.GetGenericArguments()[0] == type;

    private static IEnumerable<string> EnumMembers(Type type) =>
        from field in type.GetFields(BindingFlags.Public | BindingFlags.Static)
        let value = Convert.ToDecimal(field.GetRawConstantValue(), System.Globalization.CultureInfo.InvariantCulture)
        orderby value, field.Name
        select $"{field.Name} = {value},";
}
