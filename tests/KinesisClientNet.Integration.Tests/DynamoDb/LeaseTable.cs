using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer.DynamoDb;
using KinesisClientNet.Integration.Tests.Emulators;

namespace KinesisClientNet.Integration.Tests.DynamoDb;

/// <summary>A lease table of one test, with its raw items as text.</summary>
public sealed class LeaseTable : IDisposable
{
    private LeaseTable(IAmazonDynamoDB client, string name)
    {
        Client = client;
        Name = name;
        Store = new(client, name);
    }

    public IAmazonDynamoDB Client { get; }

    public string Name { get; }

    public DynamoDbLeaseStore Store { get; }

    public static async Task<LeaseTable> CreateAsync(DynaliteFixture dynalite)
    {
        var table = new LeaseTable(await dynalite.ClientAsync(), DynaliteFixture.NewTable("leases"));
        await table.Store.PrepareAsync(TestContext.Current.CancellationToken);
        return table;
    }

    /// <summary>Every item of the table, one line each: attribute names in order, values in DynamoDB's own typed notation.</summary>
    public async Task<IReadOnlyList<string>> ItemsAsync()
    {
        var page = await Client.ScanAsync(new ScanRequest { TableName = Name, ConsistentRead = true }, TestContext.Current.CancellationToken);
        return [.. page.Items.Select(Describe).Order(StringComparer.Ordinal)];
    }

    public async Task PutAsync(Dictionary<string, AttributeValue> item) =>
        await Client.PutItemAsync(new PutItemRequest { TableName = Name, Item = item }, TestContext.Current.CancellationToken);

    /// <summary>Removes every item.</summary>
    public async Task EmptyAsync()
    {
        foreach (var item in (await Client.ScanAsync(new ScanRequest { TableName = Name, ConsistentRead = true }, TestContext.Current.CancellationToken)).Items)
            await Client.DeleteItemAsync(Name, new() { ["leaseKey"] = item["leaseKey"] }, TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        Store.Dispose();
        Client.Dispose();
    }

    private static string Describe(Dictionary<string, AttributeValue> item) =>
        string.Join(' ', item.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}={Describe(entry.Value)}"));

    private static string Describe(AttributeValue value)
    {
        if (value.S is not null)
            return $"S:{value.S}";
        if (value.N is not null)
            return $"N:{value.N}";
        if (value.B is not null)
            return $"B:{Convert.ToBase64String(value.B.ToArray())}";
        if (value.SS is { Count: > 0 })
            return $"SS:[{string.Join(',', value.SS.Order(StringComparer.Ordinal))}]";
        if (value.L is not null && (value.L.Count > 0 || value.IsLSet == true))
            return $"L:[{string.Join(',', value.L.Select(Describe))}]";
        return value.M is not null ? $"M:{{{Describe(value.M)}}}" : "?";
    }
}
