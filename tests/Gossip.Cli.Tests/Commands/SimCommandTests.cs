namespace Gossip.Cli.Tests.Commands;

/// <summary>A simulated cluster of any size, which is broken.</summary>
public sealed class SimCommandTests
{
    [Fact]
    public async Task The_faults_are_listed_with_what_must_hold()
    {
        var told = (await CommandRun.OfAsync("sim")).Ends(0);
        Assert.Equal(29, told.Lines.Length);
        Assert.Equal("process pause", told.Row("10")["BREAKS"]);
    }

    [Fact]
    public async Task A_fault_is_run_at_a_size_and_the_same_seed_is_the_same_run()
    {
        string[] run = ["sim", "3", "--nodes", "5", "--seeds", "2", "--first-seed", "7"];
        var told = (await CommandRun.OfAsync(run)).Ends(0);
        Assert.StartsWith("duplication, with 5 nodes. It must hold: ", told.Lines[0], StringComparison.Ordinal);
        Assert.Equal(["seed 7: all held;", "seed 8: all held;"], told.Lines[1..].Select(line => line[..17]));
        Assert.Equal(told.Output, (await CommandRun.OfAsync(run)).Output);
        var row = (await CommandRun.OfAsync([.. run, "--json"])).Ends(0).Json.GetProperty("rows")[0];
        Assert.Equal((3, 2, 0), (row.GetProperty("row").GetInt32(), row.GetProperty("runs").GetInt32(), row.GetProperty("violations").GetInt32()));
    }
}
