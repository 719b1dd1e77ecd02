using System.Globalization;
using System.Text;

namespace Gossip.Cli.Protocols.Consul.Filters;

/// <summary>What a piece of a filter is.</summary>
internal enum FilterKind
{
    Word,
    Number,
    Text,
    Equal,
    NotEqual,
    Open,
    Close,
    Dot,
    OpenKey,
    CloseKey,
    End,
}

/// <summary>A piece of a filter.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">What it says, without quotation marks.</param>
/// <param name="At">Where it begins, in letters from the start.</param>
internal readonly record struct FilterToken(FilterKind Kind, string Text, int At);

/// <summary>Cuts a filter into its pieces: words, whole or decimal numbers, texts in quotation marks or backticks, and signs.</summary>
internal static class FilterLexer
{
    /// <returns>The pieces, the end among them; empty where there is a problem.</returns>
    public static IReadOnlyList<FilterToken> Read(string text, out string? problem)
    {
        var tokens = new List<FilterToken>();
        problem = null;
        for (var at = 0; at < text.Length;)
        {
            if (text[at] is ' ' or '\t' or '\r' or '\n')
            {
                at++;
                continue;
            }

            var token = ReadOne(text, at, out var length, out problem);
            if (problem is not null)
            {
                problem = string.Create(CultureInfo.InvariantCulture, $"1:{at + 1} ({at}): {problem}");
                return [];
            }

            tokens.Add(token);
            at += length;
        }

        tokens.Add(new(FilterKind.End, "", text.Length));
        return tokens;
    }

    private static FilterToken ReadOne(string text, int at, out int length, out string? problem)
    {
        problem = null;
        length = 1;
        switch (text[at])
        {
            case '(':
                return new(FilterKind.Open, "(", at);
            case ')':
                return new(FilterKind.Close, ")", at);
            case '.':
                return new(FilterKind.Dot, ".", at);
            case '[':
                return new(FilterKind.OpenKey, "[", at);
            case ']':
                return new(FilterKind.CloseKey, "]", at);
            case '=' or '!' when at + 1 < text.Length && text[at + 1] == '=':
                length = 2;
                return new(text[at] == '=' ? FilterKind.Equal : FilterKind.NotEqual, text[at..(at + 2)], at);
            case '"' or '`':
                return ReadText(text, at, out length, out problem);
            case '-' or (>= '0' and <= '9'):
                return ReadNumber(text, at, out length, out problem);
            case var letter when char.IsAsciiLetter(letter):
                length = LengthWhile(text, at, one => char.IsAsciiLetterOrDigit(one) || one == '_');
                return new(FilterKind.Word, text.Substring(at, length), at);
            default:
                problem = "no match found, expected a selector, a value, an operator or a parenthesis";
                return default;
        }
    }

    /// <summary>Within quotation marks a backslash takes the meaning from the letter behind it; within backticks there is none.</summary>
    private static FilterToken ReadText(string text, int at, out int length, out string? problem)
    {
        var said = new StringBuilder();
        var quote = text[at];
        problem = null;
        for (var i = at + 1; i < text.Length; i++)
        {
            if (text[i] == quote)
            {
                length = i + 1 - at;
                return new(FilterKind.Text, said.ToString(), at);
            }

            if (text[i] == '\\' && quote == '"' && i + 1 < text.Length)
                said.Append(Unescaped(text[++i]));
            else
                said.Append(text[i]);
        }

        length = 0;
        problem = "rule \"string\": Unterminated string literal";
        return default;
    }

    private static string Unescaped(char letter) => letter switch
    {
        'n' => "\n",
        't' => "\t",
        'r' => "\r",
        '"' or '\\' => letter.ToString(),
        _ => $"\\{letter}",
    };

    private static FilterToken ReadNumber(string text, int at, out int length, out string? problem)
    {
        var end = at + (text[at] == '-' ? 1 : 0);
        end += LengthWhile(text, end, char.IsAsciiDigit);
        if (end + 1 < text.Length && text[end] == '.' && char.IsAsciiDigit(text[end + 1]))
            end += 1 + LengthWhile(text, end + 1, char.IsAsciiDigit);
        length = end - at;
        var digits = text.AsSpan(at, length).TrimStart('-');
        var isGood = digits.Length > 0 && (digits.Length == 1 || digits[0] != '0' || digits[1] == '.')
            && (end == text.Length || text[end] is ' ' or '\t' or '\r' or '\n' or ')');
        problem = isGood ? null : "rule \"number\": Invalid number literal";
        return new(FilterKind.Number, text.Substring(at, length), at);
    }

    private static int LengthWhile(string text, int at, Func<char, bool> holds)
    {
        var end = at;
        while (end < text.Length && holds(text[end]))
            end++;
        return end - at;
    }
}
