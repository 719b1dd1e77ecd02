using System.CommandLine;
using Gossip.Balancing;
using Gossip.Benchmarks.Simulated;

namespace Gossip.Benchmarks.Balancing;

/// <summary>One slow instance of eleven, in virtual time.</summary>
internal static class BalanceCommand
{
    private const string AllPolicies = "all";

    public static Command Create()
    {
        var policy = new Option<string>("--policy") { Description = "The policy, or all", DefaultValueFactory = _ => AllPolicies };
        policy.AcceptOnlyFromAmong([AllPolicies, .. NamedPolicies.Names]);
        var seed = new Option<ulong>("--seed") { Description = "The seed", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "Print one JSON object on one line" };
        var command = new Command("balance", "Calls eleven instances of which one is slow for half of the time, in virtual time: how many calls are answered within a second")
        {
            policy, seed, json,
        };
        command.SetAction(parsed =>
        {
            var chosen = parsed.GetValue(policy)!;
            var names = NamedPolicies.Names.Where(name => chosen is AllPolicies || chosen == name);
            var table = new SlowOneTable([.. names.Select(name => SlowOneExperiment.Run(name, parsed.GetValue(seed)))]);
            parsed.InvocationConfiguration.Output.WriteLine(parsed.GetValue(json) ? Json.Of(table, oneLine: true) : table.ToString());
            return 0;
        });
        return command;
    }
}
