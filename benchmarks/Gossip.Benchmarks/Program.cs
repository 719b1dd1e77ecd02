using Gossip.Benchmarks;

return await Harness.RunAsync(args, Console.Out, Console.Error);
