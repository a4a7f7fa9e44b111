using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace KinesisClientNet.Hosting.Tests.Samples;

/// <summary>
/// Issue 8: dotnet pack gives complete packages, and a worker made from README.md alone, with them as its source, compiles and runs. The second test is
/// the release check of CONTRIBUTING.md.
/// </summary>
[Collection(PublishingCollection.Name)]
public sealed partial class PackageTests : IDisposable
{
    private const string Version = "0.1.0-check";

    private static readonly string[] Packages =
        ["Consumer", "Core", "DeadLetters.Sqs", "Hosting", "Local", "Local.Server", "Producer", "Testing"];

    private readonly string _folder = Directory.CreateTempSubdirectory("kinesisclientnet-packages").FullName;

    private string Feed => Path.Combine(_folder, "feed");

    [Fact]
    public async Task Every_package_is_complete_and_a_worker_made_from_the_README_runs_on_them()
    {
        PublishingCollection.SkipWhenSwitchedOff();
        await PackAsync();

        Assert.Equal(
            Packages.SelectMany(package => new[] { $"KinesisClientNet.{package}.{Version}.nupkg", $"KinesisClientNet.{package}.{Version}.snupkg" }).Order(StringComparer.Ordinal),
            Directory.GetFiles(Feed).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Packages, IsComplete);
        await RunsFromTheReadmeAsync();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>
    /// All in one run of the build; beside the tree's own build products, so that no other build finds half of a file. The ordinary build has analysed
    /// the same sources: here it would be most of the time.
    /// </summary>
    private Task<string> PackAsync() => ChildProgram.RunAsync(
        SampleTests.Root, "dotnet", "pack", "KinesisClientNet.Packages.slnf", "-c", "Release", "-o", Feed, $"-p:Version={Version}",
        "-p:ContinuousIntegrationBuild=true", "-p:RunAnalyzers=false", $"-p:ArtifactsPath={_folder}/artifacts", "-v", "quiet");

    private void IsComplete(string package)
    {
        using var archive = ZipFile.OpenRead(Path.Combine(Feed, $"KinesisClientNet.{package}.{Version}.nupkg"));
        var names = archive.Entries.Select(entry => entry.FullName).ToHashSet();
        Assert.Superset(new HashSet<string>([$"lib/net10.0/KinesisClientNet.{package}.dll", $"lib/net10.0/KinesisClientNet.{package}.xml", "README.md", "icon.png"]), names);
        Assert.DoesNotContain(names, name => name.EndsWith(".pdb", StringComparison.Ordinal)); // symbols have their own package
        if (package == "Hosting")
            Assert.Superset(new HashSet<string>(["ConfigurationSchema.json", "buildTransitive/KinesisClientNet.Hosting.targets"]), names);

        using var specification = archive.GetEntry($"KinesisClientNet.{package}.nuspec")!.Open();
        var metadata = XDocument.Load(specification).Root!.Elements().First();
        string Value(string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;
        Assert.Equal(("Apache-2.0", "README.md", "icon.png", Version), (Value("license"), Value("readme"), Value("icon"), Value("version")));
        Assert.All(["authors", "description", "tags", "copyright", "releaseNotes"], name => Assert.False(string.IsNullOrWhiteSpace(Value(name)), $"{package}: {name}"));
        Assert.Contains(metadata.Elements(), element => element.Name.LocalName == "repository" && element.Attribute("commit") is not null);

        using var symbols = ZipFile.OpenRead(Path.Combine(Feed, $"KinesisClientNet.{package}.{Version}.snupkg"));
        IsReproducible(symbols.GetEntry($"lib/net10.0/KinesisClientNet.{package}.pdb")!, archive.GetEntry($"lib/net10.0/KinesisClientNet.{package}.dll")!);
    }

    /// <summary>Deterministic, and its sources are named by paths that are the same on every machine (SourceLink maps them).</summary>
    private static void IsReproducible(ZipArchiveEntry symbols, ZipArchiveEntry assembly)
    {
        using var image = new PEReader(new MemoryStream(Read(assembly)));
        Assert.Contains(image.ReadDebugDirectory(), entry => entry.Type == DebugDirectoryEntryType.Reproducible);
        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(Read(symbols)));
        var reader = provider.GetMetadataReader();
        var sources = reader.Documents.Select(document => reader.GetString(reader.GetDocument(document).Name)).ToList();
        Assert.Contains(sources, name => name.StartsWith("/_", StringComparison.Ordinal));
        Assert.DoesNotContain(sources, name => name.StartsWith(SampleTests.Root, StringComparison.Ordinal));
    }

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using var content = entry.Open();
        using var memory = new MemoryStream();
        content.CopyTo(memory);
        return memory.ToArray();
    }

    /// <summary>Does what README.md says under "A worker of your own", nothing else.</summary>
    private async Task RunsFromTheReadmeAsync()
    {
        var readme = File.ReadAllText(Path.Combine(SampleTests.Root, "README.md"));
        var section = readme[readme.IndexOf("## A worker of your own", StringComparison.Ordinal)..];
        var commands = Shell().Match(section).Groups[1].Value;
        var program = CSharp().Match(section).Groups[1].Value;
        var processor = CSharp().Matches(readme).Select(match => match.Groups[1].Value).First(block => block.Contains("class OrderProcessor", StringComparison.Ordinal));
        var worker = Path.Combine(_folder, "worker", "Orders");
        Directory.CreateDirectory(worker);
        UseTheFeedOnly();

        Assert.StartsWith("dotnet new worker -o Orders", commands, StringComparison.Ordinal);
        await ChildProgram.RunAsync(Path.Combine(_folder, "worker"), "dotnet", "new", "worker", "-o", "Orders", "--no-restore");
        File.Delete(Path.Combine(worker, "Worker.cs"));
        foreach (Match package in Added().Matches(commands))
            await ChildProgram.RunAsync(worker, "dotnet", "add", "package", package.Groups[1].Value, "--version", Version);
        File.WriteAllText(Path.Combine(worker, "Program.cs"), program + "\n" + processor[processor.IndexOf("sealed class OrderProcessor", StringComparison.Ordinal)..]);
        await ChildProgram.RunAsync(worker, "dotnet", "build", "-warnaserror", "-o", Path.Combine(_folder, "worker", "out"));

        using var running = ChildProgram.Start("dotnet", Path.Combine(_folder, "worker", "out", "Orders.dll"));
        await running.SaysAsync("customer-42: 4 bytes at ");
        if (OperatingSystem.IsWindows())
            return;
        await running.TerminateAsync();
        var (exitCode, output) = await running.EndAsync();
        Assert.True(exitCode == 0, output);
    }

    /// <summary>Our packages come from the feed; what they need is what this repository has restored already. Nothing is left in the user's folders.</summary>
    private void UseTheFeedOnly()
    {
        var restored = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        File.WriteAllText(Path.Combine(_folder, "worker", "Directory.Build.props"), $"""
            <Project>
              <PropertyGroup>
                <RestoreAdditionalProjectSources>{Feed}</RestoreAdditionalProjectSources>
                <RestoreFallbackFolders>{restored}</RestoreFallbackFolders>
                <RestorePackagesPath>{Path.Combine(_folder, "worker", "packages")}</RestorePackagesPath>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
            </Project>
            """);
    }

    [GeneratedRegex(@"```sh\r?\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Shell();

    [GeneratedRegex(@"```csharp\r?\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharp();

    [GeneratedRegex(@"dotnet add package (\S+)")]
    private static partial Regex Added();
}
