using System.Net;
using System.Net.Http.Headers;
using Gossip.Bootstrap;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Gossip.AspNetCore.Tests.Access;

/// <summary>Applications with an endpoint and a machine directory of the test's own.</summary>
public abstract class TokenTests : IAsyncLifetime
{
    private readonly AuditLog _log = new();

    private protected string Folder { get; } = Path.Combine(Path.GetTempPath(), $"gossip-{Guid.NewGuid():N}");

    private protected AuditLog Log => _log;

    private protected string TokenFile => TokenFiles.Single();

    private protected string Token => File.ReadAllText(TokenFile).Trim();

    private protected IEnumerable<string> TokenFiles => Directory.Exists(Folder) ? Directory.GetFiles(Folder, "endpoint-*.token") : [];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        _log.Dispose();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        return Task.CompletedTask;
    }

    private protected static Uri Address(TestApp app) => new(app.App.Urls.First());

    private protected static Task<RawAnswer> GetAsync(TestApp app, string path, params string[] lines) =>
        RawHttp.SendAsync(Address(app), $"GET {path} HTTP/1.1", lines);

    private protected static Task<RawAnswer> PostAsync(TestApp app, string path, params string[] lines) =>
        RawHttp.SendAsync(Address(app), $"POST {path} HTTP/1.1", [.. lines, "Content-Length: 0"]);

    private protected static Task<RawAnswer> BringAsync(TestApp app, string token) =>
        GetAsync(app, "/gossip", $"Authorization: Bearer {token}");

    /// <summary>The path of a link that signs a browser in.</summary>
    private protected async Task<string> LinkAsync(TestApp app)
    {
        using var http = new HttpClient { BaseAddress = Address(app) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TokenOf(app));
        using var answer = await http.PostAsync("/gossip/login", null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var link = new Uri((await answer.Content.ReadAsStringAsync()).Trim());
        Assert.Equal(Address(app).Authority, link.Authority);
        return link.PathAndQuery;
    }

    private protected async Task<string> CookieAsync(TestApp app) =>
        (await GetAsync(app, await LinkAsync(app))).Header("Set-Cookie")!.Split(';')[0];

    private protected Task<TestApp> StartAsync(
        string environment = "Production", Action<WebApplication>? map = null, Action<WebApplicationBuilder>? build = null,
        string? pattern = "/gossip", TimeProvider? time = null, bool isFar = false) => TestApp.StartAsync(
        "orders",
        configure: options => options.MachineDirectory = Folder,
        build: builder =>
        {
            builder.Logging.AddProvider(_log);
            if (time is not null)
                builder.Services.Replace(ServiceDescriptor.Singleton(time));
            if (isFar)
                builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(Far.Comes));
            build?.Invoke(builder);
        },
        map: app =>
        {
            if (pattern is not null)
                app.MapGossip(pattern);
            map?.Invoke(app);
        },
        environment: environment);

    /// <summary>Several applications of a test share the folder.</summary>
    private string TokenOf(TestApp app) =>
        TokenFiles.Select(file => File.ReadAllText(file).Trim()).Single(app.App.Services.GetRequiredService<EndpointToken>().Is);
}
