using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer.DynamoDb;
using KinesisClientNet.Integration.Tests.Emulators;

namespace KinesisClientNet.Integration.Tests.DynamoDb;

/// <summary>Acceptance: tables of KCL 2.x and 3.0 to 3.4 are detected and refused with an explanation of what to do; nothing is written to them.</summary>
public sealed class LeaseTableGenerationTests(DynaliteFixture dynalite)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_table_of_KCL_2_is_refused_and_left_as_it_is()
    {
        using var client = await dynalite.ClientAsync();
        var name = await Kcl2TableAsync(client);
        using var store = new DynamoDbLeaseStore(client, name);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.PrepareAsync(Token));

        Assert.Contains("made by KCL 2.x", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Leases.Table.AdoptKcl2Table", refusal.Message, StringComparison.Ordinal);
        Assert.Single((await client.ScanAsync(new ScanRequest { TableName = name }, Token)).Items);
        Assert.Empty((await client.DescribeTableAsync(name, Token)).Table.GlobalSecondaryIndexes ?? []);
    }

    [Fact]
    public async Task A_table_in_the_middle_of_an_upgrade_is_refused()
    {
        using var table = await LeaseTable.CreateAsync(dynalite);
        await table.PutAsync(Row());
        await table.PutAsync(new() { ["leaseKey"] = new("Migration3.0"), ["entityType"] = new("CLIENT_VERSION_MIGRATION"), ["cv"] = new("CLIENT_VERSION_UPGRADE_FROM_2X") });

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(async () => await table.Store.PrepareAsync(Token));

        Assert.Contains("CLIENT_VERSION_UPGRADE_FROM_2X", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_of_KCL_3_with_further_tables_is_refused_until_its_migration_is_complete()
    {
        using var table = await LeaseTable.CreateAsync(dynalite);
        await table.PutAsync(Row());
        await table.Client.CreateTableAsync(Coordinator(table.Name), Token);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(async () => await table.Store.PrepareAsync(Token));
        await table.PutAsync(new() { ["leaseKey"] = new("TableMigration3.5"), ["entityType"] = new("TABLE_MIGRATION"), ["tm"] = new("TABLE_MIGRATION_STATUS_COMPLETE") });
        await table.Store.PrepareAsync(Token);

        Assert.Contains($"'{table.Name}-CoordinatorState'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Story", "C4")]
    public async Task A_table_of_KCL_3_5_is_taken_over_as_it_is()
    {
        using var table = await LeaseTable.CreateAsync(dynalite);
        await table.PutAsync(Row());
        await table.PutAsync(new() { ["leaseKey"] = new("Migration3.0"), ["entityType"] = new("CLIENT_VERSION_MIGRATION"), ["cv"] = new("CLIENT_VERSION_3X") });
        await table.PutAsync(new() { ["leaseKey"] = new("java-worker"), ["entityType"] = new("WORKER_METRIC_STATS"), ["lut"] = new() { N = "1" } });
        var before = await table.ItemsAsync();

        await table.Store.PrepareAsync(Token);

        Assert.Equal(before, await table.ItemsAsync());
        Assert.Single((await table.Store.ReadTableAsync(Token)).Leases);
    }

    private static Dictionary<string, AttributeValue> Row() => new()
    {
        ["leaseKey"] = new("shardId-000000000000"), ["leaseOwner"] = new("java-worker"), ["leaseCounter"] = new() { N = "42" },
        ["checkpoint"] = new("49590338271490256608559692538361571095921575989136588898"), ["checkpointSubSequenceNumber"] = new() { N = "0" },
        ["ownerSwitchesSinceCheckpoint"] = new() { N = "0" },
    };

    private static CreateTableRequest Coordinator(string application) => new()
    {
        TableName = $"{application}-CoordinatorState",
        AttributeDefinitions = [new("key", ScalarAttributeType.S)],
        KeySchema = [new("key", KeyType.HASH)],
        BillingMode = BillingMode.PAY_PER_REQUEST,
    };

    private static async Task<string> Kcl2TableAsync(IAmazonDynamoDB client)
    {
        var name = DynaliteFixture.NewTable("kcl2");
        await client.CreateTableAsync(
            new CreateTableRequest
            {
                TableName = name,
                AttributeDefinitions = [new("leaseKey", ScalarAttributeType.S)],
                KeySchema = [new("leaseKey", KeyType.HASH)],
                BillingMode = BillingMode.PAY_PER_REQUEST,
            },
            Token);
        while ((await client.DescribeTableAsync(name, Token)).Table.TableStatus != TableStatus.ACTIVE)
            await Task.Yield();
        await client.PutItemAsync(new PutItemRequest { TableName = name, Item = Row() }, Token);
        return name;
    }
}
