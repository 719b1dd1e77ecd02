using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Gossip.House;

/// <summary>A body of code and its length in lines, from its signature to its end; attributes and doc comments do not count.</summary>
internal sealed record Measured(string Where, string Name, int Lines)
{
    public static IEnumerable<Measured> In(SourceFile file) =>
        file.Syntax.DescendantNodes().Where(IsBody).Select(node => Measure(file, node)).Concat(TopLevel(file));

    private static bool IsBody(SyntaxNode node) => node
        is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax
        or PropertyDeclarationSyntax { ExpressionBody: not null } or IndexerDeclarationSyntax { ExpressionBody: not null };

    private static Measured Measure(SourceFile file, SyntaxNode node) =>
        new(file.At(FirstToken(node)), Describe(node), Span(FirstToken(node), node.GetLastToken()));

    private static IEnumerable<Measured> TopLevel(SourceFile file)
    {
        var statements = file.Syntax.ChildNodes().OfType<GlobalStatementSyntax>().ToList();
        if (statements.Count > 0)
            yield return new(file.At(statements[0]), "top-level statements", Span(statements[0].GetFirstToken(), statements[^1].GetLastToken()));
    }

    private static int Span(SyntaxToken first, SyntaxToken last) =>
        last.GetLocation().GetLineSpan().EndLinePosition.Line - first.GetLocation().GetLineSpan().StartLinePosition.Line + 1;

    private static SyntaxToken FirstToken(SyntaxNode node) =>
        node.ChildNodesAndTokens().First(child => !child.IsKind(SyntaxKind.AttributeList)) is var child && child.IsToken
            ? child.AsToken()
            : child.AsNode()!.GetFirstToken();

    private static string Describe(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text + " constructor",
        LocalFunctionStatementSyntax local => "local function " + local.Identifier.Text,
        PropertyDeclarationSyntax property => property.Identifier.Text,
        AccessorDeclarationSyntax accessor => accessor.Keyword.Text + " of " + PropertyOf(accessor),
        AnonymousFunctionExpressionSyntax lambda => "lambda in " + Enclosing(lambda),
        _ => node.Kind().ToString(),
    };

    private static string PropertyOf(AccessorDeclarationSyntax accessor) => accessor.Parent?.Parent switch
    {
        PropertyDeclarationSyntax property => property.Identifier.Text,
        EventDeclarationSyntax happening => happening.Identifier.Text,
        _ => "indexer",
    };

    private static string Enclosing(SyntaxNode lambda) =>
        lambda.Ancestors().OfType<MemberDeclarationSyntax>().FirstOrDefault() is { } member and not GlobalStatementSyntax ? Describe(member) : "top level";
}
