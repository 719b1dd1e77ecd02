using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Gossip.Benchmarks;

/// <summary>Options that are numbers within bounds; a mistake is told with the bounds.</summary>
internal static class Number
{
    public static Option<int> Whole(string name, int standard, int least, int most, string description) =>
        Within(name, standard, least, most, description, "a whole number", NumberStyles.None);

    public static Option<double> Real(string name, double standard, double least, double most, string description) =>
        Within(name, standard, least, most, description, "a number", NumberStyles.Float);

    private static Option<T> Within<T>(string name, T standard, T least, T most, string description, string kind, NumberStyles styles)
        where T : INumber<T> => new(name)
        {
            Description = string.Create(CultureInfo.InvariantCulture, $"{description} ({least} to {most})"),
            DefaultValueFactory = _ => standard,
            CustomParser = argument => Parse(argument, name, least, most, kind, styles),
        };

    private static T Parse<T>(ArgumentResult argument, string name, T least, T most, string kind, NumberStyles styles)
        where T : INumber<T>
    {
        var text = argument.Tokens[0].Value;
        if (T.TryParse(text, styles, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        argument.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is '{text}': give {kind} from {least} to {most}."));
        return T.Zero;
    }
}
