// Starts services as processes of their own, watches them find each other, crash, and come back. No address is configured anywhere.
using Quickstart;

switch (args)
{
    case ["service", var service, var node]:
        await Service.RunAsync(service, node);
        return 0;
    case [] or ["--tour"]:
        return await Show.RunAsync(isTour: args.Length > 0);
    default:
        Console.Error.WriteLine("dotnet run --project examples/Quickstart [-- --tour]");
        return 2;
}
