using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Pipeline;

/// <summary>Issue 3, ADR 0014: records leave early while no call is in flight.</summary>
public sealed class EarlySendingTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, 0, 1)]
    [InlineData(false, 100, 120)]
    public async Task A_quiet_record_leaves_at_once_only_when_early_sending_is_chosen(bool early, int least, int most)
    {
        await using var rig = new ProducerRig();
        var producer = rig.Create(options => options.SendsEarlyWhenIdle = early);
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());
        await rig.PassAsync(TimeSpan.FromSeconds(1));

        var receipt = await rig.UntilAsync(producer.SendAsync("key", default, Stop).AsTask());

        Assert.InRange(receipt.Attempts[0].Delay, TimeSpan.FromMilliseconds(least), TimeSpan.FromMilliseconds(most));
    }

    [Fact]
    public async Task At_5000_records_a_second_the_median_stays_below_ten_milliseconds_with_at_most_91_calls_a_second()
    {
        await using var rig = new ProducerRig(shards: 4);
        rig.Api.Latency = TimeSpan.FromMilliseconds(2);
        var ages = new List<double>();
        var producer = rig.Create(options =>
        {
            options.SendsEarlyWhenIdle = true;
            options.OnRecordsSettled = settled =>
            {
                for (var i = 0; i < settled.Count; i++)
                    ages.Add((rig.Clock.GetUtcNow() - (DateTimeOffset)settled.StateOf(i)!).TotalMilliseconds);
            };
        });
        await rig.UntilAsync(producer.EnqueueAsync(new ProducerRecord("warm-up", default, State: rig.Clock.GetUtcNow()), Stop).AsTask());
        await rig.UntilAsync(producer.FlushAsync(Stop));
        ages.Clear();
        var callsBefore = rig.Api.Calls.Count;

        for (var ms = 0; ms < 1_000; ms++)
        {
            for (var i = 0; i < 5; i++)
                await producer.EnqueueAsync(new ProducerRecord($"key-{(ms * 5) + i}", new byte[20], State: rig.Clock.GetUtcNow()), Stop);
            await rig.PassAsync(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
        }

        var calls = rig.Api.Calls.Count - callsBefore;
        await rig.UntilAsync(producer.FlushAsync(Stop));
        ages.Sort();
        Assert.Equal(5_000, ages.Count);
        Assert.InRange(ages[2_500], 0, 10);
        Assert.InRange(calls, 70, 92);
    }

    /// <summary>A window whose first record was just being appended was once taken off the list of those that fall due.</summary>
    [Fact]
    public async Task Without_buffering_time_every_record_leaves_at_once()
    {
        await using var rig = new ProducerRig(shards: 1);
        rig.Api.Latency = TimeSpan.Zero;
        var producer = rig.Create(options => options.MaxBufferedTime = TimeSpan.Zero);
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());

        for (var i = 0; i < 3_000; i++)
        {
            var delivery = producer.SendAsync("key", default, Stop).AsTask();
            await rig.SettleAsync();
            Assert.True(delivery.IsCompletedSuccessfully);
            await rig.PassAsync(TimeSpan.FromMilliseconds(1)); // the shard takes a thousand a second
        }
    }

    [Fact]
    public async Task While_a_call_is_in_flight_records_wait_for_its_answer_or_their_deadline()
    {
        await using var rig = new ProducerRig(shards: 1);
        rig.Api.Latency = TimeSpan.FromMilliseconds(60);
        var producer = rig.Create(options => options.SendsEarlyWhenIdle = true);
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());

        for (var ms = 0; ms < 1_200; ms += 2)
        {
            await producer.EnqueueAsync($"key-{ms}", default, Stop);
            await rig.PassAsync(TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(2));
        }

        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.InRange(rig.Api.Calls.Count, 15, 23);
        Assert.Equal(601, rig.Stored().Count);
    }

    [Fact]
    public async Task A_failing_service_is_not_asked_more_often_for_it()
    {
        await using var rig = new ProducerRig(shards: 1);
        rig.Api.BeforePut = _ => throw new HttpRequestException("down");
        var producer = rig.Create(options => options.SendsEarlyWhenIdle = true);

        for (var i = 0; i < 600; i++)
        {
            await producer.EnqueueAsync($"key-{i}", default, Stop);
            await rig.PassAsync(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(20));
        }

        Assert.InRange(rig.Api.Calls.Count, 10, 90);
    }
}
