using System.Xml.Linq;

namespace Gossip.House;

/// <summary>What one csproj depends on.</summary>
internal sealed record ProjectFile(string Name, XDocument Xml)
{
    public IReadOnlyList<string> Projects => [.. Included("ProjectReference").Select(NameOf).Order(StringComparer.Ordinal)];

    public IReadOnlyList<string> Frameworks => Included("FrameworkReference");

    public IReadOnlyList<string> Packages => Included("PackageReference");

    public static IEnumerable<ProjectFile> Under(string folder) =>
        Repository.FilesNamed(".csproj").Where(file => file.StartsWith(folder, StringComparison.Ordinal))
            .Select(file => new ProjectFile(NameOf(file), XDocument.Parse(Repository.Read(file))));

    private static string NameOf(string path) => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'));

    private List<string> Included(string element) =>
        [.. Xml.Descendants(element).SelectMany(item => ((string?)item.Attribute("Include") ?? "").Split(';')).Where(name => name.Length > 0)];
}
