// A process for tests that need another one: in another network namespace, or to be killed. It ends when its input ends.
using Gossip.Tests.Peer;

return args switch
{
    ["mdns", .. var rest] => await MdnsVerb.RunAsync(rest),
    ["node", .. var rest] => await NodeVerb.RunAsync(rest),
    ["crowd", var nobody, var somebody] => await CrowdVerb.RunAsync(nobody, somebody),
    ["first-answer"] => await FirstAnswerVerb.RunAsync(),
    ["watch", .. var rest] => await WatchVerb.RunAsync(rest),
    ["service", .. var rest] => await ServiceVerb.RunAsync(rest),
    ["failing", .. var rest] => await ServiceVerb.FailAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("peer mdns <instance> <host> <port> [key=value ...] [--interface=<pattern> ...] [--http=<port>] [--seldom]");
    Console.Error.WriteLine("peer crowd <nobody's address> <somebody's address>");
    Console.Error.WriteLine("peer node [Gossip:Key=value ...]");
    Console.Error.WriteLine("peer first-answer");
    Console.Error.WriteLine("peer watch [Gossip:Key=value ...]");
    Console.Error.WriteLine("peer service|failing [Gossip:Key=value ...]");
    return 2;
}
