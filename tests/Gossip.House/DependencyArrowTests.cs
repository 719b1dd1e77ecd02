using System.Reflection;

namespace Gossip.House;

/// <summary>
/// Simulation → Protocol ← Gossip ← AspNetCore → Protocol, Dns ← Gossip, Yarp → AspNetCore, Cli → AspNetCore, Dns, Simulation. A project exists only to carry a dependency that others must not carry,
/// or a law that the compiler keeps; a new one is entered here together with its arrows and the packages that it takes.
/// </summary>
public sealed class DependencyArrowTests
{
    private const string AspNet = "Microsoft.AspNetCore.App";

    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Gossip.Protocol"] = [],
        ["Gossip.Dns"] = [],
        ["Gossip.Simulation"] = ["Gossip.Protocol"],
        ["Gossip"] = ["Gossip.Dns", "Gossip.Protocol"],
        ["Gossip.AspNetCore"] = ["Gossip", "Gossip.Protocol"],
        ["Gossip.Yarp"] = ["Gossip", "Gossip.AspNetCore", "Gossip.Protocol"],
        ["Gossip.Cli"] = ["Gossip", "Gossip.AspNetCore", "Gossip.Dns", "Gossip.Protocol", "Gossip.Simulation"],
    };

    /// <summary>
    /// The packages, or families of packages (with a dot at the end), that a project takes besides; others take none. The package Gossip has
    /// Gossip.Protocol.dll in it, and so takes what that takes.
    /// </summary>
    private static readonly Dictionary<string, string[]> Packages = new()
    {
        ["Gossip.Protocol"] = ["MessagePack"],
        ["Gossip"] = ["MessagePack", "Microsoft.Extensions."],
        ["Gossip.Yarp"] = ["Yarp.ReverseProxy"],
        ["Gossip.Cli"] = ["Google.Protobuf", "Grpc.", "Microsoft.Extensions.", "Spectre.Console", "System.CommandLine"],
    };

    /// <summary>What users reference; the rest lies in the package of Gossip, or is for the tests and benchmarks of this repository.</summary>
    private static readonly string[] Packed = ["Gossip", "Gossip.AspNetCore", "Gossip.Cli", "Gossip.Yarp"];

    /// <summary>What has a server: an endpoint within applications, the agent's API, and a gateway.</summary>
    private static readonly string[] Serving = ["Gossip.AspNetCore", "Gossip.Cli", "Gossip.Yarp"];

    public static TheoryData<string> Assemblies => [.. Known];

    internal static IEnumerable<string> Known => Arrows.Keys;

    private static IEnumerable<ProjectFile> Projects => ProjectFile.Under("src/");

    [Fact]
    public void Every_project_under_src_is_in_the_table_of_arrows() => Law.Holds(
        $"A project under src that nobody placed: extend the table in {nameof(DependencyArrowTests)} with its arrows.",
        Projects.Select(project => project.Name).Except(Arrows.Keys));

    [Fact]
    public void The_table_of_arrows_names_only_projects_that_exist() => Law.Holds(
        $"Remove from the table in {nameof(DependencyArrowTests)}:",
        Arrows.Keys.Except(Projects.Select(project => project.Name)));

    [Fact]
    public void Project_references_are_exactly_the_arrows() => Law.Holds(
        "A project reference that the house does not have (or lacks one that it has):",
        from project in Projects
        where Arrows.ContainsKey(project.Name) && !project.Projects.SequenceEqual(Arrows[project.Name])
        select $"{project.Name} → [{string.Join(", ", project.Projects)}], the house says [{string.Join(", ", Arrows[project.Name])}]");

    [Fact]
    public void Only_what_serves_carries_the_ASP_NET_framework() => Law.Holds(
        "Only Gossip.AspNetCore, Gossip.Cli and Gossip.Yarp have a framework reference, and only that one:",
        from project in Projects
        let expected = Serving.Contains(project.Name) ? new[] { AspNet } : []
        where !project.Frameworks.SequenceEqual(expected)
        select $"{project.Name}: [{string.Join(", ", project.Frameworks)}]");

    [Fact]
    public void A_project_takes_only_the_packages_of_the_table() => Law.Holds(
        $"A package reference under src that the table in {nameof(DependencyArrowTests)} does not have:",
        from project in Projects
        from package in project.Packages
        where !IsFrom(project.Name, package)
        select $"{project.Name} → {package}");

    [Fact]
    public void Only_what_users_reference_is_packed() => Law.Holds(
        "These are packed, or not, against the table:",
        from project in Projects
        where (project.Xml.Descendants("IsPackable").SingleOrDefault()?.Value == "true") != Packed.Contains(project.Name)
        select project.Name);

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void A_compiled_assembly_refers_only_to_what_its_project_may(string name)
    {
        var reachable = Reach(name).ToHashSet();
        Law.Holds(
            $"{name}.dll refers to an assembly that its arrows do not reach:",
            from reference in Assembly.Load(name).GetReferencedAssemblies()
            let other = reference.Name!
            let allowed = reachable.Contains(other)
                || other.StartsWith("System.", StringComparison.Ordinal)
                || IsFrom(name, other)
                || (other.StartsWith("Microsoft.", StringComparison.Ordinal) && Serving.Contains(name))
                || other is "Microsoft.Win32.Primitives"
            where !allowed
            select other);
    }

    [Fact]
    public void Package_versions_stand_in_one_place() => Law.Holds(
        "Move the version to Directory.Packages.props:",
        from file in Repository.FilesNamed(".csproj").Concat(Repository.FilesNamed("Directory.Build.props"))
        from item in System.Xml.Linq.XDocument.Parse(Repository.Read(file)).Descendants("PackageReference")
        where item.Attribute("Version") is not null || item.Attribute("VersionOverride") is not null || item.Element("Version") is not null
        select $"{file}: {(string?)item.Attribute("Include")}");

    private static bool IsFrom(string project, string package) => Packages.GetValueOrDefault(project, [])
        .Any(source => source.EndsWith('.') ? package.StartsWith(source, StringComparison.Ordinal) : package == source);

    private static IEnumerable<string> Reach(string name) => Arrows[name].SelectMany(next => Reach(next).Append(next));
}
