using System.Text;
using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Pipeline;

/// <summary>Issue 3: one byte-and-record budget; Wait, FailFast, DropOldest.</summary>
public sealed class BackpressureTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_buffer_makes_callers_wait_and_lets_them_go_on_when_there_is_room()
    {
        await using var rig = new ProducerRig();
        var producer = rig.Create(options => options.Buffer.MaxRecords = 10);
        for (var i = 0; i < 10; i++)
            await producer.EnqueueAsync($"key-{i}", default, Stop);

        var eleventh = producer.EnqueueAsync("key-10", default, Stop).AsTask();
        Assert.False(eleventh.IsCompleted);
        Assert.False(producer.TryEnqueue(new ProducerRecord("key-11", default), out _));
        await rig.UntilAsync(eleventh);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(11, rig.Stored().Count);
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_no_trace()
    {
        await using var rig = new ProducerRig();
        var producer = rig.Create(options => options.Buffer.MaxRecords = 1);
        await producer.EnqueueAsync("first", default, Stop);
        using var cancellation = new CancellationTokenSource();

        var second = producer.EnqueueAsync("second", default, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => second);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal("first", Assert.Single(rig.Stored()).Key);
        Assert.Equal(0, producer.PendingRecords);
    }

    [Fact]
    public async Task A_cancelled_send_does_not_take_the_record_back()
    {
        await using var rig = new ProducerRig();
        var producer = rig.Create();
        using var cancellation = new CancellationTokenSource();

        var send = producer.SendAsync("key", default, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => send);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Single(rig.Stored());
    }

    [Fact]
    public async Task FailFast_refuses_what_has_no_room()
    {
        await using var rig = new ProducerRig();
        var producer = rig.Create(options => (options.Buffer.MaxRecords, options.Buffer.WhenFull) = (1, BufferFullMode.FailFast));
        await producer.EnqueueAsync("first", default, Stop);

        var error = await Assert.ThrowsAsync<RecordFailedException>(async () => await producer.EnqueueAsync("second", default, Stop));

        Assert.Equal(RecordFailureReason.BufferFull, error.Reason);
        Assert.Contains("Buffer.MaxRecords = 1", error.Message, StringComparison.Ordinal);
    }

    /// <summary>In Wait mode a hot shard takes at most four fifths of the buffer: callers of other shards always find room, those of the hot one wait.</summary>
    [Fact]
    [Trait("Story", "H2")]
    public async Task A_hot_shard_takes_four_fifths_of_the_buffer_at_most_and_only_its_own_callers_find_it_full()
    {
        await using var rig = new ProducerRig(shards: 2);
        var hot = rig.Stream.ListShards()[0].HashKeyRange;
        rig.Api.FailEntry = entry => hot.Contains(entry.ExplicitHashKey!.Value) ? "ProvisionedThroughputExceededException" : null;
        var producer = rig.Create(options => options.Buffer.MaxBytes = 1024 * 1024);
        await rig.UntilAsync((await producer.EnqueueAsync(new ProducerRecord("warm-up", default, UInt128.MaxValue), Stop)).Delivery);

        for (var step = 0; step < 4_000; step++)
        {
            producer.TryEnqueue(new ProducerRecord("hot", new byte[1_000], hot.Start), out _);
            if (step % 50 == 0)
                await rig.PassAsync(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(5));
        }

        Assert.InRange(producer.PendingBytes, 0.75 * 1024 * 1024, 0.82 * 1024 * 1024);
        Assert.False(producer.TryEnqueue(new ProducerRecord("hot", new byte[1_000], hot.Start), out _));
        for (var i = 0; i < 100; i++)
        {
            Assert.True(producer.TryEnqueue(new ProducerRecord("calm", new byte[1_000], UInt128.MaxValue), out var pending));
            await rig.PassAsync(TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(20));
            Assert.True(pending.Delivery.IsCompletedSuccessfully);
        }
    }

    [Fact]
    public async Task DropOldest_drops_whole_Kinesis_records_oldest_first_and_waits_for_those_in_flight()
    {
        await using var rig = new ProducerRig(shards: 1);
        rig.Api.BeforePut = _ => throw new HttpRequestException("down");
        var dropped = new List<int>();
        var producer = rig.Create(options =>
        {
            (options.Buffer.MaxRecords, options.Buffer.WhenFull) = (100, BufferFullMode.DropOldest);
            options.Aggregation.MaxRecords = 10;
            options.OnRecordsSettled = settled =>
            {
                for (var i = 0; i < settled.Count && !settled.Succeeded; i++)
                    dropped.Add((int)settled.StateOf(i)!);
            };
        });

        for (var i = 0; i < 105; i++)
        {
            await rig.UntilAsync(producer.EnqueueAsync(new ProducerRecord("key", default, State: i), Stop).AsTask());
            await rig.SettleAsync();
        }

        // The first record went alone, before the map was known. While all others are in flight, the newest may have to go.
        var old = dropped.Where(i => i < 100).ToList();
        Assert.Contains(old.Count, new[] { 1, 11 });
        Assert.Equal(Enumerable.Range(0, old.Count), old);
        Assert.DoesNotContain(104, dropped);
    }

    [Fact]
    public async Task DropOldest_reports_the_oldest_and_keeps_the_newest()
    {
        await using var rig = new ProducerRig();
        rig.Api.BeforePut = _ => throw new HttpRequestException("down");
        var dropped = new List<string>();
        var producer = rig.Create(options =>
        {
            (options.Buffer.MaxRecords, options.Buffer.WhenFull) = (100, BufferFullMode.DropOldest);
            options.Aggregation.Enabled = false;
            options.OnRecordFailed = failed => dropped.Add(Encoding.UTF8.GetString(failed.Record.Data.Span));
        });

        for (var i = 0; i < 300; i++)
        {
            await rig.UntilAsync(producer.EnqueueAsync($"key-{i}", Encoding.UTF8.GetBytes($"{i}"), Stop).AsTask());
            if (i % 10 == 0)
                await rig.PassAsync(TimeSpan.FromMilliseconds(5));
        }

        rig.Api.BeforePut = null;
        var report = dropped.ToList();
        await rig.UntilAsync(producer.FlushAsync(Stop));

        var stored = rig.Stored().Select(record => record.Text).ToHashSet();
        Assert.Equal(300, stored.Count + report.Count);
        Assert.Empty(stored.Intersect(report));
        Assert.Contains("299", stored);
        Assert.InRange(report.Count, 150, 230);
    }

    /// <summary>Issue 3 and story L3: TTL in {0, 1, max - 1, max}.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(TimeSpan.TicksPerMillisecond * 99, true)]
    [InlineData(TimeSpan.TicksPerMillisecond * 101, false)]
    [InlineData(long.MaxValue - 1, false)]
    [InlineData(long.MaxValue, false)]
    [Trait("Story", "L3")]
    public async Task A_time_to_live_is_refused_or_kept_at_both_ends_of_its_range(long ticks, bool isRefused)
    {
        await using var rig = new ProducerRig();
        if (isRefused)
        {
            var error = Assert.Throws<ArgumentException>(() => rig.Create(options => options.RecordTtl = TimeSpan.FromTicks(ticks)));
            Assert.Contains("RecordTtl", error.Message, StringComparison.Ordinal);
            return;
        }

        var producer = rig.Create(options => options.RecordTtl = TimeSpan.FromTicks(ticks));
        await rig.UntilAsync(producer.SendAsync("key", default, Stop).AsTask());
    }

    [Fact]
    public async Task A_record_that_grows_too_old_expires_once_and_not_before()
    {
        await using var rig = new ProducerRig();
        rig.Api.BeforePut = _ => throw new HttpRequestException("down");
        var producer = rig.Create(options => options.RecordTtl = TimeSpan.FromSeconds(10));
        var pending = await producer.EnqueueAsync("key", default, Stop);

        await rig.PassAsync(TimeSpan.FromSeconds(9.9), TimeSpan.FromMilliseconds(50));
        Assert.False(pending.Delivery.IsCompleted);
        await rig.PassAsync(TimeSpan.FromSeconds(3.5), TimeSpan.FromMilliseconds(50));

        var error = await Assert.ThrowsAsync<RecordFailedException>(() => pending.Delivery);
        Assert.Equal(RecordFailureReason.Expired, error.Reason);
        Assert.NotEmpty(error.Attempts);
    }
}
