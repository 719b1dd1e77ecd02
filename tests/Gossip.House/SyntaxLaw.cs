using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Gossip.House;

/// <summary>Laws that are seen in the shape of the code, so a word in a comment or a string breaks none of them.</summary>
internal static class SyntaxLaw
{
    private static readonly HashSet<string> LockTypes =
        ["Monitor", "SemaphoreSlim", "Semaphore", "Lock", "Mutex", "ReaderWriterLock", "ReaderWriterLockSlim", "SpinLock"];

    private static readonly HashSet<string> Clocks =
        ["GetElapsedTime", "GetTimestamp", "Stopwatch", "ElapsedMilliseconds", "ElapsedTicks", "UtcNow", "GetUtcNow"];

    private static readonly HashSet<string> AvoidedWords =
        ["Manager", "Helper", "Helpers", "Handler", "Processor", "Context", "Info", "Util", "Utils", "Utilities"];

    // A word that a framework dictates is allowed when the framework's own base type is there to see.
    private static readonly Dictionary<string, string[]> DictatedBases = new()
    {
        ["Handler"] = ["DelegatingHandler", "HttpMessageHandler", "IAuthorizationHandler"],
        ["Context"] = ["JsonSerializerContext"],
    };

    /// <summary>What the field calls so, such as gRPC what is known of a call.</summary>
    private static readonly HashSet<string> NamesOfTheField = ["CallContext"];

    public static IEnumerable<string> Locks(SourceFile file) =>
        file.Syntax.DescendantNodes().Where(IsLock).Select(node => $"{file.At(node)}: {FirstLine(node)}");

    public static IEnumerable<string> Asynchrony(SourceFile file) =>
        file.Syntax.DescendantTokens().Where(token => token.IsKind(SyntaxKind.AsyncKeyword) || token.IsKind(SyntaxKind.AwaitKeyword))
            .Select(token => $"{file.At(token)}: {token.Text}");

    public static IEnumerable<string> Sleeps(SourceFile file) =>
        from access in file.Syntax.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
        let owner = LastName(access.Expression)
        let verb = access.Name.Identifier.Text
        where (owner, verb) is ("Task", "Delay") or ("Thread", "Sleep") or ("Thread", "SpinWait")
        select $"{file.At(access)}: {owner}.{verb}";

    /// <summary>Assertions that read the machine's clock: on a busy machine they say nothing about the code.</summary>
    public static IEnumerable<string> ClockAssertions(SourceFile file) =>
        from call in file.Syntax.DescendantNodes().OfType<InvocationExpressionSyntax>()
        where call.Expression is MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "Assert" } }
        let clock = call.ArgumentList.DescendantNodes().OfType<IdentifierNameSyntax>().FirstOrDefault(name => Clocks.Contains(name.Identifier.Text))
        where clock is not null
        select $"{file.At(clock)}: {FirstLine(call)}";

    public static IEnumerable<(string Id, string At)> LogMessageIds(SourceFile file) =>
        from attribute in file.Syntax.DescendantNodes().OfType<AttributeSyntax>()
        where LastName(attribute.Name) == "LoggerMessage" && attribute.ArgumentList is not null
        let id = attribute.ArgumentList!.Arguments[0]
        select (id.ToString(), file.At(id));

    public static IEnumerable<string> AvoidedTypeNames(SourceFile file) =>
        from type in file.Syntax.DescendantNodes().OfType<MemberDeclarationSyntax>()
        let name = DeclaredTypeName(type)
        where name.Text is { Length: > 0 } && !NamesOfTheField.Contains(name.Text)
        from word in Words(name.Text)
        where AvoidedWords.Contains(word) && !IsDictated(word, type)
        select $"{file.At(name)}: {name.Text} says '{word}'";

    /// <summary>What a declaration calls the type that it declares; without text if it declares none.</summary>
    public static SyntaxToken DeclaredTypeName(MemberDeclarationSyntax declaration) => declaration switch
    {
        BaseTypeDeclarationSyntax declared => declared.Identifier,
        DelegateDeclarationSyntax declared => declared.Identifier,
        _ => default,
    };

    private static bool IsLock(SyntaxNode node) =>
        node is LockStatementSyntax
        || (node is IdentifierNameSyntax name && LockTypes.Contains(name.Identifier.Text))
        || (node is MemberAccessExpressionSyntax { Name.Identifier.Text: "Synchronized" } access && LastName(access.Expression) == "MethodImplOptions");

    private static bool IsDictated(string word, MemberDeclarationSyntax type) =>
        DictatedBases.TryGetValue(word, out var bases)
        && type is BaseTypeDeclarationSyntax { BaseList: { } list }
        && list.Types.Any(known => bases.Contains(LastName(known.Type)));

    private static string LastName(SyntaxNode node) => node switch
    {
        SimpleNameSyntax name => name.Identifier.Text,
        QualifiedNameSyntax name => name.Right.Identifier.Text,
        MemberAccessExpressionSyntax access => access.Name.Identifier.Text,
        _ => "",
    };

    private static IEnumerable<string> Words(string name)
    {
        var start = 0;
        for (var at = 1; at <= name.Length; at++)
            if (at == name.Length || char.IsUpper(name[at]))
            {
                yield return name[start..at];
                start = at;
            }
    }

    private static string FirstLine(SyntaxNode node) => node.ToString().Split('\n')[0].Trim();
}
