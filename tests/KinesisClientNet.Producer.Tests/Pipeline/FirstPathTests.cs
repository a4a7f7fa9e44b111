using System.Text;
using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Pipeline;

public sealed class FirstPathTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_record_is_stored_and_its_receipt_names_the_place()
    {
        await using var rig = new ProducerRig();
        var producer = rig.Create();

        var receipt = await rig.UntilAsync(producer.SendAsync("customer-42", "paid"u8.ToArray(), Stop).AsTask());

        var stored = Assert.Single(rig.Stored());
        Assert.Equal(("customer-42", "paid", false), (stored.Key, stored.Text, stored.WasAggregated));
        Assert.Equal((stored.ShardId, stored.SequenceNumber, 0), (receipt.ShardId, receipt.SequenceNumber, receipt.SubSequenceNumber));
        var attempt = Assert.Single(receipt.Attempts);
        Assert.True(attempt.Succeeded);
        Assert.InRange(attempt.Delay, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(120));
        Assert.Equal(TimeSpan.FromMilliseconds(10), attempt.Duration);
    }

    [Fact]
    public async Task Many_records_are_packed_per_shard_and_each_receipt_matches_what_is_stored()
    {
        await using var rig = new ProducerRig(shards: 4);
        var producer = rig.Create();
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());

        var sent = new List<(string Text, PendingRecord Pending)>();
        for (var i = 0; i < 2_000; i++)
            sent.Add(($"{i}", await producer.EnqueueAsync($"key-{i % 50}", Encoding.UTF8.GetBytes($"{i}"), Stop)));
        await rig.UntilAsync(producer.FlushAsync(Stop));

        var stored = rig.Stored(strictRangeFilter: true).Where(record => record.Key != "warm-up").ToDictionary(record => record.Text);
        Assert.Equal(2_000, stored.Count);
        foreach (var (text, pending) in sent)
        {
            Assert.True(pending.Delivery.IsCompletedSuccessfully);
            var (receipt, record) = (await pending.Delivery, stored[text]);
            Assert.Equal((record.ShardId, record.SequenceNumber, record.Position), (receipt.ShardId, receipt.SequenceNumber, receipt.SubSequenceNumber));
        }

        Assert.Equal(4, stored.Values.Select(record => record.SequenceNumber).Distinct().Count());
        Assert.Equal(0, producer.PendingRecords);
        Assert.Equal(0, producer.PendingBytes);
    }

    [Fact]
    [Trait("Story", "D5")]
    public async Task Failed_entries_are_sent_again_and_stored_ones_are_not()
    {
        await using var rig = new ProducerRig(shards: 4);
        var left = 6;
        rig.Api.FailEntry = entry => left-- > 0 ? "InternalFailure" : null;
        var producer = rig.Create(options => options.Aggregation.Enabled = false);

        var pending = new List<PendingRecord>();
        for (var i = 0; i < 20; i++)
            pending.Add(await producer.EnqueueAsync($"key-{i}", Encoding.UTF8.GetBytes($"{i}"), Stop));
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}").Order(), rig.Stored().Select(record => record.Text).Order());
        var receipts = await Task.WhenAll(pending.Select(record => record.Delivery));
        Assert.Equal(6, receipts.Count(receipt => receipt.Attempts.Count > 1));
        Assert.All(receipts.Where(receipt => receipt.Attempts.Count > 1), receipt => Assert.Equal("InternalFailure", receipt.Attempts[0].ErrorCode));
    }

    [Fact]
    public async Task Dispose_stores_what_was_accepted()
    {
        await using var rig = new ProducerRig();
        var producer = rig.Create();

        for (var i = 0; i < 100; i++)
            await producer.EnqueueAsync($"key-{i}", Encoding.UTF8.GetBytes($"{i}"), Stop);
        await rig.UntilAsync(producer.DisposeAsync().AsTask());

        Assert.Equal(100, rig.Stored().Count);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await producer.EnqueueAsync("late", default, Stop));
    }

    [Fact]
    [Trait("Story", "L8")]
    public async Task Dispose_in_an_outage_ends_in_time_and_fails_the_rest()
    {
        await using var rig = new ProducerRig();
        rig.Api.BeforePut = _ => throw new HttpRequestException("no route");
        var producer = rig.Create(options => options.ShutdownTimeout = TimeSpan.FromSeconds(3));
        var pending = new List<PendingRecord>();
        for (var i = 0; i < 100; i++)
            pending.Add(await producer.EnqueueAsync($"key-{i}", Encoding.UTF8.GetBytes($"{i}"), Stop));

        var started = rig.Clock.GetUtcNow();
        await rig.UntilAsync(producer.DisposeAsync().AsTask());

        Assert.InRange(rig.Clock.GetUtcNow() - started, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3.1));
        foreach (var record in pending)
        {
            var error = await Assert.ThrowsAsync<RecordFailedException>(() => record.Delivery);
            Assert.Equal(RecordFailureReason.ProducerStopped, error.Reason);
            Assert.NotEmpty(error.Attempts);
        }
    }
}
