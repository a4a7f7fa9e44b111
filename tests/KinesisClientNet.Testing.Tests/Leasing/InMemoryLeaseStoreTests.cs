using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Testing.Leasing;

namespace KinesisClientNet.Testing.Tests.Leasing;

/// <summary>The in-memory store keeps every rule of a lease store; a store that breaks one is told which.</summary>
public sealed class InMemoryLeaseStoreTests
{
    public static TheoryData<string> Checks() => [.. LeaseStoreConformance.Checks.Select(check => check.Name)];

    [Theory]
    [MemberData(nameof(Checks))]
    public async Task The_store_keeps_the_rule(string name) =>
        await LeaseStoreConformance.Checks.Single(check => check.Name == name).RunAsync(new InMemoryLeaseStore(), TestContext.Current.CancellationToken);
}
