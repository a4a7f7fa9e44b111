using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Tests.Metering;

/// <summary>The metrics of kinesis-service.md §13: names and dimensions are CloudWatch's.</summary>
public class MetricsTests
{
    private const string Shard = "shardId-000000000000";

    private static readonly string[] ShardLevel =
    [
        "IncomingBytes", "IncomingRecords", "IteratorAgeMilliseconds", "OutgoingBytes", "OutgoingRecords", "ReadProvisionedThroughputExceeded",
        "WriteProvisionedThroughputExceeded",
    ];

    private readonly LocalFixture _local = new(options: new() { Throttling = LocalThrottling.Strict });

    private FaultPlan Faults => _local.Kinesis.Faults;

    [Fact]
    public async Task PutRecord_counts_its_bytes_with_the_key()
    {
        await _local.PutAsync("hello");
        await _local.PutAsync("hi");

        Assert.Equal((2, 13d, 5d, 8d), Statistics("PutRecord.Bytes"));
        Assert.Equal((2, 13d, 5d, 8d), Statistics("IncomingBytes"));
        Assert.Equal((2, 2d, 1d, 1d), Statistics("IncomingRecords"));
        Assert.Equal(1, Total("PutRecord.Success").Average);
        Assert.Equal(2, Total("PutRecord.Latency").SampleCount);
        Assert.Equal((2, 0d, 0d, 0d), Statistics("WriteProvisionedThroughputExceeded"));
    }

    [Fact]
    public async Task PutRecords_tells_stored_throttled_and_failed_records_apart()
    {
        Faults.Next(LocalOperation.PutRecords, Fault.ThrottledEntries(1, 3)).Next(LocalOperation.PutRecords, Fault.FailedEntries(0));

        await PutManyAsync(5);
        await PutManyAsync(2);

        Assert.Equal((2, 7d, 2d, 5d), Statistics("PutRecords.TotalRecords"));
        Assert.Equal((2, 4d, 1d, 3d), Statistics("PutRecords.SuccessfulRecords"));
        Assert.Equal((2, 2d, 0d, 2d), Statistics("PutRecords.ThrottledRecords"));
        Assert.Equal((2, 1d, 0d, 1d), Statistics("PutRecords.FailedRecords"));
        Assert.Equal((2, 2d, 0d, 2d), Statistics("WriteProvisionedThroughputExceeded"));
        Assert.Equal(4, Total("IncomingRecords").Sum);
        Assert.Equal(16, Total("PutRecords.Bytes").Sum); // four records of one byte with a key of three
    }

    [Fact]
    public async Task PutRecords_succeeds_when_one_record_is_taken_and_fails_when_none_is()
    {
        Faults.Next(LocalOperation.PutRecords, Fault.ThrottledEntries(0)).Next(LocalOperation.PutRecords, Fault.ThrottledEntries(0, 1))
            .Next(LocalOperation.PutRecords, Fault.Throttled).Next(LocalOperation.PutRecords, Fault.InternalFailure);

        await PutManyAsync(2);
        await PutManyAsync(2);
        await LocalFixture.RefusedAsync(PutManyAsync(3), "ProvisionedThroughputExceededException");
        await LocalFixture.RefusedAsync(PutManyAsync(4), "InternalFailureException");

        Assert.Equal((4, 1d, 0d, 1d), Statistics("PutRecords.Success"));
        Assert.Equal(1 + 2 + 3, Total("PutRecords.ThrottledRecords").Sum);
        Assert.Equal(4, Total("PutRecords.FailedRecords").Sum);
        Assert.Equal(11, Total("PutRecords.TotalRecords").Sum);
        Assert.Equal(6, Total("WriteProvisionedThroughputExceeded").Sum);
    }

    [Fact]
    public async Task Shard_over_its_rate_is_seen_as_a_throttled_write()
    {
        await PutManyAsync(500);
        await PutManyAsync(500);
        await PutManyAsync(10);
        await LocalFixture.RefusedAsync(_local.PutAsync("x"), "ProvisionedThroughputExceededException");

        Assert.Equal(11, Total("WriteProvisionedThroughputExceeded").Sum);
        Assert.Equal(10, Total("PutRecords.ThrottledRecords").Sum);
        Assert.Equal((1, 0d), (Total("PutRecord.Success").SampleCount, Total("PutRecord.Success").Sum));
        Assert.Equal(1000, Total("IncomingRecords").Sum);
    }

    [Fact]
    public async Task GetRecords_counts_records_bytes_and_the_age_of_what_it_read()
    {
        await _local.PutAsync("hello");
        _local.Clock.Advance(TimeSpan.FromSeconds(7));
        await _local.PutAsync("hi");
        var iterator = await _local.IteratorAsync(StartingPosition.TrimHorizon);

        var first = await _local.PageAsync(iterator, limit: 1);
        await _local.PageAsync(first.NextShardIterator!);

        Assert.Equal((2, 2d, 1d, 1d), Statistics("GetRecords.Records"));
        Assert.Equal((2, 13d, 5d, 8d), Statistics("GetRecords.Bytes"));
        Assert.Equal((2, 7000d, 0d, 7000d), Statistics("GetRecords.IteratorAgeMilliseconds"));
        Assert.Equal((2, 2d, 1d, 1d), Statistics("GetRecords.Success"));
        Assert.Equal((2, 0d, 0d, 0d), Statistics("ReadProvisionedThroughputExceeded"));
    }

    [Fact]
    public async Task GetRecords_above_the_rate_or_with_an_error_is_no_success()
    {
        var iterator = await _local.IteratorAsync(StartingPosition.TrimHorizon);
        for (var i = 0; i < 5; i++)
            await _local.PageAsync(iterator);
        await LocalFixture.RefusedAsync(_local.PageAsync(iterator), "ProvisionedThroughputExceededException");
        Faults.Next(LocalOperation.GetRecords, Fault.ExpiredIterator);
        await LocalFixture.RefusedAsync(_local.PageAsync(iterator), "ExpiredIteratorException");

        Assert.Equal((7, 5d, 0d, 1d), Statistics("GetRecords.Success"));
        Assert.Equal((7, 1d, 0d, 1d), Statistics("ReadProvisionedThroughputExceeded"));
    }

    [Fact]
    public async Task Latency_is_the_time_of_the_services_clock()
    {
        Faults.Next(LocalOperation.PutRecords, Fault.Delay(TimeSpan.FromMilliseconds(250)));

        var put = PutManyAsync(1).AsTask();
        _local.Clock.Advance(TimeSpan.FromMilliseconds(250));
        await put;
        await PutManyAsync(1);

        Assert.Equal((2, 250d, 0d, 250d), Statistics("PutRecords.Latency"));
    }

    [Fact]
    public async Task Call_that_never_arrived_is_not_measured_and_one_whose_answer_was_lost_is()
    {
        Faults.Next(LocalOperation.PutRecords, Fault.LostRequest).Next(LocalOperation.PutRecords, Fault.LostAnswer);

        await LocalFixture.RefusedAsync(PutManyAsync(1), "ConnectionLost");
        await LocalFixture.RefusedAsync(PutManyAsync(1), "ConnectionLost");

        Assert.Equal((1, 1d, 1d, 1d), Statistics("PutRecords.Success"));
    }

    [Fact]
    public async Task Subscription_is_measured_with_its_consumer()
    {
        var consumer = await _local.Kinesis.RegisterStreamConsumerAsync(_local.Stream.Arn, "billing", LocalFixture.Token);
        await _local.PutAsync("hello");
        await using var subscription = await SubscribeAsync(consumer);
        await using var events = subscription.GetAsyncEnumerator(LocalFixture.Token);
        Assert.True(await events.MoveNextAsync());
        await LocalFixture.RefusedAsync(SubscribeAsync(consumer), "ResourceInUseException");

        Assert.Equal((2, 1d, 0d, 1d), Statistics("SubscribeToShard.Success", consumer: "billing"));
        Assert.Equal((2, 1d, 0d, 1d), Statistics("SubscribeToShard.RateExceeded", consumer: "billing"));
        Assert.Equal((1, 1d, 1d, 1d), Statistics("SubscribeToShardEvent.Success", consumer: "billing"));
        Assert.Equal((1, 1d, 1d, 1d), Statistics("SubscribeToShardEvent.Records", consumer: "billing"));
        Assert.Equal((1, 8d, 8d, 8d), Statistics("SubscribeToShardEvent.Bytes", consumer: "billing"));
        Assert.Equal((1, 0d, 0d, 0d), Statistics("SubscribeToShardEvent.MillisBehindLatest", consumer: "billing"));
        Assert.Equal(0, Total("SubscribeToShard.Success").SampleCount);
    }

    [Fact]
    public async Task Shard_level_metrics_begin_and_end_with_enhanced_monitoring()
    {
        await _local.PutAsync("before");
        Assert.DoesNotContain(_local.Kinesis.Metrics.List("orders"), static metric => metric.ShardId is not null);

        _local.Stream.EnableEnhancedMonitoring("IncomingBytes", "OutgoingRecords");
        await _local.PutAsync("hello");
        await _local.PageAsync(await _local.IteratorAsync(StartingPosition.TrimHorizon));
        Assert.Equal(["IncomingBytes", "OutgoingRecords"], OfShard().Select(static metric => metric.Name));
        Assert.Equal((1, 8d, 8d, 8d), Statistics("IncomingBytes", Shard));
        Assert.Equal((1, 2d, 2d, 2d), Statistics("OutgoingRecords", Shard));

        _local.Stream.DisableEnhancedMonitoring();
        await _local.PutAsync("after");
        Assert.Equal((1, 8d, 8d, 8d), Statistics("IncomingBytes", Shard));
    }

    [Fact]
    public async Task Shard_level_metrics_are_those_of_CloudWatch_and_hold_for_shards_born_later()
    {
        _local.Stream.EnableEnhancedMonitoring();
        _local.Stream.Split(Shard);
        var child = _local.Stream.ShardIds[0];
        await _local.Stream.PutAsync("key", LocalFixture.Bytes("hello"), UInt128.Zero);
        _local.Clock.Advance(TimeSpan.FromSeconds(2));
        await _local.Stream.PutAsync("key", LocalFixture.Bytes("hello"), UInt128.Zero);
        var iterator = await _local.IteratorAsync(StartingPosition.TrimHorizon, child);
        for (var i = 0; i < 5; i++)
            await _local.PageAsync(iterator, limit: 1);
        await LocalFixture.RefusedAsync(_local.PageAsync(iterator), "ProvisionedThroughputExceededException");
        for (var i = 0; i < 3; i++)
            await _local.Kinesis.PutRecordsAsync(new(_local.Reference, Entries(500, UInt128.Zero)), LocalFixture.Token);

        Assert.Equal(ShardLevel, OfShard(child).Select(static metric => metric.Name).Order(StringComparer.Ordinal));
        Assert.Equal(1001, Total("IncomingRecords", child).Sum);
        Assert.Equal((6, 1d, 0d, 1d), Statistics("ReadProvisionedThroughputExceeded", child));
        Assert.Equal(501, Total("WriteProvisionedThroughputExceeded", child).Sum);
        Assert.Equal(2000, Total("IteratorAgeMilliseconds", child).Maximum);
        Assert.Equal((5, 5d, 1d, 1d), Statistics("OutgoingRecords", child));
        Assert.Equal(40, Total("OutgoingBytes", child).Sum);
    }

    [Fact]
    public void Metric_that_is_not_of_a_shard_is_refused_with_the_names_that_are()
    {
        var error = LocalFixture.Refused(() => _local.Stream.EnableEnhancedMonitoring("PutRecords.Bytes"), "ValidationException");

        Assert.All(ShardLevel, name => Assert.Contains(name, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_minute_has_a_datapoint_of_its_own_and_a_quiet_one_has_none()
    {
        await _local.PutAsync("1");
        _local.Clock.Advance(TimeSpan.FromSeconds(59.999));
        await _local.PutAsync("2");
        _local.Clock.Advance(TimeSpan.FromMinutes(2));
        await _local.PutAsync("3");

        var points = _local.Kinesis.Metrics.Read(new("IncomingRecords", "orders"));

        Assert.Equal([(LocalFixture.Start, 2d), (LocalFixture.Start.AddMinutes(2), 1d)], points.Select(static point => (point.Timestamp, point.Sum)));
    }

    [Fact]
    public async Task Three_hours_of_minutes_are_kept()
    {
        for (var i = 0; i < 400; i++)
        {
            await _local.PutAsync($"{i}");
            _local.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        var points = _local.Kinesis.Metrics.Read(new("IncomingRecords", "orders"));

        Assert.Equal(180, points.Count);
        Assert.Equal(Enumerable.Range(220, 180).Select(static i => LocalFixture.Start.AddMinutes(i)), points.Select(static point => point.Timestamp));
    }

    [Fact]
    public async Task Clock_that_was_set_back_adds_to_the_newest_minute()
    {
        var clock = new SetBackClock();
        var kinesis = new LocalKinesis(clock).AddStream("orders", shards: 1);
        await kinesis.Stream("orders").PutAsync("key", LocalFixture.Bytes("1"));
        clock.Now -= TimeSpan.FromHours(1);
        await kinesis.Stream("orders").PutAsync("key", LocalFixture.Bytes("2"));

        var point = Assert.Single(kinesis.Metrics.Read(new("IncomingRecords", "orders")));

        Assert.Equal((LocalFixture.Start, 2d), (point.Timestamp, point.Sum));
    }

    [Fact]
    public async Task Unknown_name_is_refused_with_the_known_ones_and_an_unknown_stream_has_no_datapoints()
    {
        await _local.PutAsync("1");

        var error = Assert.Throws<ArgumentException>(() => _local.Kinesis.Metrics.Read(new("incomingBytes", "orders")));

        Assert.Contains("PutRecords.ThrottledRecords", error.Message, StringComparison.Ordinal);
        Assert.Empty(_local.Kinesis.Metrics.Read(new("IncomingBytes", "payments")));
        Assert.Empty(_local.Kinesis.Metrics.Read(new("IncomingBytes", "orders", Shard)));
        Assert.Empty(_local.Kinesis.Metrics.List("payments"));
        Assert.Equal(0, _local.Kinesis.Metrics.Total(new("IncomingBytes", "payments")).Average);
    }

    private ValueTask<IShardSubscription> SubscribeAsync(StreamConsumer consumer) =>
        _local.Kinesis.SubscribeToShardAsync(consumer.ConsumerArn, Shard, StartingPosition.TrimHorizon, LocalFixture.Token);

    private ValueTask<PutRecordsResponse> PutManyAsync(int count) =>
        _local.Kinesis.PutRecordsAsync(new(_local.Reference, Entries(count, null)), LocalFixture.Token);

    private static PutRecordsEntry[] Entries(int count, UInt128? hashKey) =>
        [.. Enumerable.Range(0, count).Select(_ => new PutRecordsEntry("x"u8.ToArray(), "key", hashKey))];

    private LocalDatapoint Total(string name, string? shard = null, string? consumer = null) => _local.Kinesis.Metrics.Total(new(name, "orders", shard, consumer));

    private (long Samples, double Sum, double Minimum, double Maximum) Statistics(string name, string? shard = null, string? consumer = null) =>
        Total(name, shard, consumer) is var total ? (total.SampleCount, total.Sum, total.Minimum, total.Maximum) : default;

    private LocalMetric[] OfShard(string shard = Shard) => [.. _local.Kinesis.Metrics.List("orders").Where(metric => metric.ShardId == shard)];

    private sealed class SetBackClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = LocalFixture.Start;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
