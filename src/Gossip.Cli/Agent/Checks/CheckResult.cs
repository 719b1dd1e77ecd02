using System.Text;

namespace Gossip.Cli.Agent.Checks;

/// <summary>What one run of a check found.</summary>
internal readonly record struct CheckResult
{
    /// <summary>Letters of the output that are kept: enough to see why, and bounded for thousands of checks.</summary>
    public const int MostOutput = 4096;

    /// <param name="status">What was found.</param>
    /// <param name="output">What the check said, for people; a longer one is cut.</param>
    public CheckResult(CheckStatus status, string output) =>
        (Status, Output) = (status, output.Length > MostOutput ? output[..MostOutput] : output);

    public CheckStatus Status { get; }

    public string Output { get; }

    /// <summary>The output as far as a record's reason has room for it: one line.</summary>
    public string FirstLine => Output.AsSpan().Trim() is var text && text.IndexOfAny('\r', '\n') is >= 0 and var end
        ? text[..end].ToString()
        : Output.Trim();

    /// <summary>Foreign bytes as a text in which nothing controls a terminal: control characters but line breaks become spaces.</summary>
    public static string Clean(ReadOnlySpan<byte> utf8)
    {
        var text = new StringBuilder(Encoding.UTF8.GetString(utf8));
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]) && text[i] != '\n')
                text[i] = ' ';
        }

        return text.ToString();
    }
}
