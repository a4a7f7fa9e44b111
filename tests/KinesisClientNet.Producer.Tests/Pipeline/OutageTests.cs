using KinesisClientNet.Core.Service;
using KinesisClientNet.Producer.Tests.Rig;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Producer.Tests.Pipeline;

public sealed class OutageTests
{
    private const int MaxBytes = 4 * 1024 * 1024;
    private const int QuotaBytesPerSecond = 4 * 1024 * 1024;
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    /// <summary>Stories L3 and L4: ten minutes without service under a load of twice the shards' quota.</summary>
    [Fact]
    [Trait("Story", "L3")]
    [Trait("Story", "L4")]
    public async Task Ten_minutes_of_outage_at_twice_the_load_lose_nothing_and_end_within_five_seconds()
    {
        await using var rig = new ProducerRig(shards: 4, Local.LocalThrottling.Strict);
        var producer = rig.Create(options => options.Buffer.MaxBytes = MaxBytes);
        var isDown = false;
        rig.Api.BeforePut = _ =>
        {
            if (isDown)
                throw Down();
        };
        DateTimeOffset? firstSuccess = null;
        rig.Api.AfterPut = _ => firstSuccess ??= rig.Clock.GetUtcNow();
        var load = new SteadyLoad(producer, rig, bytesPerSecond: 2 * QuotaBytesPerSecond, recordBytes: 2_000);

        await load.RunAsync(TimeSpan.FromMilliseconds(50), Stop);
        await rig.UntilAsync(producer.FlushAsync(Stop));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        isDown = true;
        var calls = new List<int>();
        for (var halfMinute = 0; halfMinute < 20; halfMinute++)
        {
            var callsBefore = rig.Api.Calls.Count;
            await load.RunAsync(TimeSpan.FromSeconds(30), Stop, step: TimeSpan.FromMilliseconds(halfMinute == 0 ? 100 : 500));
            calls.Add(rig.Api.Calls.Count - callsBefore);
        }

        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        var healedAt = rig.Clock.GetUtcNow();
        (isDown, firstSuccess) = (false, null);
        await load.RunAsync(TimeSpan.FromSeconds(5), Stop, step: TimeSpan.FromMilliseconds(50));
        var storedInFive = StoredBytes(rig);
        await load.RunAsync(TimeSpan.FromSeconds(5), Stop, step: TimeSpan.FromMilliseconds(50));
        var rateAfterFive = (StoredBytes(rig) - storedInFive) / 5.0;
        await rig.UntilAsync(load.StopAsync());
        await rig.UntilAsync(producer.FlushAsync(Stop));

        // The rate decays from the first, full calls to less than one small probe a second, and stays there.
        Assert.InRange(calls[0], 1, 60);
        Assert.All(calls.Skip(1), inHalfAMinute => Assert.InRange(inHalfAMinute, 1, 30));
        Assert.InRange(grown, 0, (long)(MaxBytes * 1.15));
        Assert.InRange(firstSuccess!.Value - healedAt, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.InRange(rateAfterFive, 0.95 * QuotaBytesPerSecond, 1.05 * QuotaBytesPerSecond);
        Assert.Equal(0, load.Failed);
        Assert.Equal(load.Accepted, rig.Stored(strictRangeFilter: true).Select(record => record.Text).Distinct().Count());
        Assert.InRange(rig.Log.Lines.Count(line => line.Level >= LogLevel.Warning), 1, 12);
    }

    [Fact]
    [Trait("Story", "L4")]
    public async Task In_an_hour_of_503_the_service_is_asked_less_than_once_a_second_and_a_line_a_minute_says_so()
    {
        await using var rig = new ProducerRig(shards: 4);
        var isDown = true;
        rig.Api.BeforePut = _ =>
        {
            if (isDown)
                throw Down();
        };
        var producer = rig.Create();
        var load = new SteadyLoad(producer, rig, bytesPerSecond: 1_000, recordBytes: 100);

        for (var minute = 0; minute < 60; minute++)
        {
            var before = rig.Api.Calls.Count;
            await load.RunAsync(TimeSpan.FromMinutes(1), Stop, step: TimeSpan.FromSeconds(2));
            Assert.InRange(rig.Api.Calls.Count - before, 1, 60);
        }

        Assert.InRange(rig.Log.Lines.Count(line => line.Level >= LogLevel.Warning), 50, 61);
        isDown = false;
        var healedAt = rig.Clock.GetUtcNow();
        await rig.UntilAsync(producer.FlushAsync(Stop));
        Assert.InRange(rig.Clock.GetUtcNow() - healedAt, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(load.Accepted, rig.Stored().Select(record => record.Text).Distinct().Count());
    }

    /// <summary>With spilling left to the application, what has no outcome at the end is handed over, record by record.</summary>
    [Fact]
    [Trait("Story", "L8")]
    public async Task A_stop_in_an_outage_hands_over_every_record_that_was_not_delivered()
    {
        await using var rig = new ProducerRig(shards: 4);
        rig.Api.BeforePut = _ => throw Down();
        var undelivered = new List<(string Key, string Text, object? State)>();
        var producer = rig.Create(options =>
        {
            options.Aggregation.MaxBytes = 300;
            options.OnRecordFailed = failed => undelivered.Add((failed.Record.PartitionKey!, System.Text.Encoding.UTF8.GetString(failed.Record.Data.Span), failed.Record.State));
        });
        for (var i = 0; i < 500; i++)
            await producer.EnqueueAsync(new ProducerRecord($"key-{i}", System.Text.Encoding.UTF8.GetBytes($"{i}"), State: i), Stop);
        await rig.PassAsync(TimeSpan.FromSeconds(1));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5), rig.Clock);

        var failed = await rig.UntilAsync(producer.StopAsync(deadline.Token));

        Assert.Equal(500, failed);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => ($"key-{i}", $"{i}", (object?)i)), undelivered.OrderBy(record => (int)record.State!));
        Assert.Equal(0, producer.PendingRecords);
    }

    [Fact]
    [Trait("Story", "K3")]
    public async Task Credentials_that_expire_every_thirty_seconds_for_an_hour_lose_nothing_and_flood_no_log()
    {
        await using var rig = new ProducerRig(shards: 2);
        var refusedUntil = DateTimeOffset.MinValue;
        rig.Api.BeforePut = _ =>
        {
            if (rig.Clock.GetUtcNow() < refusedUntil)
                throw new KinesisApiException(KinesisErrorKind.Authentication, "ExpiredTokenException", "The token is expired.", 400);
        };
        var producer = rig.Create();
        var load = new SteadyLoad(producer, rig, bytesPerSecond: 1_000, recordBytes: 100);

        for (var rotation = 0; rotation < 120; rotation++)
        {
            refusedUntil = rig.Clock.GetUtcNow().AddMilliseconds(300);
            await load.RunAsync(TimeSpan.FromSeconds(1), Stop, step: TimeSpan.FromMilliseconds(50));
            await load.RunAsync(TimeSpan.FromSeconds(29), Stop, step: TimeSpan.FromSeconds(14.5));
        }

        await rig.UntilAsync(load.StopAsync());
        await rig.UntilAsync(producer.FlushAsync(Stop));
        Assert.Equal(load.Accepted, rig.Stored().Select(record => record.Text).Distinct().Count());
        Assert.InRange(rig.Log.Lines.Count(line => line.Level >= LogLevel.Warning), 1, 61);
    }

    [Fact]
    [Trait("Story", "M3")]
    public async Task Within_a_minute_after_a_peak_the_producer_holds_no_buffer_any_more()
    {
        await using var rig = new ProducerRig(shards: 4);
        var producer = rig.Create(options => options.ShardRateFactor = 1_000);
        var load = new SteadyLoad(producer, rig, bytesPerSecond: 20_000_000, recordBytes: 2_000);

        await load.RunAsync(TimeSpan.FromSeconds(2), Stop);
        await rig.UntilAsync(load.StopAsync());
        await rig.UntilAsync(producer.FlushAsync(Stop));
        var atPeak = producer.Pipeline.Pool.IdleBytes;
        await rig.PassAsync(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(1));

        Assert.InRange(atPeak, 50_000, 8 * 1024 * 1024);
        Assert.Equal(0, producer.Pipeline.Pool.IdleBytes);
        Assert.Equal((0, 0), (producer.PendingBytes, producer.PendingRecords));
    }

    private static long StoredBytes(ProducerRig rig) => rig.Stream.Records().Sum(record => (long)record.Data.Length + record.PartitionKey!.Length);

    private static KinesisApiException Down() => new(KinesisErrorKind.ServiceFault, "ServiceUnavailable", "The service is down.", 503);
}
