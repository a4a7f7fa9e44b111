namespace KinesisClientNet.Architecture.Tests.Sources;

/// <summary>The checkout that the tests were built from: its files without build products and installed packages.</summary>
internal static class Repository
{
    private static readonly HashSet<string> Products =
        ["bin", "obj", "node_modules", ".git", ".vs", ".idea", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts"];

    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<SourceFile> Files { get; } = [.. Walk(new DirectoryInfo(Root)).OrderBy(file => file.Path, StringComparer.Ordinal)];

    public static IReadOnlyList<SourceFile> CSharpIn(string folder) =>
        [.. Files.Where(file => file.Path.StartsWith(folder + "/", StringComparison.Ordinal) && file.Path.EndsWith(".cs", StringComparison.Ordinal))];

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static bool Exists(string path) => Path.Exists(Path.Combine(Root, path));

    private static IEnumerable<SourceFile> Walk(DirectoryInfo folder)
    {
        foreach (var file in folder.EnumerateFiles().Where(file => file.Name != ".git")) // a worktree has a file of that name
            yield return new(Path.GetRelativePath(Root, file.FullName).Replace('\\', '/'), file.FullName);
        foreach (var child in folder.EnumerateDirectories().Where(child => !Products.Contains(child.Name)))
        {
            foreach (var file in Walk(child))
                yield return file;
        }
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "KinesisClientNet.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds KinesisClientNet.sln.");
    }
}

/// <summary>A file of the checkout.</summary>
/// <param name="Path">Relative to the root, with slashes.</param>
/// <param name="FullPath">Absolute.</param>
internal sealed record SourceFile(string Path, string FullPath)
{
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public string Text => File.ReadAllText(FullPath);

    public string[] Lines => File.ReadAllLines(FullPath);

    public override string ToString() => Path;
}
