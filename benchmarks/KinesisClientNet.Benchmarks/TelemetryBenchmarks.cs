using System.Diagnostics;
using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Core.Telemetry;
using KinesisClientNet.Producer.Pipeline;
using KinesisClientNet.Producer.Routing;
using KinesisClientNet.Producer.Telemetry;

namespace KinesisClientNet.Benchmarks;

/// <summary>What telemetry costs while nobody listens, and while somebody does: for an enqueued record, for a PutRecords call with one Kinesis record, for a handled batch of 100.</summary>
public class TelemetryBenchmarks
{
    private const int BatchRecords = 100;

    private readonly List<OutboundRecord> _call = [new(new ShardLane(null, static _ => null!, null!), null!, 1)];
    private readonly ShardContext _shard = new() { Stream = new("orders"), ShardId = "shardId-000000000000" };
    private readonly ConsumedRecord[] _records = [.. Enumerable.Range(1, BatchRecords).Select(i => new ConsumedRecord("key", new byte[200], new ExtendedSequenceNumber(SequenceNumber.FromBits(1, (UInt128)i), 0)))];
    private ProducerMeters _producer = null!;
    private ConsumerInstruments _instruments = null!;
    private ConsumerMeter _consumer = null!;
    private RecordBatch _batch = null!;
    private MeterListener? _meters;
    private ActivityListener? _traces;

    [Params(false, true)]
    public bool Listening { get; set; }

    [GlobalSetup]
    public void Start()
    {
        if (Listening)
            Listen();
        _producer = new ProducerMeters(new() { StreamName = "orders" }, new BufferBudget(1 << 20, 1_000), new FlushEpochs(1), TimeProvider.System);
        _instruments = new ConsumerInstruments("orders", "billing", null, TimeProvider.System);
        _consumer = _instruments.All;
        _batch = new RecordBatch(_shard, _records);
    }

    [GlobalCleanup]
    public void Stop()
    {
        _meters?.Dispose();
        _traces?.Dispose();
        _producer.Dispose();
        _instruments.Dispose();
    }

    [Benchmark(Description = "enqueued record")]
    public Activity? Enqueued() => ProducerMeters.Source.HasListeners() ? Activity.Current : null;

    [Benchmark(Description = "PutRecords call")]
    public void Call()
    {
        using (_producer.StartCall(_call))
            _producer.CountCall(TimeSpan.FromMilliseconds(10), null);
        _producer.CountSettled(_call[0]);
    }

    [Benchmark(Description = "handled batch")]
    public void Handled() => _consumer.HandlerEnded(_consumer.HandlerStarted(_batch), null);

    private void Listen()
    {
        _meters = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Meter.Name.StartsWith("KinesisClientNet.", StringComparison.Ordinal))
                    self.EnableMeasurementEvents(instrument);
            },
        };
        _meters.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        _meters.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        _meters.SetMeasurementEventCallback<int>(static (_, _, _, _) => { });
        _meters.Start();
        _traces = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is KinesisClientTelemetry.ProducerName or KinesisClientTelemetry.ConsumerName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(_traces);
    }
}
