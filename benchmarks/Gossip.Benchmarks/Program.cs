using Gossip.Benchmarks;
using Gossip.Benchmarks.Endurance;

// A service of the verb "endure" has a host of its own, which obeys signals, and nothing of the command line in it.
return args is [EnduringService.Verb, .. var settings]
    ? await EnduringService.RunAsync(settings)
    : await Harness.RunAsync(args, Console.Out, Console.Error);
