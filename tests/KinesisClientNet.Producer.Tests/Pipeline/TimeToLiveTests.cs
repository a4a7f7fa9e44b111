using CsCheck;
using KinesisClientNet.Producer.Collecting;
using KinesisClientNet.Producer.Tests.Rig;
using Microsoft.Extensions.Time.Testing;

namespace KinesisClientNet.Producer.Tests.Pipeline;

/// <summary>Story L3: a time to live near the end of its range overflowed in the KPL, and records expired at once (KPL #54, maxwell #2147).</summary>
[Trait("Story", "L3")]
public sealed class TimeToLiveTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    private static readonly long[] Ends = [0, 1, long.MaxValue - 1, long.MaxValue, int.MaxValue * TimeSpan.TicksPerMillisecond];
    private static readonly long[] Frequencies = [1_000, 10_000_000, 1_000_000_000, 10_000_000_000];
    private static readonly Gen<long> Edges = Gen.OneOf(Gen.Int[0, Ends.Length - 1].Select(i => Ends[i]), Gen.Long[0, long.MaxValue]);

    [Fact]
    public void Times_never_overflow_at_any_resolution_of_the_clock() =>
        Gen.Select(Edges, Edges, Gen.Int[0, Frequencies.Length - 1].Select(i => Frequencies[i])).Sample((a, b, frequency) =>
        {
            var clock = new ClockOf(frequency);
            var (shorter, longer) = (CollectorOptions.Ticks(TimeSpan.FromTicks(Math.Min(a, b)), clock), CollectorOptions.Ticks(TimeSpan.FromTicks(Math.Max(a, b)), clock));

            Assert.InRange(shorter, 0, longer);
            Assert.InRange(longer, 0, long.MaxValue / 4);
        });

    [Fact]
    public void A_time_to_live_is_taken_exactly_when_it_is_above_the_buffering_time() => Gen.Select(Edges, Gen.Int[0, 3_600_000]).Sample((ticks, bufferedMs) =>
    {
        var (ttl, buffered) = (TimeSpan.FromTicks(ticks), TimeSpan.FromMilliseconds(bufferedMs));
        var problem = ProducerOptionsRules.FirstProblem(new KinesisProducerOptions { StreamName = "s", RecordTtl = ttl, MaxBufferedTime = buffered });

        Assert.Equal(ttl <= buffered, problem is not null);
        if (problem is not null)
            Assert.Contains($"RecordTtl = {ttl}", problem, StringComparison.Ordinal);
    });

    [Fact]
    public async Task In_an_outage_a_record_expires_within_its_time_to_live_and_the_longest_wait_and_never_before() => await Gen.Int[101, 20_000].SampleAsync(async ms =>
    {
        await using var rig = new ProducerRig(shards: 1);
        rig.Api.BeforePut = _ => throw new HttpRequestException("down");
        var producer = rig.Create(options => options.RecordTtl = TimeSpan.FromMilliseconds(ms));
        var pending = await producer.EnqueueAsync("key", default, Stop);

        await rig.PassAsync(TimeSpan.FromMilliseconds(ms), TimeSpan.FromMilliseconds(50));
        Assert.False(pending.Delivery.IsCompleted);
        await rig.PassAsync(TimeSpan.FromSeconds(3.2), TimeSpan.FromMilliseconds(50));

        Assert.Equal(RecordFailureReason.Expired, (await Assert.ThrowsAsync<RecordFailedException>(() => pending.Delivery)).Reason);
    }, iter: 30, threads: 1);

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue - 1)]
    [InlineData((long)int.MaxValue * TimeSpan.TicksPerMillisecond)]
    public async Task The_longest_times_to_live_outlast_an_outage(long ticks)
    {
        await using var rig = new ProducerRig(shards: 1);
        var isDown = true;
        rig.Api.BeforePut = _ =>
        {
            if (isDown)
                throw new HttpRequestException("down");
        };
        var producer = rig.Create(options => options.RecordTtl = TimeSpan.FromTicks(ticks));
        var pending = await producer.EnqueueAsync("key", default, Stop);

        await rig.PassAsync(TimeSpan.FromHours(3), TimeSpan.FromSeconds(20));
        isDown = false;

        await rig.UntilAsync(pending.Delivery);
    }

    private sealed class ClockOf(long frequency) : FakeTimeProvider
    {
        public override long TimestampFrequency => frequency;
    }
}
