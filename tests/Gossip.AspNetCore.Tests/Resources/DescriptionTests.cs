using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.AspNetCore.Tests.Resources;

/// <summary>An application that describes itself by OpenAPI describes the endpoint too, under one tag.</summary>
public sealed class DescriptionTests
{
    [Fact]
    public async Task Each_resource_is_described_with_a_summary_and_what_it_answers()
    {
        await using var app = await TestApp.StartAsync(
            "payments",
            build: builder =>
            {
                builder.Services.AddOpenApi();
                builder.Services.AddAuthentication(BearerTokenDefaults.AuthenticationScheme).AddBearerToken();
                builder.Services.AddAuthorization();
            },
            map: app =>
            {
                app.MapOpenApi();
                app.MapGossip();
                app.MapGossipAdmin().RequireAuthorization();
            });
        using var http = new HttpClient { BaseAddress = new Uri(app.App.Urls.First()) };

        var description = await http.GetFromJsonAsync<JsonElement>("/openapi/v1.json");

        var paths = description.GetProperty("paths").EnumerateObject().ToDictionary(path => path.Name, path => path.Value);
        string[] resources =
        [
            "/gossip", "/gossip/members", "/gossip/services", "/gossip/services/{name}", "/gossip/why", "/gossip/why/{member}", "/gossip/events",
            "/gossip/series", "/gossip/doctor", "/gossip/graph", "/gossip/drain", "/gossip/resume",
        ];
        Assert.Empty(resources.Except(paths.Keys));
        Assert.DoesNotContain(paths.Keys, path => path.Contains("login", StringComparison.Ordinal));
        foreach (var operation in paths.Where(path => path.Key.StartsWith("/gossip", StringComparison.Ordinal)).SelectMany(path => path.Value.EnumerateObject()))
        {
            Assert.Equal("Gossip", Assert.Single(operation.Value.GetProperty("tags").EnumerateArray()).GetString());
            Assert.NotEmpty(operation.Value.GetProperty("summary").GetString()!);
            Assert.NotEmpty(operation.Value.GetProperty("responses").EnumerateObject());
        }

        var members = paths["/gossip/members"].GetProperty("get").GetProperty("responses").GetProperty("200").GetProperty("content");
        Assert.Contains("MembersPage", members.GetProperty("application/json").GetProperty("schema").GetRawText());
        var parameters = paths["/gossip/why"].GetProperty("get").GetProperty("parameters").EnumerateArray().Select(one => one.GetProperty("name").GetString());
        Assert.Equal(["member", "service", "version", "tag", "zone", "region", "environment", "endpoint", "scheme"], parameters);
    }
}
