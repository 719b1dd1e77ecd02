using System.CommandLine;
using Gossip.Balancing;
using Gossip.Benchmarks.Simulated;

namespace Gossip.Benchmarks.Balancing;

/// <summary>One slow instance of eleven, and instances that answer 500 in no time, in virtual time.</summary>
internal static class BalanceCommand
{
    private const string AllPolicies = "all";

    public static Command Create()
    {
        var policy = new Option<string>("--policy") { Description = "The policy, or all", DefaultValueFactory = _ => AllPolicies };
        policy.AcceptOnlyFromAmong([AllPolicies, .. NamedPolicies.Names]);
        var seed = new Option<ulong>("--seed") { Description = "The seed", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "Print one JSON object on one line" };
        var command = new Command(
            "balance",
            "In virtual time: how many calls are answered within a second where one instance of eleven is slow, and how many go to instances that "
            + "answer 500 at once")
        {
            policy, seed, json,
        };
        command.SetAction(parsed =>
        {
            var chosen = parsed.GetValue(policy)!;
            string[] names = [.. NamedPolicies.Names.Where(name => chosen is AllPolicies || chosen == name)];
            var tables = new BalanceTables(
                [.. names.Select(name => SlowOneExperiment.Run(name, parsed.GetValue(seed)))],
                [.. FailingCase.All.SelectMany(one => names.Select(name => FailingExperiment.Run(one, name, parsed.GetValue(seed))))]);
            parsed.InvocationConfiguration.Output.WriteLine(parsed.GetValue(json) ? Json.Of(tables, oneLine: true) : tables.ToString());
            return 0;
        });
        return command;
    }
}
