using System.Globalization;

namespace Gossip.Cli.Protocols.Consul.Filters;

/// <summary>
/// Reads the common part of Consul's filter language, which is that of go-bexpr. <c>and</c> binds closer than <c>or</c>, <c>not</c> closer
/// than both; the words are small.
/// <code>
/// or      := and ( "or" and )*
/// and     := not ( "and" not )*
/// not     := "not" not | "(" or ")" | match
/// match   := selector ( "==" | "!=" | "contains" | "not contains" | "matches" | "not matches" ) value
///          | selector ( "is empty" | "is not empty" ) | value ( "in" | "not in" ) selector
/// selector:= word ( "." word | "[" text "]" )*           value := text | number | selector
/// </code>
/// </summary>
internal sealed class FilterParser
{
    /// <summary>Letters of a filter, and comparisons within it: more is written by a program, to cost time.</summary>
    public const int MostLetters = 8 * 1024;

    private const int MostComparisons = 256;
    private const int MostDepth = 64;

    private readonly IReadOnlyList<FilterToken> _tokens;
    private readonly FilterSchema _schema;
    private int _at;
    private int _comparisons;
    private string? _problem;

    private FilterParser(IReadOnlyList<FilterToken> tokens, FilterSchema schema) => (_tokens, _schema) = (tokens, schema);

    private FilterToken Next => _tokens[_at];

    /// <summary>Reads a filter.</summary>
    /// <returns>Whether an object passes it; null where there is a problem.</returns>
    public static Func<object, bool>? Read(string text, FilterSchema schema, out string? problem)
    {
        if (text.Length > MostLetters)
        {
            problem = string.Create(CultureInfo.InvariantCulture, $"the filter has {text.Length} letters; it may have {MostLetters}");
            return null;
        }

        var tokens = FilterLexer.Read(text, out problem);
        if (problem is not null)
            return null;
        var parser = new FilterParser(tokens, schema);
        var filter = parser.ReadOr(0);
        if (parser._problem is null && parser.Next.Kind != FilterKind.End)
            parser.Expected("\"and\", \"or\", [ \\t\\r\\n] or EOF");
        problem = parser._problem;
        return problem is null ? filter : null;
    }

    private Func<object, bool> ReadOr(int depth)
    {
        var left = ReadAnd(depth);
        while (_problem is null && TakeWord("or"))
        {
            var (one, other) = (left, ReadAnd(depth));
            left = item => one(item) || other(item);
        }

        return left;
    }

    private Func<object, bool> ReadAnd(int depth)
    {
        var left = ReadNot(depth);
        while (_problem is null && TakeWord("and"))
        {
            var (one, other) = (left, ReadNot(depth));
            left = item => one(item) && other(item);
        }

        return left;
    }

    private Func<object, bool> ReadNot(int depth)
    {
        if (depth > MostDepth)
            return Fail(string.Create(CultureInfo.InvariantCulture, $"the filter is nested deeper than {MostDepth}"));
        if (IsWord("not") && !IsOperator(_tokens[_at + 1].Kind))
        {
            _at++;
            var inner = ReadNot(depth + 1);
            return item => !inner(item);
        }

        if (Next.Kind != FilterKind.Open)
            return ReadMatch();
        _at++;
        var whole = ReadOr(depth + 1);
        if (_problem is null && Next.Kind != FilterKind.Close)
            return Fail(At("rule \"grouping\": Unmatched parentheses"));
        _at++;
        return whole;
    }

    private Func<object, bool> ReadMatch()
    {
        if (++_comparisons > MostComparisons)
            return Fail(string.Create(CultureInfo.InvariantCulture, $"the filter has more than {MostComparisons} comparisons"));
        if (Next.Kind is FilterKind.Text or FilterKind.Number)
        {
            var value = Take().Text;
            if (ReadIn() is not { } one)
                return Expected("\"in\", \"not\" or [ \\t\\r\\n]");
            return ReadSelector() is { } list ? Compare(list, one, value) : Never;
        }

        if (ReadSelector() is not { } selector)
            return Never;
        if (ReadIn() is { } isIn)
            return ReadSelector() is { } path ? Compare(path, isIn, string.Join('.', selector)) : Never;
        if (ReadOperator() is not { } found)
            return Expected("\"!=\", \"==\", \"contains\", \"in\", \"is\", \"matches\" or \"not\"");
        if (found is FilterOperator.IsEmpty or FilterOperator.IsNotEmpty)
            return Compare(selector, found, "");
        return ReadValue() is { } text ? Compare(selector, found, text) : Never;
    }

    private FilterOperator? ReadIn()
    {
        if (TakeWord("in"))
            return FilterOperator.In;
        if (!IsWord("not") || _tokens[_at + 1] is not { Kind: FilterKind.Word, Text: "in" })
            return null;
        _at += 2;
        return FilterOperator.NotIn;
    }

    private FilterOperator? ReadOperator()
    {
        if (Next.Kind is FilterKind.Equal or FilterKind.NotEqual)
            return Take().Kind == FilterKind.Equal ? FilterOperator.Equal : FilterOperator.NotEqual;
        if (TakeWord("is"))
            return TakeWord("not")
                ? TakeWord("empty") ? FilterOperator.IsNotEmpty : null
                : TakeWord("empty") ? FilterOperator.IsEmpty : null;
        var isNot = TakeWord("not");
        if (TakeWord("contains"))
            return isNot ? FilterOperator.NotIn : FilterOperator.In;
        return TakeWord("matches") ? isNot ? FilterOperator.NotMatches : FilterOperator.Matches : null;
    }

    private List<string>? ReadSelector()
    {
        if (Next.Kind != FilterKind.Word)
        {
            Expected("\"(\", \"-\", \"0\", \"\\\"\", \"`\", \"not\", [1-9] or [a-zA-Z]");
            return null;
        }

        var path = new List<string> { Take().Text };
        while (Next.Kind is FilterKind.Dot or FilterKind.OpenKey)
        {
            var isKey = Take().Kind == FilterKind.OpenKey;
            if (Next.Kind != (isKey ? FilterKind.Text : FilterKind.Word))
            {
                Expected(isKey ? "a key in quotation marks" : "[a-zA-Z]");
                return null;
            }

            path.Add(Take().Text);
            if (!isKey)
                continue;
            if (Next.Kind != FilterKind.CloseKey)
            {
                Expected("\"]\"");
                return null;
            }

            _at++;
        }

        return path;
    }

    private string? ReadValue()
    {
        if (Next.Kind is FilterKind.Text or FilterKind.Number)
            return Take().Text;
        if (Next.Kind == FilterKind.Word)
            return ReadSelector() is { } path ? string.Join('.', path) : null;
        Expected("\"-\", \"0\", \"\\\"\", \"`\", [ \\t\\r\\n], [1-9] or [a-zA-Z]");
        return null;
    }

    private Func<object, bool> Compare(List<string> path, FilterOperator one, string value)
    {
        var filter = FilterComparison.Of(_schema, path, one, value, out var problem);
        return filter ?? Fail(problem!);
    }

    private FilterToken Take() => _tokens[_at++];

    private bool IsWord(string word) => Next.Kind == FilterKind.Word && Next.Text == word;

    private bool TakeWord(string word)
    {
        if (!IsWord(word))
            return false;
        _at++;
        return true;
    }

    private static bool IsOperator(FilterKind kind) =>
        kind is FilterKind.Equal or FilterKind.NotEqual or FilterKind.Dot or FilterKind.OpenKey;

    private Func<object, bool> Expected(string what) => Fail(At($"no match found, expected: {what}"));

    private string At(string problem) => string.Create(CultureInfo.InvariantCulture, $"1:{Next.At + 1} ({Next.At}): {problem}");

    private Func<object, bool> Fail(string problem)
    {
        _problem ??= problem;
        return Never;
    }

    private static bool Never(object item) => false;
}
