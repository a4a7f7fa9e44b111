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
}
