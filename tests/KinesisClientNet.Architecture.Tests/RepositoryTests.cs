using System.Text.Json;
using System.Text.RegularExpressions;
using KinesisClientNet.Architecture.Tests.Sources;

namespace KinesisClientNet.Architecture.Tests;

/// <summary>A clone must build on any machine: no paths of one machine, no feeds of one company.</summary>
public sealed partial class RepositoryTests
{
    private static readonly string[] BinaryExtensions = [".gz", ".png", ".snk", ".zip", ".bin"];

    [Fact]
    public void No_file_names_a_folder_of_one_machine()
    {
        var found = Repository.Files
            .Where(file => !BinaryExtensions.Contains(Path.GetExtension(file.Path)))
            .SelectMany(file => MachinePath().Matches(file.Text).Select(match => $"{file}: {match.Value}"));

        Assert.Empty(found);
    }

    [Fact]
    public void The_package_configuration_names_no_source()
    {
        Assert.DoesNotContain("packageSources", Repository.Read("nuget.config"), StringComparison.Ordinal);
        Assert.DoesNotContain("RestoreSources", Repository.Read("Directory.Build.props"), StringComparison.Ordinal);
        Assert.DoesNotContain(Repository.Files, file => Path.GetFileName(file.Path) == ".npmrc");
    }

    [Fact]
    public void The_lock_file_of_the_emulators_holds_hashes_and_no_addresses()
    {
        using var lockFile = JsonDocument.Parse(Repository.Read("tests/emulators/package-lock.json"));

        var packages = lockFile.RootElement.GetProperty("packages").EnumerateObject().Where(package => package.Name.Length > 0).ToList();

        Assert.NotEmpty(packages);
        Assert.All(packages, package => Assert.False(package.Value.TryGetProperty("resolved", out _), $"{package.Name} has an address."));
        Assert.All(packages, package => Assert.True(package.Value.TryGetProperty("integrity", out _), $"{package.Name} has no hash."));
    }

    [Fact]
    public void The_emulators_versions_are_exact()
    {
        using var manifest = JsonDocument.Parse(Repository.Read("tests/emulators/package.json"));

        Assert.All(
            manifest.RootElement.GetProperty("dependencies").EnumerateObject(),
            dependency => Assert.Matches(@"^\d+\.\d+\.\d+$", dependency.Value.GetString()));
    }

    [Fact]
    public void Every_package_version_stands_once_in_alphabetical_order_and_is_exact()
    {
        var entries = PackageVersion().Matches(Repository.Read("Directory.Packages.props")).Select(match => (Name: match.Groups[1].Value, Version: match.Groups[2].Value)).ToList();

        Assert.Equal(entries.Select(entry => entry.Name).Distinct().Order(StringComparer.OrdinalIgnoreCase), entries.Select(entry => entry.Name));
        Assert.All(entries, entry => Assert.Matches(@"^\d+(\.\d+){2,3}$", entry.Version));
    }

    [Fact]
    public void The_solution_holds_every_project()
    {
        var solution = Repository.Read("KinesisClientNet.sln").Replace('\\', '/');

        var missing = Repository.Files
            .Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal))
            .Where(file => !solution.Contains($"\"{file.Path}\"", StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    [Fact]
    public void Nothing_is_left_to_do_later_in_the_code()
    {
        var found = Repository.CSharpIn("src").Where(file => LeftOver().IsMatch(file.Text));

        Assert.Empty(found);
    }

    [GeneratedRegex(@"(?<![\w.$:/}~])/(?:home|root|work|Users)/[\w.-]+|[A-Za-z]:\\Users\\")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"<PackageVersion Include=""([^""]+)"" Version=""([^""]+)""")]
    private static partial Regex PackageVersion();

    [GeneratedRegex(@"\b(?:TO[D]O|HA[C]K|FIX[M]E|NotImplementedException)\b")]
    private static partial Regex LeftOver();
}
