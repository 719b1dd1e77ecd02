using System.Diagnostics.CodeAnalysis;
using Gossip.Discovery;

namespace Gossip;

/// <summary>
/// A set of versions, written as comparisons that must all hold: <c>&gt;=1.2 &lt;2</c>, <c>^1.2</c> (from 1.2, below 2), <c>~1.2</c> (from
/// 1.2, below 1.3), <c>1.2</c> or <c>1.2.*</c> (all that begin with it), <c>*</c> (all), with <c>||</c> between alternatives. Versions are
/// ordered as Semantic Versioning 2.0.0 §11 says; a text that is no version is in no range.
/// </summary>
public sealed class VersionRange : IParsable<VersionRange>
{
    private readonly string _text;
    private readonly Bound[][] _alternatives;

    private VersionRange(string text, Bound[][] alternatives)
    {
        _text = text;
        _alternatives = alternatives;
    }

    /// <summary>Reads a range.</summary>
    /// <exception cref="FormatException">The text is no range; the message says what one looks like.</exception>
    public static VersionRange Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var range)
            ? range
            : throw new FormatException(
                $"'{text}' is no range of versions. Write comparisons such as '>=1.2 <2', '^1.2', '~1.2' or '1.2.*', "
                    + "with '||' between alternatives.");
    }

    /// <summary>Reads a range; false when the text is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out VersionRange? range)
    {
        range = null;
        if (string.IsNullOrWhiteSpace(text))
            return false;
        var alternatives = new List<Bound[]>();
        foreach (var alternative in text.Split("||"))
        {
            var bounds = new List<Bound>();
            foreach (var word in alternative.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (!TryRead(word, bounds))
                    return false;
            }

            if (bounds.Count == 0)
                return false;
            alternatives.Add([.. bounds]);
        }

        range = new VersionRange(text.Trim(), [.. alternatives]);
        return true;
    }

    /// <inheritdoc/>
    static VersionRange IParsable<VersionRange>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool IParsable<VersionRange>.TryParse(
        [NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out VersionRange result) =>
        TryParse(s, out result);

    /// <summary>Whether a version is in the range.</summary>
    public bool Contains(string? version)
    {
        if (!SemanticVersion.TryParse(version, out var value))
            return false;
        foreach (var bounds in _alternatives)
        {
            if (Array.TrueForAll(bounds, bound => bound.Holds(value)))
                return true;
        }

        return false;
    }

    /// <summary>The range as it was written.</summary>
    public override string ToString() => _text;

    private static bool TryRead(string word, List<Bound> bounds)
    {
        if (word is "*" or "x")
        {
            bounds.Add(new(default, OrAbove: true, OrBelow: true));
            return true;
        }

        var sign = word.Length - word.TrimStart('>', '<', '=', '^', '~').Length;
        var rest = word.AsSpan(sign);
        while (rest.EndsWith(".*") || rest.EndsWith(".x"))
            rest = rest[..^2];
        if (!SemanticVersion.TryParse(rest, out var version))
            return false;
        switch (word[..sign])
        {
            case ">=":
                bounds.Add(Bound.From(version));
                return true;
            case ">":
                bounds.Add(new(version, OrAbove: true, OrBelow: false, Itself: false));
                return true;
            case "<=":
                bounds.Add(new(version, OrAbove: false, OrBelow: true));
                return true;
            case "<":
                bounds.Add(Bound.Below(version));
                return true;
            case "=":
                bounds.Add(new(version, OrAbove: false, OrBelow: false));
                return true;
            case "^":
                bounds.AddRange([Bound.From(version), Bound.Below(version.Next(version.FirstThatCounts))]);
                return true;
            case "~":
                bounds.AddRange([Bound.From(version), Bound.Below(version.Next(Math.Min(2, version.Parts)))]);
                return true;
            case "":
                // All that begin with it, including pre-releases; with a label it is one version.
                bounds.AddRange(version.Label.Length > 0
                    ? [new(version, OrAbove: false, OrBelow: false)]
                    : [Bound.From(version.BeforeRelease), Bound.Below(version.Next(version.Parts))]);
                return true;
            default:
                return false;
        }
    }

    private readonly record struct Bound(SemanticVersion Version, bool OrAbove, bool OrBelow, bool Itself = true)
    {
        public static Bound From(SemanticVersion version) => new(version, OrAbove: true, OrBelow: false);

        /// <summary>A pre-release of a version is not below it: "&lt;2" leaves out 2.0-beta.</summary>
        public static Bound Below(SemanticVersion version) =>
            new(version.Label.Length > 0 ? version : version.BeforeRelease, OrAbove: false, OrBelow: true, Itself: false);

        public bool Holds(SemanticVersion other) => other.CompareTo(Version) switch
        {
            0 => Itself,
            > 0 => OrAbove,
            < 0 => OrBelow,
        };
    }
}
