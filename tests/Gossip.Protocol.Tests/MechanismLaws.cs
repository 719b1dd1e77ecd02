using System.Reflection;

namespace Gossip.Protocol.Tests;

/// <summary>A node is a coordinator: its mechanisms are objects over a small kernel, each with its own state.</summary>
public sealed class MechanismLaws
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Type[] Mechanisms =
        [.. typeof(Node).Assembly.GetTypes().Where(type => type.GetConstructors(Own).Any(StandsOnKernel))];

    [Fact]
    public void The_kernel_offers_at_most_ten_things() => Assert.InRange(
        typeof(Kernel).GetMembers(Own).Count(member => member is PropertyInfo or MethodInfo { IsSpecialName: false, IsPrivate: false }), 1, 10);

    [Fact]
    public void A_node_has_at_most_twenty_fields_and_changes_none_of_them()
    {
        var fields = typeof(Node).GetFields(Own);
        Assert.InRange(fields.Length, 1, 20);
        Assert.All(fields, field => Assert.True(field.IsInitOnly, field.Name));
    }

    [Fact]
    public void No_mechanism_shows_a_field_or_lets_another_set_what_it_shows()
    {
        Assert.InRange(Mechanisms.Length, 10, 30);
        Assert.All(Mechanisms.SelectMany(type => type.GetFields(Own)), field => Assert.True(field.IsPrivate, $"{field.DeclaringType}.{field.Name}"));
        Assert.All(
            Mechanisms.SelectMany(type => type.GetProperties(Own)),
            property => Assert.True(property.SetMethod is null or { IsPrivate: true }, $"{property.DeclaringType}.{property.Name}"));
    }

    private static bool StandsOnKernel(ConstructorInfo constructor) =>
        constructor.GetParameters() is [var first, ..] && first.ParameterType == typeof(Kernel);
}
