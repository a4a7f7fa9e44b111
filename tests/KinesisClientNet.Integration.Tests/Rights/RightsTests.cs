using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.DynamoDb;
using KinesisClientNet.Integration.Tests.DynamoDb;
using KinesisClientNet.Integration.Tests.Emulators;
using KinesisClientNet.Testing.Leasing;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Integration.Tests.Rights;

/// <summary>
/// Least privilege, from the other side: what the lease store really sends is recorded, and each statement of docs/lease-table.md allows exactly that. That no call is missing is shown from the
/// compiled code by the tests of the same name in Architecture.Tests.
/// </summary>
public sealed class RightsTests(DynaliteFixture dynalite)
{
    private static readonly DocumentedRights Page = DocumentedRights.Read(RepositoryFolders.Root);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_on_a_table_that_exists_sends_what_the_statements_of_table_and_index_allow()
    {
        using var table = await LeaseTable.CreateAsync(dynalite);
        var recorded = new RecordedDynamoDb();
        using var client = recorded.Client(await dynalite.EndpointAsync());

        foreach (var check in LeaseStoreConformance.Checks)
        {
            using var store = new DynamoDbLeaseStore(client, table.Name);
            await check.RunAsync(store, Token);
            await table.EmptyAsync();
        }

        Assert.Equal(Page.CloudFormation["LeaseTable"], Operations(recorded.Requests.Where(sent => sent.Table == table.Name && !sent.IsOfIndex)));
        Assert.Equal(Page.CloudFormation["LeaseIndex"], Operations(recorded.Requests.Where(sent => sent.Table == table.Name && sent.IsOfIndex)));
        Assert.All(recorded.Requests, sent => Assert.Equal(table.Name, sent.Table));
    }

    [Fact]
    public async Task Beside_a_table_of_KCL_its_former_table_is_described_and_nothing_else()
    {
        using var table = await LeaseTable.CreateAsync(dynalite);
        await table.PutAsync(Row());
        var recorded = new RecordedDynamoDb();
        using var client = recorded.Client(await dynalite.EndpointAsync());
        using var store = new DynamoDbLeaseStore(client, table.Name);

        await store.PrepareAsync(Token);

        var other = recorded.Requests.Where(sent => sent.Table != table.Name).ToList();
        Assert.All(other, sent => Assert.Equal($"{table.Name}-CoordinatorState", sent.Table));
        Assert.Equal(Page.CloudFormation["FormerKclTable"], Operations(other));
    }

    [Fact]
    public async Task A_store_that_creates_its_table_sends_what_the_statement_for_it_allows()
    {
        var recorded = new RecordedDynamoDb();
        using var client = recorded.Client(await dynalite.EndpointAsync());
        using var store = new DynamoDbLeaseStore(client, DynaliteFixture.NewTable("rights"), new() { PointInTimeRecovery = true });

        // dynalite knows no backups: the request is refused after it was seen.
        await Assert.ThrowsAnyAsync<AmazonDynamoDBException>(async () => await store.PrepareAsync(Token));
        using var tagged = new DynamoDbLeaseStore(client, DynaliteFixture.NewTable("rights"), new() { Tags = { ["team"] = "billing" } });
        await tagged.PrepareAsync(Token);

        var everywhere = Page.CloudFormation["LeaseTable"];
        Assert.Equal(Page.CloudFormation["CreateLeaseTable"], Operations(recorded.Requests).Except(everywhere));
    }

    [Fact]
    public async Task A_store_that_adopts_a_table_of_KCL_2_sends_what_the_statement_for_it_allows()
    {
        var recorded = new RecordedDynamoDb();
        using var client = recorded.Client(await dynalite.EndpointAsync());
        var name = DynaliteFixture.NewTable("rights");
        await client.CreateTableAsync(
            new CreateTableRequest
            {
                TableName = name, AttributeDefinitions = [new("leaseKey", ScalarAttributeType.S)], KeySchema = [new("leaseKey", KeyType.HASH)], ProvisionedThroughput = new(5, 5),
            },
            Token);
        var own = recorded.Requests.Count();
        using var store = new DynamoDbLeaseStore(client, name, new() { AdoptKcl2Table = true, IndexTimeout = TimeSpan.FromSeconds(1) });

        // dynalite adds no index to a table that exists; the request was sent.
        await Assert.ThrowsAsync<TimeoutException>(async () => await store.PrepareAsync(Token));

        Assert.Equal(Page.CloudFormation["AdoptKcl2Table"], Operations(recorded.Requests.Skip(own)).Except(Page.CloudFormation["LeaseTable"]));
    }

    [Fact]
    public async Task The_table_in_both_snippets_is_the_one_that_a_store_creates()
    {
        var recorded = new RecordedDynamoDb();
        using var client = recorded.Client(await dynalite.EndpointAsync());
        using var store = new DynamoDbLeaseStore(client, DynaliteFixture.NewTable("rights"));

        await store.PrepareAsync(Token);

        var schema = Schema(Assert.Single(recorded.Requests, sent => sent.Operation == "CreateTable").Body);
        Assert.Equal(schema, Page.CloudFormationSchema);
        Assert.Equal(schema, Page.TerraformSchema);
    }

    private static IEnumerable<string> Operations(IEnumerable<RecordedDynamoDb.Sent> requests) => requests
        .SelectMany(sent => sent.Operation == "CreateTable" && sent.Body.TryGetProperty("Tags", out _) ? [sent.Operation, "TagResource"] : new[] { sent.Operation })
        .Select(operation => $"dynamodb:{operation}")
        .Distinct()
        .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Schema(JsonElement request)
    {
        var index = Assert.Single(request.GetProperty("GlobalSecondaryIndexes").EnumerateArray());
        return new[]
        {
            $"billing {Text(request, "BillingMode")}", $"index {Text(index, "IndexName")}", $"projection {Text(index.GetProperty("Projection"), "ProjectionType")}",
        }
            .Concat(request.GetProperty("AttributeDefinitions").EnumerateArray().Select(part => $"attribute {Text(part, "AttributeName")} {Text(part, "AttributeType")}"))
            .Concat(Keys(request)).Concat(Keys(index))
            .Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Keys(JsonElement owner) =>
        owner.GetProperty("KeySchema").EnumerateArray().Select(part => DocumentedRights.Key(Text(part, "AttributeName"), Text(part, "KeyType")));

    private static string Text(JsonElement owner, string name) => owner.GetProperty(name).GetString()!;

    private static Dictionary<string, AttributeValue> Row() => new()
    {
        ["leaseKey"] = new("shardId-000000000000"), ["leaseOwner"] = new("java-worker"), ["leaseCounter"] = new() { N = "42" },
        ["checkpoint"] = new("TRIM_HORIZON"), ["checkpointSubSequenceNumber"] = new() { N = "0" }, ["ownerSwitchesSinceCheckpoint"] = new() { N = "0" },
    };
}
