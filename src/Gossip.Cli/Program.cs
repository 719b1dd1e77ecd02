using Gossip.Cli.Commands;

return await CommandTable.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
