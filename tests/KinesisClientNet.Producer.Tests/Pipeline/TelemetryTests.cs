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
}
