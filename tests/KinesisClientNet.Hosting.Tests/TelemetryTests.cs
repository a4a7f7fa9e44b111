using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Telemetry;
using KinesisClientNet.Producer;
using Microsoft.Extensions.DependencyInjection;

namespace KinesisClientNet.Hosting.Tests;

/// <summary>Issue 8: meters from the host's factory, and traces from the caller of the producer to the handler of the consumer.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task Producers_and_consumers_of_a_host_measure_with_meters_of_the_hosts_factory()
    {
        var rig = new HostRig();
        var seen = new Seen();
        rig.Services.AddMetrics();
        rig.Services.AddKinesisProducer("orders", options => options.StreamName = "orders");
        rig.Services.AddKinesisConsumer("orders", options => HostRig.Quick(options)).ProcessWith(seen.AddAsync);
        using var host = rig.Builder.Build();
        var factory = host.Services.GetRequiredService<IMeterFactory>();
        var sums = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory) && instrument.Meter.Name.StartsWith("KinesisClientNet.", StringComparison.Ordinal))
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listener.Start();
        await host.StartAsync(HostRig.Cancellation);

        await host.Services.GetRequiredService<IKinesisProducer>().SendAsync("k", "one"u8.ToArray(), HostRig.Cancellation);
        await seen.TakeAsync(1);
        listener.RecordObservableInstruments();
        await host.StopAsync(HostRig.Cancellation);

        Assert.Equal(1, sums["messaging.client.sent.messages"]);
        Assert.Equal(1, sums["messaging.client.consumed.messages"]);
        Assert.Equal(2, sums["kinesis.consumer.leases.held"]);
    }

    [Fact]
    public async Task Each_measurement_of_an_application_of_many_streams_says_which_stream_it_is_of()
    {
        var rig = new HostRig();
        var seen = new Seen();
        rig.Services.AddMetrics();
        rig.Services.AddKinesisConsumer("orders", options =>
        {
            HostRig.Quick(options);
            options.StreamName = null;
            options.Streams.Add(new() { StreamName = "orders" });
            options.Streams.Add(new() { StreamName = "audit" });
        }).ProcessWith(seen.AddAsync);
        using var host = rig.Builder.Build();
        var factory = host.Services.GetRequiredService<IMeterFactory>();
        var found = new ConcurrentDictionary<string, bool>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory))
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>(Note);
        listener.SetMeasurementEventCallback<int>(Note);
        listener.SetMeasurementEventCallback<double>(Note);
        listener.Start();
        await host.StartAsync(HostRig.Cancellation);

        await rig.Kinesis.Stream("orders").PutAsync("k", "order"u8.ToArray());
        await rig.Kinesis.Stream("audit").PutAsync("k", "entry"u8.ToArray());
        await seen.TakeAsync(2);
        listener.RecordObservableInstruments();
        await host.StopAsync(HostRig.Cancellation);

        string[] ofStreams = ["kinesis.consumer.checkpoint.duration", "kinesis.consumer.lag", "kinesis.consumer.leases.held", "kinesis.consumer.shards.degraded",
            "messaging.client.consumed.messages", "messaging.client.operation.duration", "messaging.process.duration"];
        Assert.Equal(
            ofStreams.SelectMany(instrument => new[] { $"{instrument} audit", $"{instrument} orders" }).Append("kinesis.consumer.prefetch.bytes (many)").Order(StringComparer.Ordinal),
            found.Keys.Order(StringComparer.Ordinal));

        void Note<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
        {
            foreach (var tag in tags)
            {
                if (tag.Key == "aws.kinesis.stream_name")
                    found.TryAdd($"{instrument.Name} {tag.Value}", true);
            }
        }
    }

    [Fact]
    public async Task A_handlers_span_is_linked_to_the_activity_that_sent_the_record()
    {
        using var application = new ActivitySource("application");
        var handled = new TaskCompletionSource<(Activity Span, string? TraceParent)>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = Listen(application);
        var rig = new HostRig();
        rig.Services.AddKinesisProducer("orders", options => (options.StreamName, options.PropagateTraceContext) = ("orders", true));
        rig.Services.AddKinesisConsumer("orders", options => HostRig.Quick(options)).ProcessWith((batch, _) =>
        {
            handled.TrySetResult((Activity.Current!, batch[0].TraceParent));
            return default;
        });
        using var host = await rig.StartAsync();
        ActivityContext sender;
        using (var request = application.StartActivity("request")!)
        {
            sender = request.Context;
            await host.Services.GetRequiredService<IKinesisProducer>().SendAsync("k", "one"u8.ToArray(), HostRig.Cancellation);
        }

        var (span, traceParent) = await handled.Task.WaitAsync(HostRig.Cancellation);
        await host.StopAsync(HostRig.Cancellation);

        Assert.Equal("process orders", span.OperationName);
        Assert.Null(span.ParentId);
        var link = Assert.Single(span.Links);
        Assert.Equal((sender.TraceId, sender.SpanId, true), (link.Context.TraceId, link.Context.SpanId, link.Context.IsRemote));
        Assert.Equal($"00-{sender.TraceId}-{sender.SpanId}-01", traceParent);
    }

    [Fact]
    public async Task A_traceparent_that_is_none_is_no_link_and_the_record_is_handled()
    {
        using var application = new ActivitySource("application");
        using var listener = Listen(application);
        var handled = new TaskCompletionSource<Activity>(TaskCreationOptions.RunContinuationsAsynchronously);
        var rig = new HostRig();
        rig.Services.AddKinesisConsumer("orders", options => HostRig.Quick(options)).ProcessWith((_, _) =>
        {
            handled.TrySetResult(Activity.Current!);
            return default;
        });
        using var writer = new AggregatedRecordWriter();
        writer.TryAppend("k"u8, null, "one"u8, int.MaxValue, new string('x', AggregatedTraceParent.TextBytes));
        var blob = new byte[writer.SerializedBytes];
        writer.WriteTo(blob);
        await rig.Kinesis.Stream("orders").PutAsync("k", blob);
        using var host = await rig.StartAsync();

        var span = await handled.Task.WaitAsync(HostRig.Cancellation);
        await host.StopAsync(HostRig.Cancellation);

        Assert.Empty(span.Links);
    }

    private static ActivityListener Listen(ActivitySource application)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source == application || source.Name == KinesisClientTelemetry.ConsumerName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
