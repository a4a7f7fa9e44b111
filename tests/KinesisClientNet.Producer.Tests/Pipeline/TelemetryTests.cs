using System.Diagnostics;
using System.Diagnostics.Metrics;
using KinesisClientNet.Core.Telemetry;
using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Pipeline;

/// <summary>Issue 3: metrics and traces of the blueprint, among them aggregation ratio, throttles and payload units saved.</summary>
public sealed class TelemetryTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_count_records_calls_retries_and_what_aggregation_saves()
    {
        var sums = new Dictionary<string, double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == KinesisClientTelemetry.ProducerName)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument, value));
        listener.Start();
        await using var rig = new ProducerRig(shards: 1);
        var throttled = false;
        rig.Api.FailEntry = entry => entry.PartitionKey == "a" && !throttled ? (throttled = true, "ProvisionedThroughputExceededException").Item2 : null;
        var producer = rig.Create();
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());

        for (var i = 0; i < 100; i++)
            await producer.EnqueueAsync($"key-{i}", new byte[10], Stop);
        listener.RecordObservableInstruments();
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(101, sums["messaging.client.sent.messages"]);
        Assert.Equal(101, sums["kinesis.producer.aggregation.records"]);
        Assert.Equal(99, sums["kinesis.producer.aggregation.payload_units_saved"]);
        Assert.Equal(1, sums["kinesis.producer.retries"]);
        Assert.Equal(1, sums["kinesis.producer.throttles"]);
        Assert.Equal(100, sums["kinesis.producer.buffer.records"]);
        Assert.Equal(0.03, sums["messaging.client.operation.duration"], 3);
        Assert.True(sums["kinesis.producer.record.age"] > 0.1);

        void Add(Instrument instrument, double value)
        {
            lock (sums)
                sums[instrument.Name] = sums.GetValueOrDefault(instrument.Name) + value;
        }
    }

    [Fact]
    public async Task Each_call_has_a_span_and_a_failed_one_says_why()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == KinesisClientTelemetry.ProducerName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var rig = new ProducerRig();
        var fails = true;
        rig.Api.BeforePut = _ =>
        {
            if (!fails)
                return;
            fails = false;
            throw new HttpRequestException("down");
        };
        var producer = rig.Create();

        await rig.UntilAsync(producer.SendAsync("key", default, Stop).AsTask());

        Assert.Equal([(ActivityStatusCode.Error, "HttpRequestException"), (ActivityStatusCode.Unset, null)], spans.Select(span => (span.Status, span.StatusDescription)));
        Assert.All(spans, span => Assert.Equal("put_records orders", span.OperationName));
    }

    [Fact]
    public async Task The_age_of_the_oldest_waiting_record_grows_in_an_outage_and_is_zero_when_nothing_waits()
    {
        var ages = new List<double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "kinesis.producer.buffer.oldest_age")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => ages.Add(value));
        listener.Start();
        await using var rig = new ProducerRig(shards: 2);
        var isDown = true;
        rig.Api.BeforePut = _ =>
        {
            if (isDown)
                throw new HttpRequestException("down");
        };
        var producer = rig.Create();

        listener.RecordObservableInstruments();
        await producer.EnqueueAsync("first", default, Stop);
        await rig.PassAsync(TimeSpan.FromSeconds(20), TimeSpan.FromMilliseconds(50));
        await producer.EnqueueAsync("second", default, Stop);
        await rig.PassAsync(TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(50));
        listener.RecordObservableInstruments();
        var seenByApplication = producer.OldestPendingAge;
        isDown = false;
        await rig.UntilAsync(producer.FlushAsync(Stop));
        listener.RecordObservableInstruments();

        Assert.Equal([0, 30, 0], ages);
        Assert.Equal(TimeSpan.FromSeconds(30), seenByApplication);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Throttles_carry_the_shard_only_when_that_is_chosen(bool isChosen)
    {
        var shards = new HashSet<string?>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "kinesis.producer.throttles")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => shards.Add((string?)tags.ToArray().FirstOrDefault(tag => tag.Key == "messaging.destination.partition.id").Value));
        listener.Start();
        await using var rig = new ProducerRig(shards: 2);
        var left = 0;
        rig.Api.FailEntry = _ => left-- > 0 ? "ProvisionedThroughputExceededException" : null;
        var producer = rig.Create(options =>
        {
            options.Aggregation.Enabled = false;
            options.TagsMetricsWithShard = isChosen;
        });
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());
        left = 20;

        for (var i = 0; i < 40; i++)
            await producer.EnqueueAsync($"key-{i}", default, Stop);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        string?[] expected = isChosen ? [.. rig.Stream.ShardIds] : [null];
        Assert.Equal(expected, shards.Order());
    }

    [Fact]
    public async Task A_call_is_the_child_of_no_caller_and_linked_to_each()
    {
        var spans = new List<Activity>();
        using var application = new ActivitySource("application");
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is KinesisClientTelemetry.ProducerName or "application",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.Source.Name == KinesisClientTelemetry.ProducerName)
                    spans.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var rig = new ProducerRig(shards: 1);
        var producer = rig.Create();
        var callers = new List<ActivityContext>();

        foreach (var name in new[] { "first", "second" })
        {
            using var activity = application.StartActivity(name)!;
            callers.Add(activity.Context);
            for (var i = 0; i < 3; i++)
                await producer.EnqueueAsync($"key-{i}", default, Stop);
        }

        await producer.EnqueueAsync("nobody", default, Stop);
        await rig.UntilAsync(producer.FlushAsync(Stop));
        await rig.UntilAsync(producer.SendAsync("later", default, Stop).AsTask());

        Assert.Equal(callers.Select(caller => caller.SpanId), spans[0].Links.Select(link => link.Context.SpanId));
        Assert.All(spans, span => Assert.Null(span.ParentId));
        Assert.Empty(spans[^1].Links);
    }

    [Fact]
    public async Task A_call_of_very_many_callers_has_as_many_links_as_a_span_may_have()
    {
        var spans = new List<Activity>();
        using var application = new ActivitySource("application");
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is KinesisClientTelemetry.ProducerName or "application",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.Source.Name == KinesisClientTelemetry.ProducerName)
                    spans.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var rig = new ProducerRig(shards: 8);
        var producer = rig.Create();
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());

        for (var i = 0; i < 1_000; i++)
        {
            using var activity = application.StartActivity("caller");
            await producer.EnqueueAsync($"key-{i}", default, Stop);
        }

        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(128, spans[^1].Links.Count());
    }
}
