using KinesisClientNet.Consumer.DynamoDb;
using KinesisClientNet.Integration.Tests.Emulators;
using KinesisClientNet.Testing.Leasing;

namespace KinesisClientNet.Integration.Tests.DynamoDb;

/// <summary>The DynamoDB store keeps every rule of a lease store, judged by a DynamoDB that we did not write.</summary>
public sealed class LeaseStoreConformanceTests(DynaliteFixture dynalite)
{
    public static TheoryData<string> Checks() => [.. LeaseStoreConformance.Checks.Select(check => check.Name)];

    [Theory]
    [MemberData(nameof(Checks))]
    public async Task The_store_keeps_the_rule(string name)
    {
        using var client = await dynalite.ClientAsync();
        using var store = new DynamoDbLeaseStore(client, DynaliteFixture.NewTable("rules"));

        await LeaseStoreConformance.Checks.Single(check => check.Name == name).RunAsync(store, TestContext.Current.CancellationToken);
    }
}
