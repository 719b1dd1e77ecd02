// One recipe a file; each starts the services that it needs in this process, shows its point, and stops them.
//   dotnet run --project examples/Recipes -- call-by-name
//   dotnet run --project examples/Recipes             (all of them)
using Recipes;

Dictionary<string, Func<Task>> recipes = new()
{
    ["call-by-name"] = CallByName.RunAsync,
    ["watch"] = Watch.RunAsync,
    ["canary"] = Canary.RunAsync,
    ["zones"] = Zones.RunAsync,
    ["drain"] = Drain.RunAsync,
};

foreach (var name in args.Length > 0 ? args : [.. recipes.Keys])
{
    if (!recipes.TryGetValue(name, out var recipe))
    {
        Console.Error.WriteLine($"'{name}' is no recipe. There are {string.Join(", ", recipes.Keys)}.");
        return 2;
    }

    Console.WriteLine($"== {name}");
    Shop.Open(name);
    await recipe();
}

return 0;
