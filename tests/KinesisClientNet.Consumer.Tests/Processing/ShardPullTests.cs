using System.Text;
using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Processing;

[Collection(VirtualTimeCollection.Name)]
public sealed class ShardPullTests
{
    [Fact]
    public async Task A_shard_can_be_pulled_without_a_lease_from_any_position()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync("a", "0");
        await rig.PutAggregateAsync(("a", "1"), ("b", "2"), ("a", "3"));
        await rig.PutAsync("c", "4");
        var shard = rig.Stream.ShardIds[0];
        rig.Stream.Split(shard);
        var after = new ExtendedSequenceNumber(rig.SequenceNumbers[1], 1);
        var values = new List<string>();

        async Task PullAsync()
        {
            await foreach (var batch in KinesisConsumer.ReadShardAsync(ConsumerRig.Options(), shard, after, rig.Api, timeProvider: rig.Clock))
                values.AddRange(batch.Select(record => Encoding.UTF8.GetString(record.Data.Span)));
        }

        rig.Clock.RunUntilDone(Task.Run(PullAsync, TestContext.Current.CancellationToken), TimeSpan.FromMinutes(1));

        Assert.Equal(["3", "4"], values);
    }

    /// <summary>The pull API reads as the settings say: subscribed, with a registration that goes away when the loop is left.</summary>
    [Theory]
    [InlineData(RetrievalMode.EnhancedFanOut)]
    [InlineData(RetrievalMode.Auto)]
    public async Task A_shard_can_be_pulled_by_fan_out_to_its_end(RetrievalMode mode)
    {
        FlakyKinesis kinesis = null!;
        await using var rig = new ConsumerRig(wrap: local => kinesis = new FlakyKinesis(local));
        await rig.PutAsync("a", "0");
        await rig.PutAggregateAsync(("a", "1"), ("b", "2"), ("a", "3"));
        await rig.PutAsync("c", "4");
        var shard = rig.Stream.ShardIds[0];
        var after = new ExtendedSequenceNumber(rig.SequenceNumbers[1], 1);
        var values = new List<string>();

        var pulling = Task.Run(() => PullAsync(rig, mode, shard, after, values, most: int.MaxValue), TestContext.Current.CancellationToken);
        rig.Clock.RunUntil(() => values.Count == 2, TimeSpan.FromMinutes(1));
        rig.Clock.RunFor(TimeSpan.FromMinutes(6)); // a subscription lives for five
        await rig.PutAsync("d", "5");
        rig.Stream.Split(shard);
        rig.Clock.RunUntilDone(pulling, TimeSpan.FromMinutes(1));

        Assert.Equal(["3", "4", "5"], values);
        Assert.Empty(kinesis.Reads);
        Assert.Empty((await rig.Api.ListStreamConsumersAsync(rig.Stream.Arn, cancellationToken: TestContext.Current.CancellationToken)).Consumers);
    }

    [Theory]
    [InlineData(RetrievalMode.Polling)]
    [InlineData(RetrievalMode.EnhancedFanOut)]
    public async Task Leaving_the_loop_early_ends_everything_that_read(RetrievalMode mode)
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(50);
        var values = new List<string>();

        var pulling = Task.Run(
            () => PullAsync(rig, mode, rig.Stream.ShardIds[0], ExtendedSequenceNumber.TrimHorizon, values, most: 5), TestContext.Current.CancellationToken);
        rig.Clock.RunUntilDone(pulling, TimeSpan.FromMinutes(1));

        Assert.Equal(["0", "1", "2", "3", "4"], values);
        rig.Clock.RunFor(TimeSpan.FromMinutes(10));
        Assert.Equal(0, rig.Clock.ArmedTimers);
    }

    private static async Task PullAsync(ConsumerRig rig, RetrievalMode mode, string shard, ExtendedSequenceNumber after, List<string> values, int most)
    {
        var options = ConsumerRig.Options(options => (options.Retrieval.Mode, options.Retrieval.FanOut.DeregistersOnStop, options.Processing.MaxBatchRecords) = (mode, true, 5));
        await foreach (var batch in KinesisConsumer.ReadShardAsync(options, shard, after, rig.Api, timeProvider: rig.Clock))
        {
            values.AddRange(batch.Select(record => Encoding.UTF8.GetString(record.Data.Span)));
            if (values.Count >= most)
                return;
        }
    }
}
