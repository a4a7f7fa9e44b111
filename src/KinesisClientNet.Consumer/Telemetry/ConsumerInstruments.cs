using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using KinesisClientNet.Core.Telemetry;

namespace KinesisClientNet.Consumer.Telemetry;

/// <summary>A consumer's instruments, and the meter of each of its streams: every measurement says which stream it is of. Thread-safe.</summary>
internal sealed class ConsumerInstruments : IDisposable
{
    /// <summary>The stream of what belongs to all streams of an application.</summary>
    private const string ManyStreams = "(many)";

    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly string _application;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, ConsumerMeter> _byStream = new(StringComparer.Ordinal);
    private bool _isDisposed;

    /// <summary>Creates the instruments.</summary>
    /// <param name="stream">The stream; null for an application of many.</param>
    /// <param name="application">The application.</param>
    /// <param name="factory">Where the meter comes from; null for one of its own.</param>
    /// <param name="time">The clock.</param>
    public ConsumerInstruments(string? stream, string application, IMeterFactory? factory, TimeProvider time)
    {
        (_application, _time, _ownsMeter) = (application, time, factory is null);
        _meter = Instrumentation.NewMeter(KinesisClientTelemetry.ConsumerName, factory);
        var buckets = new InstrumentAdvice<double> { HistogramBucketBoundaries = SemanticNames.DurationBuckets };
        CallDuration = _meter.CreateHistogram(SemanticNames.OperationDuration, "s", "Duration of GetRecords calls, and of SubscribeToShard calls to their first answer.", tags: null, buckets);
        Consumed = _meter.CreateCounter<long>(SemanticNames.ConsumedMessages, "{message}", "User records given to the handler.");
        ProcessDuration = _meter.CreateHistogram(SemanticNames.ProcessDuration, "s", "Duration of a handler call.", tags: null, buckets);
        CheckpointDuration = _meter.CreateHistogram("kinesis.consumer.checkpoint.duration", "s", "Duration of a checkpoint write.", tags: null, buckets);
        HandlerFailures = _meter.CreateCounter<long>("kinesis.consumer.handler.failures", "{failure}", "Handler calls that threw.");
        GivenUp = _meter.CreateCounter<long>("kinesis.consumer.records.given_up", "{record}", "Records that were dead-lettered or skipped.");
        OutOfRange = _meter.CreateCounter<long>("kinesis.consumer.records.out_of_range", "{record}", "User records whose key does not belong to the shard they came from.");
        All = new(this, stream ?? ManyStreams, application, time);
        IsMulti = stream is null;
    }

    public Histogram<double> CallDuration { get; }

    public Counter<long> Consumed { get; }

    public Histogram<double> ProcessDuration { get; }

    public Histogram<double> CheckpointDuration { get; }

    public Counter<long> HandlerFailures { get; }

    public Counter<long> GivenUp { get; }

    public Counter<long> OutOfRange { get; }

    /// <summary>The meter of the application's one stream, or of what belongs to all of many.</summary>
    public ConsumerMeter All { get; }

    private bool IsMulti { get; }

    /// <summary>The meter of a stream.</summary>
    /// <param name="stream">Its name; in an application of one stream it does not matter.</param>
    public ConsumerMeter Of(string? stream) => IsMulti && stream is not null
        ? _byStream.GetOrAdd(stream, static (name, self) => new(self, name, self._application, self._time), this) : All;

    /// <summary>Observes the state of the shards, of each stream that this worker works on: lag of the slowest, leases, degraded shards; and the fetched bytes of all.</summary>
    public void Observe(Func<IReadOnlyList<ShardStatus>> shards, Func<long> prefetchBytes)
    {
        _meter.CreateObservableGauge("kinesis.consumer.lag", () => Now(shards, static own => own.Max(static shard => shard.Lag)?.TotalSeconds ?? 0), "s", "How far the slowest shard is behind the tip.");
        _meter.CreateObservableGauge("kinesis.consumer.leases.held", () => Now(shards, static own => own.Count()), "{lease}", "Shards that this worker works on.");
        _meter.CreateObservableGauge("kinesis.consumer.shards.degraded", () => Now(shards, static own => own.Count(static shard => shard.IsDegraded)), "{shard}", "Shards that somebody should look at.");
        _meter.CreateObservableGauge("kinesis.consumer.prefetch.bytes", () => _isDisposed ? [] : new Measurement<long>[] { new(prefetchBytes(), All.Tags) }, "By", "Fetched records that are not handled yet.");
    }

    /// <summary>Ends the measuring. A factory's meter lives on, but reports nothing of this consumer.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        if (_ownsMeter)
            _meter.Dispose();
    }

    private IEnumerable<Measurement<T>> Now<T>(Func<IReadOnlyList<ShardStatus>> shards, Func<IEnumerable<ShardStatus>, T> value)
        where T : struct
    {
        if (_isDisposed)
            return [];
        return IsMulti
            ? shards().GroupBy(static shard => StreamOf(shard.LeaseKey), StringComparer.Ordinal).Select(own => new Measurement<T>(value(own), Of(own.Key).Tags))
            : [new(value(shards()), All.Tags)];
    }

    /// <summary>The stream in KCL's lease key <c>account:stream:epoch:shard</c>.</summary>
    private static string? StreamOf(string leaseKey) => leaseKey.Split(':') is [_, var stream, _, _] ? stream : null;
}
