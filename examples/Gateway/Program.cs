// A gateway in front of services whose addresses it is told by the registry. The routes stand in appsettings.json.
var builder = WebApplication.CreateBuilder(args);
builder.AddGossip(options => options.Service.Name = "gateway");
builder.Services.AddReverseProxy()
    .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
    // Each service may publish routes too, below its own name: payments does, in its metadata.
    .LoadFromGossip(options => options.AllowPublishedRoutes(_ => true, "/{service}"));

var app = builder.Build();
app.MapReverseProxy();
app.MapGossip();
app.Run();
