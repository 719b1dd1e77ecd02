namespace Gossip.Cli;

/// <summary>The command <c>gossip</c>.</summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments) => Commands.CommandTable.RunAsync(arguments, Console.Out, Console.Error);
}
