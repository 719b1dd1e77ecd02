using System.CommandLine;
using Gossip.Cli.Agent;
using Gossip.Protocol;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gossip.Cli.Commands;

/// <summary>Runs the agent until it is stopped.</summary>
internal static class AgentCommand
{
    private static readonly Option<string> Config = new("--config")
    {
        Description = "A file of settings, as appsettings.json: sections Agent, Gossip and Logging",
    };

    private static readonly Option<string> Name = new("--name") { Description = "Agent:Name, which two agents of a machine do not share" };
    private static readonly Option<string> Services = new("--services") { Description = "Agent:ServicesFolder, of definitions, or none" };
    private static readonly Option<string> State = new("--state") { Description = "Agent:StateFolder, for what its API was told" };
    private static readonly Option<string> Socket = new("--socket") { Description = "Agent:Socket, the Unix socket of its API, or none" };
    private static readonly Option<string> Url = new("--url") { Description = "Agent:Url, on loopback, for callers with its token" };
    private static readonly Option<bool> Keep = new("--keep-on-stop") { Description = "Agent:KeepOnStop: services outlive a restart" };
    private static readonly Option<string[]> Set = new("--set")
    {
        Description = "Any other setting, KEY=VALUE, such as Gossip:Cluster=west; not a secret, which `ps` would show",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Command Create()
    {
        var command = new Command("agent", "Runs the agent of this machine: registers services that embed no node, for as long as they run")
        {
            Config, Name, Services, State, Socket, Url, Keep, Set,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Config) is { } file && !File.Exists(file))
                result.AddError($"--config is '{Limits.Show(file)}'; there is no such file.");
            foreach (var pair in (result.GetValue(Set) ?? []).Where(pair => pair.IndexOf('=', StringComparison.Ordinal) <= 0))
                result.AddError($"--set is '{Limits.Show(pair)}'; it must be KEY=VALUE, such as Gossip:Cluster=west.");
        });
        command.SetAction((parsed, cancellation) => RunAsync(parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var error = parsed.InvocationConfiguration.Error;
        try
        {
            // The folder in which it is started may be a service's, whose settings are not the agent's, or a whole disk, to be watched.
            var builder = new HostApplicationBuilder(
                new HostApplicationBuilderSettings { ApplicationName = "gossip-agent", ContentRootPath = AppContext.BaseDirectory });
            if (parsed.GetValue(Config) is { } file)
                builder.Configuration.AddJsonFile(Path.GetFullPath(file), optional: false, reloadOnChange: true);
            builder.Configuration.AddInMemoryCollection(Settings(parsed));
            builder.Services.AddSystemd();
            // What its callers ask is no news; settings of Logging have the last word, so this comes before all of them.
            ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource
            {
                InitialData = [new("Logging:LogLevel:Microsoft.AspNetCore", nameof(LogLevel.Warning))],
            });
            // Why it does not start is told below, in a sentence.
            var hasStarted = false;
            builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => hasStarted || level >= LogLevel.Critical);
            builder.AddGossipAgent();
            using var host = builder.Build();
            host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(() => hasStarted = true);
            await host.RunAsync(cancellation).ConfigureAwait(false);
            return 0;
        }
        catch (OptionsValidationException wrong)
        {
            foreach (var problem in wrong.Failures)
                await error.WriteLineAsync(problem).ConfigureAwait(false);
        }
        catch (Exception cannot) when (cannot is InvalidOperationException or IOException or InvalidDataException)
        {
            await error.WriteLineAsync(cannot.Message).ConfigureAwait(false);
        }

        return 1;
    }

    /// <summary>What the command line sets, which has the last word.</summary>
    private static Dictionary<string, string?> Settings(ParseResult parsed)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        (string Key, Option<string> Option, bool IsPath)[] options =
        [
            ("Name", Name, false), ("ServicesFolder", Services, true), ("StateFolder", State, true), ("Socket", Socket, true),
            ("Url", Url, false),
        ];
        foreach (var (key, option, isPath) in options)
        {
            // A path that is typed is meant from where it is typed.
            if (parsed.GetValue(option) is { } value)
                settings[$"{AgentOptions.SectionName}:{key}"] = isPath && value is not ("none" or "") ? Path.GetFullPath(value) : value;
        }

        if (parsed.GetValue(Keep))
            settings[$"{AgentOptions.SectionName}:KeepOnStop"] = "true";
        foreach (var pair in parsed.GetValue(Set) ?? [])
            settings[pair[..pair.IndexOf('=', StringComparison.Ordinal)]] = pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..];
        return settings;
    }
}
