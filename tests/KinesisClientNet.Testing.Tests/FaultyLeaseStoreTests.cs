using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Testing.Leasing;

namespace KinesisClientNet.Testing.Tests;

public class FaultyLeaseStoreTests
{
    private static readonly Lease Row = new() { LeaseKey = "shard", ShardId = "shard", Checkpoint = ExtendedSequenceNumber.TrimHorizon };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Checks => [.. LeaseStoreConformance.Checks.Select(static check => check.Name)];

    [Theory]
    [MemberData(nameof(Checks))]
    public Task Store_that_does_not_fail_passes_the_conformance_kit(string name) =>
        LeaseStoreConformance.Checks.Single(check => check.Name == name).RunAsync(new FaultyLeaseStore(), Token);

    [Fact]
    public async Task Failed_write_is_not_applied_and_lost_answer_is()
    {
        var store = new FaultyLeaseStore();
        var applied = new List<LeaseWrite>();
        store.Applied += (write, _) => applied.Add(write);

        store.FailNext();
        await Assert.ThrowsAsync<IOException>(async () => await store.WriteLeaseAsync(new CreateLease(Row), Token));
        Assert.Null(await store.ReadLeaseAsync("shard", Token));

        store.LoseNextAnswers();
        await Assert.ThrowsAsync<IOException>(async () => await store.WriteLeaseAsync(new CreateLease(Row), Token));
        Assert.NotNull(await store.ReadLeaseAsync("shard", Token));

        Assert.Single(applied);
        Assert.Equal(2, store.Failures);
    }

    [Fact]
    public async Task Random_failures_are_the_same_for_the_same_seed()
    {
        Assert.Equal(await RunAsync(7), await RunAsync(7));
        Assert.NotEqual(await RunAsync(7), await RunAsync(8));

        static async Task<string> RunAsync(int seed)
        {
            var store = new FaultyLeaseStore(seed: seed);
            store.FailRandomly(0.5);
            var text = "";
            for (var i = 0; i < 64; i++)
            {
                try
                {
                    await store.ReadTableAsync(Token);
                    text += ".";
                }
                catch (IOException)
                {
                    text += "x";
                }
            }

            return text;
        }
    }

    [Theory]
    [InlineData(-0.1, 0)]
    [InlineData(0, 1.1)]
    public void Share_out_of_range_is_refused(double failed, double lost) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new FaultyLeaseStore().FailRandomly(failed, lost));
}
