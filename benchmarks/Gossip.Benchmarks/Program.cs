using Gossip.Benchmarks;
using Gossip.Benchmarks.Endurance;
using Gossip.Benchmarks.Gateway;

// The processes of the verbs "endure" and "gateway" have hosts of their own, which obey signals, and nothing of the command line in them.
return args switch
{
    [EnduringService.Verb, .. var settings] => await EnduringService.RunAsync(settings),
    [GatewayPart.Verb, .. var settings] => await GatewayPart.RunAsync(settings),
    _ => await Harness.RunAsync(args, Console.Out, Console.Error),
};
