using System.Reflection;
using System.Xml.Linq;

namespace KinesisClientNet.Architecture.Tests.Sources;

/// <summary>A package of src: its project file and its built assembly.</summary>
internal sealed record ProductProject(string Name)
{
    private const string Prefix = "KinesisClientNet.";

    public static IReadOnlyList<ProductProject> All { get; } =
        [.. Directory.GetDirectories(Path.Combine(Repository.Root, "src"))
            .Select(folder => new ProductProject(Path.GetFileName(folder)))
            .OrderBy(project => project.Name, StringComparer.Ordinal)];

    /// <summary>The name without the product's prefix: Core, Producer, …</summary>
    public string ShortName => Name[Prefix.Length..];

    public string Folder => $"src/{Name}";

    public Assembly Assembly => Assembly.Load(Name);

    public string AssemblyPath => Path.Combine(AppContext.BaseDirectory, $"{Name}.dll");

    /// <summary>Short names of the packages of ours that the project file references.</summary>
    public IReadOnlySet<string> ProjectReferences => Items("ProjectReference")
        .Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'))[Prefix.Length..]).ToHashSet();

    public IReadOnlySet<string> PackageReferences => Items("PackageReference").ToHashSet();

    public override string ToString() => ShortName;

    private IEnumerable<string> Items(string kind) => XDocument.Load(Path.Combine(Repository.Root, Folder, $"{Name}.csproj"))
        .Descendants(kind).Select(item => item.Attribute("Include")?.Value).OfType<string>();
}
