using KinesisClientNet.Architecture.Tests.Metadata;
using KinesisClientNet.Architecture.Tests.Sources;

namespace KinesisClientNet.Architecture.Tests;

/// <summary>docs/architecture.md, "Who may know whom".</summary>
public sealed class DependencyTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Core"] = [],
        ["Producer"] = ["Core"],
        ["Consumer"] = ["Core"],
        ["DeadLetters.Sqs"] = ["Core", "Consumer"],
        ["Hosting"] = ["Core", "Producer", "Consumer"],
        ["Local"] = ["Core"],
        ["Local.Server"] = ["Core", "Local"],
        ["Testing"] = ["Core", "Producer", "Consumer", "Local"],
    };

    private static readonly Dictionary<string, string[]> AllowedAwsAssemblies = new()
    {
        ["Core"] = ["AWSSDK.Core"],
        ["Producer"] = ["AWSSDK.Core"],
        ["Consumer"] = ["AWSSDK.Core", "AWSSDK.DynamoDBv2"],
        ["DeadLetters.Sqs"] = ["AWSSDK.Core", "AWSSDK.SQS"],
        ["Hosting"] = ["AWSSDK.Core", "AWSSDK.DynamoDBv2", "AWSSDK.Extensions.NETCore.Setup"],
    };

    public static TheoryData<string> Packages { get; } = [.. ProductProject.All.Select(project => project.ShortName)];

    [Fact]
    public void Every_package_has_a_rule() =>
        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), ProductProject.All.Select(project => project.ShortName));

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_project_file_references_only_what_its_rule_allows(string package) =>
        Assert.Empty(Project(package).ProjectReferences.Except(Allowed[package]));

    [Theory]
    [MemberData(nameof(Packages))]
    public void An_assembly_references_only_what_its_rule_allows(string package)
    {
        var ours = Project(package).Assembly.GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => name.StartsWith("KinesisClientNet.", StringComparison.Ordinal))
            .Select(name => name["KinesisClientNet.".Length..]);

        Assert.Empty(ours.Except(Allowed[package]));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void An_assembly_takes_from_the_AWS_SDK_only_what_its_rule_allows(string package)
    {
        var aws = Project(package).Assembly.GetReferencedAssemblies()
            .Select(name => name.Name!).Where(name => name.StartsWith("AWSSDK", StringComparison.Ordinal));

        Assert.Empty(aws.Except(AllowedAwsAssemblies.GetValueOrDefault(package, [])));
    }

    [Theory]
    [InlineData("Core")]
    [InlineData("Producer")]
    [InlineData("Consumer")]
    [InlineData("DeadLetters.Sqs")]
    [InlineData("Local")]
    public void A_library_package_knows_neither_container_nor_host_nor_options(string package)
    {
        string[] banned = ["Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.Options", "Microsoft.Extensions.Hosting", "Microsoft.AspNetCore"];

        var found = Project(package).Assembly.GetReferencedAssemblies()
            .Where(name => banned.Any(prefix => name.Name!.StartsWith(prefix, StringComparison.Ordinal)));

        Assert.Empty(found);
    }

    [Theory]
    [InlineData("Leasing", "Retrieval")]
    [InlineData("Leasing", "Processing")]
    [InlineData("ShardSync", "Retrieval")]
    [InlineData("ShardSync", "Processing")]
    [InlineData("Retrieval", "Leasing")]
    [InlineData("Retrieval", "Processing")]
    [InlineData("DynamoDb", "Retrieval")]
    [InlineData("DynamoDb", "Processing")]
    public void Inside_the_consumer_a_part_does_not_see(string part, string hidden)
    {
        const string Root = "KinesisClientNet.Consumer";

        var violations = TypeUses.Read(Project("Consumer").AssemblyPath)
            .Where(use => use.User.IsIn($"{Root}.{part}") && use.Used.IsIn($"{Root}.{hidden}"));

        Assert.Empty(violations);
    }

    [Fact]
    public void Only_the_DynamoDb_folder_names_the_DynamoDB_client()
    {
        var violations = ProductProject.All
            .Where(project => project.ShortName != "Hosting")
            .SelectMany(project => TypeUses.Read(project.AssemblyPath))
            .Where(use => use.Used.IsIn("Amazon.DynamoDBv2") && !use.User.IsIn("KinesisClientNet.Consumer.DynamoDb"));

        Assert.Empty(violations);
    }

    [Theory]
    [InlineData("Aggregation", "Service")]
    [InlineData("Aggregation", "Resilience")]
    [InlineData("Resilience", "Aggregation")]
    [InlineData("Service", "Aggregation")]
    public void Inside_the_core_a_part_does_not_see(string part, string hidden)
    {
        const string Root = "KinesisClientNet.Core";

        var violations = TypeUses.Read(Project("Core").AssemblyPath)
            .Where(use => use.User.IsIn($"{Root}.{part}") && use.Used.IsIn($"{Root}.{hidden}"));

        Assert.Empty(violations);
    }

    [Fact]
    public void The_metadata_reader_sees_uses_in_signatures_and_bodies()
    {
        var uses = TypeUses.Read(typeof(DependencyTests).Assembly.Location);
        var here = new TypeName("KinesisClientNet.Architecture.Tests", nameof(DependencyTests));
        const string Metadata = "KinesisClientNet.Architecture.Tests.Metadata";

        Assert.Contains(new TypeUse(here, new(Metadata, nameof(TypeUses))), uses); // a call
        Assert.Contains(new TypeUse(here, new(Metadata, nameof(TypeUse))), uses); // a lambda's parameter
        Assert.Contains(new TypeUse(new(Metadata, nameof(SignatureTypes)), new("System.Reflection.Metadata", "TypeReferenceHandle")), uses);
        Assert.DoesNotContain(uses, use => use.User == here && use.Used == new TypeName(Metadata, nameof(IntermediateLanguage)));
    }

    private static ProductProject Project(string package) => ProductProject.All.Single(project => project.ShortName == package);
}
