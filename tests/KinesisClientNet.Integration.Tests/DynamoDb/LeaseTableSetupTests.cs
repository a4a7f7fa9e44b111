using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.DynamoDb;
using KinesisClientNet.Integration.Tests.Emulators;

namespace KinesisClientNet.Integration.Tests.DynamoDb;

/// <summary>How a lease table comes to be.</summary>
public sealed class LeaseTableSetupTests(DynaliteFixture dynalite)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_missing_table_is_created_on_demand_with_the_index_of_KCL()
    {
        using var table = await LeaseTable.CreateAsync(dynalite);

        var made = (await table.Client.DescribeTableAsync(table.Name, Token)).Table;

        Assert.Equal(BillingMode.PAY_PER_REQUEST, made.BillingModeSummary.BillingMode);
        Assert.Equal("leaseKey", Assert.Single(made.KeySchema).AttributeName);
        var index = Assert.Single(made.GlobalSecondaryIndexes);
        Assert.Equal("LeaseOwnerToLeaseKeyIndex", index.IndexName);
        Assert.Equal(["leaseOwner HASH", "leaseKey RANGE"], index.KeySchema.Select(part => $"{part.AttributeName} {part.KeyType}"));
        Assert.Equal(ProjectionType.KEYS_ONLY, index.Projection.ProjectionType);
    }

    [Fact]
    public async Task A_table_is_created_with_provisioned_capacity_when_asked_for()
    {
        using var client = await dynalite.ClientAsync();
        var name = DynaliteFixture.NewTable("provisioned");
        using var store = new DynamoDbLeaseStore(client, name, new() { ProvisionedCapacity = true, ReadCapacityUnits = 3, WriteCapacityUnits = 4 });

        await store.PrepareAsync(Token);

        var made = (await client.DescribeTableAsync(name, Token)).Table;
        Assert.Equal((3, 4), (made.ProvisionedThroughput.ReadCapacityUnits, made.ProvisionedThroughput.WriteCapacityUnits));
        Assert.Equal(4, made.GlobalSecondaryIndexes[0].ProvisionedThroughput.WriteCapacityUnits);
    }

    [Fact]
    public async Task Workers_that_start_together_share_one_table()
    {
        using var client = await dynalite.ClientAsync();
        var name = DynaliteFixture.NewTable("together");
        DynamoDbLeaseStore[] stores = [.. Enumerable.Range(0, 5).Select(_ => new DynamoDbLeaseStore(client, name))];

        await Task.WhenAll(stores.Select(store => store.PrepareAsync(Token).AsTask()));

        Assert.Empty((await stores[4].ReadTableAsync(Token)).Leases);
    }

    [Fact]
    public async Task A_table_of_something_else_is_refused_and_left_alone()
    {
        using var client = await dynalite.ClientAsync();
        var name = DynaliteFixture.NewTable("foreign");
        await client.CreateTableAsync(
            new CreateTableRequest
            {
                TableName = name,
                AttributeDefinitions = [new("id", ScalarAttributeType.S)],
                KeySchema = [new("id", KeyType.HASH)],
                BillingMode = BillingMode.PAY_PER_REQUEST,
            },
            Token);
        using var store = new DynamoDbLeaseStore(client, name);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.PrepareAsync(Token));

        Assert.Contains($"'{name}' is not a lease table: its key is (id HASH)", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_index_that_does_not_come_ends_the_start_with_its_limit()
    {
        using var client = await dynalite.ClientAsync();
        var name = DynaliteFixture.NewTable("noindex");
        await client.CreateTableAsync(
            new CreateTableRequest
            {
                TableName = name,
                AttributeDefinitions = [new("leaseKey", ScalarAttributeType.S)],
                KeySchema = [new("leaseKey", KeyType.HASH)],
                ProvisionedThroughput = new(5, 5),
            },
            Token);
        using var store = new DynamoDbLeaseStore(client, name, new LeaseTableOptions { IndexTimeout = TimeSpan.FromSeconds(1) });

        var late = await Assert.ThrowsAsync<TimeoutException>(async () => await store.PrepareAsync(Token));

        Assert.Contains("Leases.Table.IndexTimeout", late.Message, StringComparison.Ordinal);
    }
}
