using System.Text;
using Gossip.Hosting;
using Gossip.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Gossip.Tests.Hosting;

/// <summary>What the library chooses by itself is always good, and what cannot be registered is told before anything listens.</summary>
public sealed class NamesTests
{
    private static readonly string Chinese = new('订', 45);

    [Theory]
    [InlineData(45)]
    [InlineData(10_000)]
    public async Task A_process_that_only_looks_on_may_be_called_anything(int letters)
    {
        var application = new string('订', letters) + "\u0007\ud800";
        await using var host = await TestHost.StartAsync(options => (options.Port, options.WellKnownPort) = (0, TestPorts.Free()), application: application);
        Assert.StartsWith("订订", host.Identity.Name, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(host.Identity.Name), 1, Limits.NameBytes);
    }

    [Theory]
    [InlineData("x", 129)]
    [InlineData("订", 45)]
    public async Task An_application_s_name_that_is_too_long_for_a_service_stops_the_start_before_anything_listens(string letter, int letters)
    {
        var application = string.Concat(Enumerable.Repeat(letter, letters));
        var server = new Server();
        await using var host = TestHost.Build(
            options => (options.Port, options.WellKnownPort) = (0, TestPorts.Free()),
            null,
            services => services.AddSingleton(new ListeningAddresses(() => ["http://[::]:5000"])).AddSingleton<IHostedService>(server),
            application);

        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);

        var failure = Assert.Single(error.Failures);
        Assert.StartsWith($"Gossip:Service:Name is not set, and the application's name cannot stand in for it: Service is '{application}'; it must be 1 to 128 bytes", failure, StringComparison.Ordinal);
        Assert.EndsWith("Set Gossip:Service:Name, or Gossip:Service:Register to false.", failure, StringComparison.Ordinal);
        Assert.False(server.HasStarted);
        Assert.DoesNotContain(host.Log.Entries, entry => entry.Text.Contains("listens at", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_name_of_its_own_is_all_that_such_a_service_needs()
    {
        await using var host = await TestHost.StartAsync(
            options =>
            {
                (options.Port, options.WellKnownPort) = (0, TestPorts.Free());
                (options.Service.Name, options.Service.Endpoints) = ("orders", ["http://*:1"]);
            },
            application: Chinese);
        Assert.Equal("orders", Assert.Single(host.Discovery.GetInstances("orders")).Service);
    }

    [Fact]
    public async Task A_record_that_is_too_large_stops_the_start_before_anything_listens()
    {
        var server = new Server();
        await using var host = TestHost.Build(
            options =>
            {
                (options.Port, options.WellKnownPort) = (0, TestPorts.Free());
                options.Service.Endpoints = ["http://*:1"];
                options.Service.Metadata["note"] = new string('x', 16_000);
                options.Service.Tags = [.. Enumerable.Range(0, 64).Select(i => $"{i}".PadLeft(128, 'x'))];
                options.Service.DependsOn = [.. options.Service.Tags];
            },
            services: services => services.AddSingleton<IHostedService>(server));
        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.Equal("Gossip:Service cannot be registered: The record of 'node' takes more than 24576 bytes; give it less metadata.", Assert.Single(error.Failures));
        Assert.False(server.HasStarted);
    }

    [Fact]
    public async Task A_null_in_a_record_is_told_by_its_name()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a");
        (string Told, ServiceRecord Record)[] mistakes =
        [
            ("Metadata 'team' has a value that is null", TestCluster.Payments() with { Metadata = new Dictionary<string, string> { ["team"] = null! } }),
            ("Metadata is null", TestCluster.Payments() with { Metadata = null! }),
            ("Tags has an entry that is null", TestCluster.Payments() with { Tags = ["a", null!] }),
            ("DependsOn is null", TestCluster.Payments() with { DependsOn = null! }),
            ("Service is null", TestCluster.Payments() with { Service = null! }),
            ("Endpoints has an entry, '', that is null in part", TestCluster.Payments() with { Endpoints = [null!] }),
            ("Endpoints has an entry, 'http', that is null in part", TestCluster.Payments() with { Endpoints = [new("http", "http", null!, 1)] }),
        ];
        foreach (var (told, record) in mistakes)
        {
            var error = await Assert.ThrowsAsync<ArgumentException>(async () => await host.Registrar.RegisterAsync(record));
            Assert.StartsWith(told, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("orders", 3, "ord")]
    [InlineData("订单", 5, "订")]
    [InlineData("a\u0007b", 99, "a b")]
    [InlineData("", 3, "")]
    public void A_text_that_nobody_chose_is_made_to_fit(string text, int bytes, string expected) => Assert.Equal(expected, RecordText.Fit(text, bytes));

    [Fact]
    public void Half_a_letter_is_a_space() => Assert.Equal("a b", RecordText.Fit("a" + (char)0xD800 + "b", 99));

    /// <summary>Stands where Kestrel stands.</summary>
    private sealed class Server : IHostedService
    {
        public bool HasStarted { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            HasStarted = true;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
