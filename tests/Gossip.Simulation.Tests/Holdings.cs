using System.Collections;
using System.Reflection;
using Gossip.Protocol;

namespace Gossip.Simulation.Tests;

/// <summary>
/// How many things are in each collection that a node holds, however deep, by the field that has it. No mechanism lists its own, so none
/// is forgotten, and a new one is counted as soon as there is one.
/// </summary>
internal sealed class Holdings
{
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Stands behind a place where plain values lie, most of them bytes of a message.</summary>
    public const string Bytes = " bytes";

    private static readonly Dictionary<Type, FieldInfo[]> Known = [];

    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);

    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>Adds what one node holds.</summary>
    public void Add(Node node)
    {
        _seen.Clear();
        LookInto(node);
    }

    /// <summary>Values of the runtime's own types hold nothing of the protocol's, except collections and the pairs in them.</summary>
    private static bool IsLookedInto(Type type) =>
        type.Assembly == typeof(Node).Assembly || (type.IsGenericType && type.FullName!.StartsWith("System.Collections.Generic.KeyValuePair", StringComparison.Ordinal));

    private static FieldInfo[] FieldsOf(Type type)
    {
        if (Known.TryGetValue(type, out var fields))
            return fields;
        Known[type] = [];
        return Known[type] = [.. Lineage(type).SelectMany(one => one.GetFields(Fields)).Where(field => CanHold(field.FieldType))];
    }

    /// <summary>What was written: the compiler makes a field of a property, or of a parameter, and puts its name into brackets.</summary>
    private static string NameOf(FieldInfo field) => field.Name.Split('<', '>') is [_, var written, _] ? written : field.Name;

    private static IEnumerable<Type> Lineage(Type? type)
    {
        for (; type is not null && IsLookedInto(type); type = type.BaseType)
            yield return type;
    }

    private static bool CanHold(Type type) =>
        !type.IsPrimitive && !type.IsEnum && !type.IsPointer && !type.IsByRefLike && type != typeof(string)
        && (!type.IsValueType || (IsLookedInto(type) && FieldsOf(type).Length > 0));

    private void LookInto(object holder)
    {
        if (!holder.GetType().IsValueType && !_seen.Add(holder))
            return;
        foreach (var field in FieldsOf(holder.GetType()))
        {
            if (field.GetValue(holder) is not { } held)
                continue;
            if (held is IEnumerable things and not string)
                Count($"{field.DeclaringType!.Name}.{NameOf(field)}", things);
            else if (IsLookedInto(held.GetType()))
                LookInto(held);
        }
    }

    private void Count(string place, IEnumerable things)
    {
        if (!_seen.Add(things))
            return;
        if (things is Array array && !CanHold(array.GetType().GetElementType()!))
        {
            Note(place + Bytes, array.Length);
            return;
        }

        var count = 0;
        foreach (var thing in things)
        {
            count++;
            if (thing is IEnumerable inner and not string)
                Count(place + "[]", inner);
            else if (thing is not null && IsLookedInto(thing.GetType()) && CanHold(thing.GetType()))
                LookInto(thing);
        }

        Note(place, count);
    }

    private void Note(string place, long count) => _counts[place] = _counts.GetValueOrDefault(place) + count;
}
