using KinesisClientNet.Architecture.Tests.Sources;
using KinesisClientNet.Core;

namespace KinesisClientNet.Architecture.Tests;

public sealed class PublicSurfaceTests
{
    private const int PublicExceptionTypes = 5;

    [Theory]
    [InlineData("Core", 39)]
    [InlineData("Producer", 16)]
    [InlineData("Consumer", 29)]
    [InlineData("DeadLetters.Sqs", 1)]
    [InlineData("Hosting", 8)]
    [InlineData("Testing", 10)]
    [InlineData("Local", 20)]
    [InlineData("Local.Server", 4)]
    public void A_package_shows_no_more_types_than_its_budget(string package, int budget)
    {
        var types = ProductProject.All.Single(project => project.ShortName == package).Assembly.GetExportedTypes()
            .Where(type => !type.IsNested && !IsOfStorePort(type)).ToList();

        Assert.True(types.Count <= budget, $"{package} has {types.Count} public types, {budget} are budgeted:\n{string.Join('\n', types.Select(type => type.FullName))}");
    }

    /// <summary>The seam for lease stores shows the nine writes of KCL's protocol and what they write on: docs/adr/0038-public-surface-of-the-consumer.md.</summary>
    [Fact]
    public void The_port_for_lease_stores_shows_no_more_types_than_its_budget()
    {
        var types = ProductProject.All.Single(project => project.ShortName == "Consumer").Assembly.GetExportedTypes().Where(IsOfStorePort).ToList();

        Assert.InRange(types.Count, 1, 20);
    }

    [Fact]
    public void Every_package_tracks_its_public_api_in_text()
    {
        var found = ProductProject.All
            .SelectMany(project => new[] { $"{project.Folder}/PublicAPI.Shipped.txt", $"{project.Folder}/PublicAPI.Unshipped.txt" })
            .Where(path => !Repository.Exists(path));

        Assert.Empty(found);
    }

    [Fact]
    public void There_are_at_most_five_public_exception_types_and_all_have_one_root()
    {
        var exceptions = ProductProject.All
            .SelectMany(project => project.Assembly.GetExportedTypes())
            .Where(type => typeof(Exception).IsAssignableFrom(type)).ToList();

        Assert.True(exceptions.Count <= PublicExceptionTypes, string.Join('\n', exceptions));
        Assert.All(exceptions, type => Assert.True(typeof(KinesisClientException).IsAssignableFrom(type), $"{type} is not a KinesisClientException."));
    }

    [Fact]
    public void A_public_type_is_sealed_static_abstract_or_an_interface()
    {
        var found = ProductProject.All
            .SelectMany(project => project.Assembly.GetExportedTypes())
            .Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false })
            .Where(type => !type.Name.EndsWith("Options", StringComparison.Ordinal))
            .Select(type => type.FullName);

        Assert.Empty(found);
    }

    [Fact]
    public void Nothing_in_src_depends_on_a_test_or_a_sample()
    {
        var found = Repository.Files
            .Where(file => file.Path.StartsWith("src/", StringComparison.Ordinal) && file.Path.EndsWith(".csproj", StringComparison.Ordinal))
            .Where(file => file.Text.Contains("/tests/", StringComparison.Ordinal) || file.Text.Contains("/samples/", StringComparison.Ordinal));

        Assert.Empty(found);
    }

    private static bool IsOfStorePort(Type type) => type.Namespace is "KinesisClientNet.Consumer.Leasing" or "KinesisClientNet.Consumer.DynamoDb";
}
