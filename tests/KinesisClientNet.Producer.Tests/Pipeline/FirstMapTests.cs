using System.Text;
using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Pipeline;

public sealed class FirstMapTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_burst_before_the_first_map_is_packed_when_the_map_arrives(bool keepsOrder)
    {
        await using var rig = new ProducerRig(shards: 4);
        var failures = 1; // its retry comes within a second, inside the two that first records wait
        rig.Api.BeforeList = () =>
        {
            if (failures-- > 0)
                throw new InvalidOperationException("not yet");
        };
        var producer = rig.Create(options => options.KeepKeyOrder = keepsOrder);

        var sent = new List<(string Text, PendingRecord Pending)>();
        for (var i = 0; i < 1_000; i++)
            sent.Add(($"{i}", await producer.EnqueueAsync($"key-{i % 50}", Encoding.UTF8.GetBytes($"{i}"), Stop)));
        await rig.UntilAsync(producer.FlushAsync(Stop));

        var stored = rig.Stored(strictRangeFilter: true);
        Assert.Equal(1_000, stored.Count);
        var places = stored.ToDictionary(record => record.Text);
        foreach (var (text, pending) in sent)
        {
            var (receipt, record) = (await pending.Delivery, places[text]);
            Assert.Equal((record.ShardId, record.SequenceNumber, record.Position), (receipt.ShardId, receipt.SequenceNumber, receipt.SubSequenceNumber));
        }

        Assert.True(stored.All(record => record.WasAggregated), "Some records travelled alone.");
        foreach (var key in stored.GroupBy(record => record.Key))
            Assert.Equal(key.Select(record => int.Parse(record.Text, null)).Order(), key.Select(record => int.Parse(record.Text, null)));
        Assert.Equal(0, producer.PendingBytes);
    }
}
