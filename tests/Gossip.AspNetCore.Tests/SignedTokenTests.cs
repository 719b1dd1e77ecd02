using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Gossip.AspNetCore.Tests;

/// <summary>Roles that services declare, asked of callers who bring signed tokens (JWT), as an identity provider gives them.</summary>
public sealed class SignedTokenTests
{
    private const string Issuer = "https://identity.example";
    private const string Audience = "orders";

    private static readonly SigningCredentials Key = KeyOf(1);

    [Theory]
    [InlineData(true, "role")]
    [InlineData(true, "roles")]
    [InlineData(false, "roles")]
    public async Task Callers_bring_the_role_in_a_signed_token_and_a_change_of_roles_counts_at_once(bool isMapped, string claim)
    {
        await using var app = await StartAsync(isMapped);
        var (clerk, guest, both) = (Token(claim, ["clerk"]), Token(claim, ["guest"]), Token(claim, ["guest", "clerk"]));

        Assert.Equal(
            [HttpStatusCode.Unauthorized, HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.OK, HttpStatusCode.Forbidden],
            await GetAsync(app, "/own", null, clerk, guest, both, Token(claim, [])));

        await app.Own.UpdateAsync(record => record with { AuthorizedRoles = ["guest"] });
        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.OK], await GetAsync(app, "/own", clerk, guest));
    }

    [Fact]
    public async Task A_token_that_is_not_good_is_none_whatever_roles_it_names()
    {
        await using var app = await StartAsync(isMapped: true);
        var good = Token("role", ["clerk"]);
        var parts = good.Split('.');
        string[] bad =
        [
            Token("role", ["clerk"], KeyOf(2)),
            Token("role", ["clerk"], issuer: "https://evil.example"),
            Token("role", ["clerk"], audience: "payments"),
            Token("role", ["clerk"], age: TimeSpan.FromHours(2)),
            $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{parts[1]}.",
            $"{parts[0]}.{Token("role", ["clerk", "auditor"]).Split('.')[1]}.{parts[2]}",
            good[..^8],
        ];

        Assert.All(await GetAsync(app, "/own", bad), status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        Assert.Equal([HttpStatusCode.OK], await GetAsync(app, "/own", good));
    }

    [Fact]
    public async Task Each_cluster_of_a_process_has_roles_of_its_own()
    {
        await using var app = await StartAsync(isMapped: true);
        var (clerk, keeper, driver) = (Token("role", ["clerk"]), Token("role", ["keeper"]), Token("role", ["driver"]));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Forbidden], await GetAsync(app, "/own", clerk, keeper));
        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.OK], await GetAsync(app, "/west", clerk, keeper));
        Assert.Equal([HttpStatusCode.Forbidden], await GetAsync(app, "/west/payments", driver));

        var west = app.App.Services.GetRequiredKeyedService<IServiceRegistrar>("west");
        await using var payments = await west.RegisterAsync(
            new ServiceRecord { InstanceId = "p1", Service = "payments", AuthorizedRoles = ["driver"] });

        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.OK], await GetAsync(app, "/west/payments", keeper, driver));
        Assert.Equal([HttpStatusCode.Forbidden], await GetAsync(app, "/payments", driver));
        await west.Own!.UpdateAsync(record => record with { AuthorizedRoles = ["clerk"] });
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Forbidden], await GetAsync(app, "/west", clerk, keeper));
    }

    [Fact]
    public async Task A_cluster_that_nobody_added_lets_nobody_in()
    {
        await using var app = await StartAsync(isMapped: true);

        var statuses = await GetAsync(app, "/east", Token("role", ["clerk"]), null);

        Assert.Equal([HttpStatusCode.InternalServerError, HttpStatusCode.Unauthorized], statuses);
    }

    [Fact]
    public void A_name_is_not_empty()
    {
        var endpoint = WebApplication.CreateBuilder().Build().MapGet("/", () => "");
        Assert.Equal("service", Assert.Throws<ArgumentException>(() => endpoint.RequireDiscoveredRoles("")).ParamName);
        Assert.Equal("key", Assert.Throws<ArgumentException>(() => endpoint.RequireDiscoveredRoles(null, "")).ParamName);
    }

    /// <summary>The application's own tokens, and the endpoint's, go by the same header, and neither opens what the other does.</summary>
    [Fact]
    public async Task A_token_of_the_identity_provider_is_not_that_of_the_process()
    {
        await using var app = await StartAsync(isMapped: true);

        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.Forbidden], await GetAsync(app, "/gossip", Token("role", ["clerk"]), null));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Unauthorized], await GetAsync(app, "/ops", Token("role", ["clerk"]), null));
    }

    private static SigningCredentials KeyOf(byte fill)
    {
        var bytes = new byte[32];
        bytes.AsSpan().Fill(fill);
        return new(new SymmetricSecurityKey(bytes), SecurityAlgorithms.HmacSha256);
    }

    private static string Token(
        string claim, string[] roles, SigningCredentials? key = null, string issuer = Issuer, string audience = Audience,
        TimeSpan age = default)
    {
        var made = DateTime.UtcNow - age;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            NotBefore = made - TimeSpan.FromMinutes(1),
            IssuedAt = made,
            Expires = made + TimeSpan.FromHours(1),
            Subject = new ClaimsIdentity(roles.Select(role => new Claim(claim, role)).Append(new Claim("sub", "somebody"))),
            SigningCredentials = key ?? Key,
        });
    }

    private static async Task<IReadOnlyList<HttpStatusCode>> GetAsync(TestApp app, string path, params string?[] tokens)
    {
        using var http = new HttpClient { BaseAddress = new Uri(app.App.Urls.First()) };
        var statuses = new List<HttpStatusCode>();
        foreach (var token in tokens)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (token is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var answer = await http.SendAsync(request);
            statuses.Add(answer.StatusCode);
        }

        return statuses;
    }

    private static Task<TestApp> StartAsync(bool isMapped) => TestApp.StartAsync(
        "orders",
        configure: options => options.Service.AuthorizedRoles = ["clerk"],
        build: builder =>
        {
            builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options =>
            {
                options.MapInboundClaims = isMapped;
                options.TokenValidationParameters = new() { ValidIssuer = Issuer, ValidAudience = Audience, IssuerSigningKey = Key.Key };
                if (!isMapped)
                    options.TokenValidationParameters.RoleClaimType = "roles";
            });
            builder.Services.AddAuthorization();
            builder.Services.AddKeyedGossip("west", new ConfigurationBuilder().Build(), options =>
            {
                (options.NodeName, options.Cluster) = ("western", $"west-{Guid.NewGuid():N}");
                (options.Port, options.MachineDirectory) = (0, "none");
                (options.Service.Name, options.Service.AuthorizedRoles) = ("orders", ["keeper"]);
            });
        },
        map: app =>
        {
            app.MapGossip();
            app.MapGossip("/ops").RequireDiscoveredRoles();
            app.MapGet("/own", () => "welcome").RequireDiscoveredRoles();
            app.MapGet("/payments", () => "welcome").RequireDiscoveredRoles("payments");
            app.MapGet("/west", () => "welcome").RequireDiscoveredRoles(null, "west");
            app.MapGet("/west/payments", () => "welcome").RequireDiscoveredRoles("payments", "west");
            app.MapGet("/east", () => "welcome").RequireDiscoveredRoles(null, "east");
        },
        environment: "Production");
}
