using System.Net;
using Gossip.Bootstrap;

namespace Gossip.Cli.Tests.Commands;

/// <summary>The commands that read, at real nodes that they find by the machine directory.</summary>
public sealed class ClusterCommandTests(CommandCluster cluster) : IClassFixture<CommandCluster>
{
    [Fact]
    public async Task Members_are_listed_for_people_and_for_programs()
    {
        var told = (await cluster.RunAsync("members")).Ends(0);
        Assert.Equal(("alive", "this node"), (told.Row("orders-1")["STATE"], told.Row("orders-1")["HEARD"]));
        Assert.Equal(("alive", "east", cluster.Payments.Node), (told.Row("payments-1")["STATE"], told.Row("payments-1")["ZONE"], told.Row("payments-1")["ADDRESS"]));
        Assert.Matches("^(just now|[0-9]+ (s|min) ago)$", told.Row("payments-1")["SINCE"]);
        Assert.Equal("", told.Error);

        var json = (await cluster.RunAsync("members", "--json")).Ends(0).Json;
        Assert.Equal(1, json.GetProperty("schema").GetInt32());
        Assert.Equal(["orders-1", "payments-1"], json.GetProperty("members").EnumerateArray().Select(one => one.GetProperty("name").GetString()).Order());
    }

    [Fact]
    public async Task Each_node_tells_what_it_sees_itself()
    {
        var told = await CommandRun.OfAsync("members", "--directory", cluster.Folder, "--node", "payments-1");
        Assert.Equal("this node", told.Ends(0).Row("payments-1")["HEARD"]);
    }

    [Fact]
    public async Task Services_are_listed_and_the_instances_of_one()
    {
        var told = (await cluster.RunAsync("services")).Ends(0);
        Assert.Equal(("1/1", "2.1.0", "east"), (told.Row("payments")["READY"], told.Row("payments")["VERSIONS"], told.Row("payments")["ZONES"]));
        var one = (await cluster.RunAsync("services", "payments")).Ends(0);
        Assert.Equal(("ready", Address), (one.Row("payments-1")["STATE"], one.Row("payments-1")["ADDRESS"]));
        Assert.Equal("payments", (await cluster.RunAsync("services", "payments", "--json")).Ends(0).Json.GetProperty("name").GetString());
        (await cluster.RunAsync("services", "payment")).Complains(1, "No service 'payment' is known here. Did you mean 'payments'?");
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("--version ^2.0 --tag green --zone east --endpoint http", true)]
    [InlineData("--version ^3.0", false)]
    [InlineData("--tag blue", false)]
    [InlineData("--endpoint grpc", false)]
    [InlineData("--scheme http", true)]
    [InlineData("--scheme https", false)]
    public async Task A_script_is_told_where_a_service_is_or_that_it_is_not(string query, bool isThere)
    {
        var told = await cluster.RunAsync(["resolve", "payments", .. query.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        if (isThere)
            Assert.Equal(new Uri(Address).Authority + "\n", told.Ends(0).Output);
        else
            told.Complains(1, "0 of 1 known instances of 'payments' get calls of this process");
    }

    [Fact]
    public async Task A_script_gets_URIs_or_JSON_where_it_wants_them()
    {
        Assert.Equal(Address + "\n", (await cluster.RunAsync("resolve", "payments", "--uri")).Ends(0).Output);
        var one = (await cluster.RunAsync("resolve", "payments", "--json")).Ends(0).Json.GetProperty("instances")[0];
        Assert.Equal(("payments-1", new Uri(Address).Port), (one.GetProperty("id").GetString(), one.GetProperty("port").GetInt32()));
        (await cluster.RunAsync("resolve", "nobody")).Complains(1, "No service 'nobody' is known here.");
        (await cluster.RunAsync("resolve", "payments", "--version", "x.y")).Complains(2, "version is 'x.y', which is no range of versions.");
    }

    [Fact]
    public async Task Why_says_the_sentence_first_and_then_the_evidence()
    {
        var member = (await cluster.RunAsync("why", "payments-1")).Ends(0);
        Assert.StartsWith("payments-1 is alive since ", member.Lines[0], StringComparison.Ordinal);
        Assert.Contains($"payments-1 joined at {cluster.Payments.Node}.", member.Output, StringComparison.Ordinal);
        var service = (await cluster.RunAsync("why", "payments")).Ends(0);
        Assert.Equal("1 of 1 known instances of 'payments' get calls of this process.", service.Lines[0]);
        Assert.Equal(("yes", "chosen"), (service.Row("payments-1")["CALLS"], service.Row("payments-1")["RULE"]));
        Assert.Equal("alive", (await cluster.RunAsync("why", "payments-1", "--json")).Ends(0).Json.GetProperty("state").GetString());
        Assert.Equal("payments", (await cluster.RunAsync("why", "payments", "--service", "--json")).Ends(0).Json.GetProperty("service").GetString());
        (await cluster.RunAsync("why", "nobody")).Complains(1, "No member 'nobody' is known here.", "No service 'nobody' is known here.");
    }

    [Fact]
    public async Task The_timeline_tells_what_all_saw()
    {
        var told = (await cluster.RunAsync("timeline", "--member", "payments-1", "--minutes", "1000")).Ends(0);
        Assert.Contains(told.Lines, line => line.Contains($"payments-1 joined at {cluster.Payments.Node}.  seen by orders-1", StringComparison.Ordinal));
        Assert.NotEmpty((await cluster.RunAsync("timeline", "--json")).Ends(0).Json.GetProperty("events").EnumerateArray());
        Assert.Contains("No member 'nobody' is known here", (await cluster.RunAsync("timeline", "--member", "nobody")).Ends(1).Error, StringComparison.Ordinal);
        (await cluster.RunAsync("timeline", "--minutes", "0")).Complains(2, "minutes is '0', which is no whole number from 1 to 10080.");
    }

    [Fact]
    public async Task The_doctor_ends_with_1_where_anything_is_wrong_and_else_with_0()
    {
        // Who else runs on this machine is a note, and no finding.
        var well = await cluster.RunAsync("doctor");
        var json = await cluster.RunAsync("doctor", "--json");
        Assert.Equal(json.Json.GetProperty("well").GetBoolean() ? 0 : 1, json.ExitCode);
        Assert.Equal(json.ExitCode, well.ExitCode);
        Assert.Contains($"machine directory {cluster.Folder}", well.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_graph_shows_what_is_needed_and_what_is_missing()
    {
        var told = (await cluster.RunAsync("graph")).Ends(0);
        Assert.Contains(told.Lines, line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["orders", "payments", "yes", ..]);
        Assert.Contains("'stock' has no instance, and is needed by orders", told.Output, StringComparison.Ordinal);
        Assert.Equal("stock", (await cluster.RunAsync("graph", "--scope", "node", "--json")).Ends(0).Json.GetProperty("missing")[0].GetProperty("name").GetString());
        Assert.Equal(2, (await cluster.RunAsync("graph", "--scope", "world")).ExitCode);
    }

    [Fact]
    public async Task A_link_to_the_page_signs_in_once()
    {
        var link = (await cluster.RunAsync("open")).Ends(0).Output.Trim();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        Assert.Equal(HttpStatusCode.Redirect, (await http.GetAsync(link)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(link)).StatusCode);
        var url = (await cluster.RunAsync("open", "--json")).Ends(0).Json.GetProperty("url").GetString();
        Assert.StartsWith($"{cluster.Orders.App.Urls.First()}/gossip/login?code=", url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_that_leads_to_an_endpoint_is_for_the_user_alone_and_names_no_token()
    {
        var files = Directory.GetFiles(cluster.Folder, "endpoint-*.url");
        Assert.Equal(2, files.Length);
        foreach (var file in files)
        {
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            var text = HeldFile.Read(file);
            Assert.Contains("/gossip\ntoken endpoint-", text, StringComparison.Ordinal);
            foreach (var token in Directory.GetFiles(cluster.Folder, "endpoint-*.token"))
                Assert.DoesNotContain((await File.ReadAllTextAsync(token)).Trim(), text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_to_be_drained_is_drained_by_its_own_process_for_those_whom_its_policy_lets()
    {
        (await cluster.RunAsync("drain", "payments")).Complains(4, "payments-1 takes no orders from you", "--token-file");
        (await cluster.RunAsync("drain", "orders-1")).Complains(1, "orders-1 takes no orders", "app.MapGossipAdmin().RequireAuthorization(\"operators\")");
        (await cluster.RunAsync("drain", "nobody")).Complains(1, "No instance or service 'nobody' is known");
        var token = cluster.Write("operator.token", CommandCluster.Token + "\n");

        string[] order = ["drain", "payments-1", "--token-file", token];
        (await CommandRun.OfAsync([.. order, "--url", cluster.Orders.App.Urls.First(), "--directory", cluster.Folder]))
            .Complains(1, "'payments-1' is on payments-1, and --url leads to orders-1: nobody else is given the order.");
        Assert.Contains("'payments-1' takes no new calls", (await cluster.RunAsync([.. order, "--reason", "disk is full"])).Ends(0).Output, StringComparison.Ordinal);
        await cluster.Orders.SeesAsync("payments", one => one is { State: ServiceState.Draining, Reason: "disk is full" });
        Assert.Equal("draining: disk is full", (await cluster.RunAsync("services", "payments")).Ends(0).Row("payments-1")["STATE"]);
        var resumed = await CommandRun.OfAsync([.. order, "--resume", "--json", "--url", Address, "--directory", cluster.Folder]);
        Assert.False(resumed.Ends(0).Json.GetProperty("drains").GetBoolean());
        await cluster.Orders.SeesAsync("payments", one => one.State == ServiceState.Ready);
        (await cluster.RunAsync([.. order, "--resume"])).Complains(1, "No instance of this process was drained here");
    }

    private string Address => cluster.Payments.App.Urls.First();
}
