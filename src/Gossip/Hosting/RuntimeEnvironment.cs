using Gossip.Bootstrap;

namespace Gossip.Hosting;

/// <summary>Where the process runs, as far as that decides which ways to find others can work.</summary>
internal enum RuntimeEnvironment
{
    /// <summary>A machine, as far as can be told.</summary>
    Machine,

    /// <summary>A container: multicast seldom leaves its network.</summary>
    Container,

    /// <summary>A pod in Kubernetes: multicast works between pods of one host at best.</summary>
    Kubernetes,
}

/// <summary>Finds out where the process runs.</summary>
internal static class ThisRuntimeEnvironment
{
    public static RuntimeEnvironment Find()
    {
        if (MdnsSeeds.IsInKubernetes)
            return RuntimeEnvironment.Kubernetes;
        // What .NET's own images set, and what Docker and Podman leave in every container.
        var isContainer = Environment.GetEnvironmentVariable("DOTNET_RUNNING_IN_CONTAINER") == "true"
            || File.Exists("/.dockerenv") || File.Exists("/run/.containerenv");
        return isContainer ? RuntimeEnvironment.Container : RuntimeEnvironment.Machine;
    }
}
