using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using KinesisClientNet.Core;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Pipeline;
using KinesisClientNet.Producer.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KinesisClientNet.Producer;

/// <summary>
/// Puts records into one Kinesis stream: packs them per shard in KPL format, gathers them into PutRecords calls, keeps to the shards'
/// limits, sends failed ones again, and gives every record exactly one outcome. Thread-safe; keep one per stream and dispose it.
/// </summary>
public sealed class KinesisProducer : IKinesisProducer
{
    /// <summary>A thread keeps its buffer for the next message unless one grew unusually large.</summary>
    private const int MaxKeptPayloadBytes = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_payload;

    private readonly KinesisProducerOptions _options;
    private readonly ProducerPipeline _pipeline;
    private readonly TimeProvider _clock;
    private readonly IAsyncDisposable? _ownedApi;

    /// <summary>Creates a producer. Nothing is called before the first record.</summary>
    /// <param name="options">Settings; copied.</param>
    /// <param name="api">The service; null for an HTTP client of the producer's own, made from <see cref="KinesisProducerOptions.Connection"/>.</param>
    /// <param name="loggerFactory">Where the producer logs; null for nowhere.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="ArgumentException">A setting is out of its range; the message names it, its value and the range.</exception>
    public KinesisProducer(KinesisProducerOptions options, IKinesisApi? api = null, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null)
        : this(options, api, loggerFactory, timeProvider, random: null)
    {
    }

    internal KinesisProducer(KinesisProducerOptions options, IKinesisApi? api, ILoggerFactory? loggerFactory, TimeProvider? timeProvider, Random? random)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = ProducerOptionsRules.CopyChecked(options);
        _clock = timeProvider ?? TimeProvider.System;
        var log = loggerFactory?.CreateLogger("KinesisClientNet.Producer") ?? NullLogger.Instance;
        if (api is null)
        {
            var owned = new KinesisHttpApi(ProducerOptionsRules.ConnectionOf(_options), loggerFactory, _clock);
            (api, _ownedApi) = (owned, owned);
        }

        // Only jitter is drawn from it; a seed from the clock keeps producers apart.
        _pipeline = new ProducerPipeline(_options, api, log, _clock, random ?? new Random(unchecked((int)_clock.GetTimestamp() * 397) ^ RuntimeHelpers.GetHashCode(this)));
    }

    internal ProducerPipeline Pipeline => _pipeline;

    /// <inheritdoc/>
    public long PendingRecords => _pipeline.Budget.UsedRecords;

    /// <inheritdoc/>
    public long PendingBytes => _pipeline.Budget.UsedBytes;

    /// <inheritdoc/>
    public TimeSpan OldestPendingAge => _pipeline.OldestPendingAge;

    /// <inheritdoc/>
    public ValueTask<PendingRecord> EnqueueAsync(string? partitionKey, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        EnqueueAsync(new ProducerRecord(partitionKey, data), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PendingRecord> EnqueueAsync(ProducerRecord record, CancellationToken cancellationToken = default)
    {
        if (TryEnqueue(record, out var pending))
            return new ValueTask<PendingRecord>(pending);
        return _options.Buffer.WhenFull == BufferFullMode.FailFast
            ? ValueTask.FromException<PendingRecord>(FailureMessage.BufferFull(_options.Stream.ToString(), _options))
            : EnqueueWhenFreeAsync(record, cancellationToken);
    }

    /// <inheritdoc/>
    public bool TryEnqueue(in ProducerRecord record, out PendingRecord pending)
    {
        _pipeline.EnsureStarted();
        Span<byte> utf8 = stackalloc byte[RecordRules.StackKeyBytes];
        var key = RecordRules.CheckedKey(record.PartitionKey, utf8, _pipeline.Settings.IsAuto);
        return TryAppend(record, key, record.ExplicitHashKey ?? PartitionKeyHash.Compute(key), out pending);
    }

    private bool TryAppend(in ProducerRecord record, ReadOnlySpan<byte> key, UInt128 hashKey, out PendingRecord pending)
    {
        RecordRules.CheckSize(key.Length, record.Data.Length, _pipeline.Settings.MaxRecordBytes);
        var cost = _pipeline.Cost.Of(key.Length, record.Data.Length);
        pending = default;
        if (!_pipeline.Budget.TryReserve(cost, _pipeline.Router.LaneOf(hashKey)))
            return false;
        pending = Append(record, key, hashKey, cost);
        return true;
    }

    /// <inheritdoc/>
    public int TryEnqueue(ReadOnlySpan<ProducerRecord> records)
    {
        _pipeline.EnsureStarted();
        Span<byte> utf8 = stackalloc byte[KeyBlock.MaxBytes];
        Span<int> lengths = stackalloc int[KeyBlock.MaxKeys];
        Span<UInt128> hashKeys = stackalloc UInt128[KeyBlock.MaxKeys];
        for (var done = 0; done < records.Length;)
        {
            var count = KeyBlock.Encode(records[done..], utf8, lengths, _pipeline.Settings.IsAuto);
            PartitionKeyHash.ComputeMany(utf8[..KeyBlock.Sum(lengths[..count])], lengths[..count], hashKeys);
            var at = 0;
            for (var i = 0; i < count; at += lengths[i], i++, done++)
            {
                ref readonly var record = ref records[done];
                if (!TryAppend(record, utf8.Slice(at, lengths[i]), record.ExplicitHashKey ?? hashKeys[i], out _))
                    return done;
            }
        }

        return records.Length;
    }

    /// <inheritdoc/>
    [OverloadResolutionPriority(1)] // an array is both this and a sequence
    public async ValueTask EnqueueAsync(ReadOnlyMemory<ProducerRecord> records, CancellationToken cancellationToken = default)
    {
        for (var done = 0; done < records.Length; done++)
        {
            done += TryEnqueue(records.Span[done..]);
            if (done < records.Length)
                await EnqueueAsync(records.Span[done], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask EnqueueAsync(IEnumerable<ProducerRecord> records, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(records);
        foreach (var record in records)
            await EnqueueAsync(record, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<PendingRecord> EnqueueAsync<T>(string? partitionKey, T message, ISerializer<T> serializer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        return EnqueueAsync(partitionKey, (message, serializer), static (pair, output) => pair.serializer.Serialize(pair.message, output), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<PendingRecord> EnqueueAsync<TState>(
        string? partitionKey, TState state, Action<TState, IBufferWriter<byte>> write, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        var payload = t_payload ?? new ArrayBufferWriter<byte>();
        t_payload = null; // what writes may enqueue itself, and a wait may outlast this call
        write(state, payload);
        var call = EnqueueAsync(new ProducerRecord(partitionKey, payload.WrittenMemory), cancellationToken);
        if (call.IsCompleted && payload.Capacity <= MaxKeptPayloadBytes)
        {
            payload.ResetWrittenCount();
            t_payload = payload;
        }

        return call;
    }

    /// <inheritdoc/>
    public async ValueTask<RecordReceipt> SendAsync(string? partitionKey, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        var pending = await EnqueueAsync(new ProducerRecord(partitionKey, data), cancellationToken).ConfigureAwait(false);
        return cancellationToken.CanBeCanceled
            ? await pending.Delivery.WaitAsync(cancellationToken).ConfigureAwait(false)
            : await pending.AsValueTask().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellationToken = default) => _pipeline.FlushAsync().WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<long> StopAsync(CancellationToken cancellationToken = default) => _pipeline.StopAsync(cancellationToken);

    /// <summary>Stops within <see cref="KinesisProducerOptions.ShutdownTimeout"/>: sends what is there, fails the rest.</summary>
    /// <returns>Completes when every record has its outcome.</returns>
    public async ValueTask DisposeAsync()
    {
        using (var timeout = new CancellationTokenSource(_options.ShutdownTimeout, _clock))
            await _pipeline.StopAsync(timeout.Token).ConfigureAwait(false);
        await _pipeline.DisposeAsync().ConfigureAwait(false);
        if (_ownedApi is not null)
            await _ownedApi.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<PendingRecord> EnqueueWhenFreeAsync(ProducerRecord record, CancellationToken cancellationToken)
    {
        var (hashKey, cost) = Weigh(record);
        var room = _pipeline.Budget.ReserveAsync(cost, _pipeline.Router.LaneOf(hashKey), cancellationToken);
        // The collector makes room for those who wait, so the wait begins first.
        if (_options.Buffer.WhenFull == BufferFullMode.DropOldest)
            _pipeline.MakeRoom();
        await room.ConfigureAwait(false);
        return AppendReserved(record, hashKey, cost);
    }

    private (UInt128 HashKey, int Cost) Weigh(in ProducerRecord record)
    {
        Span<byte> utf8 = stackalloc byte[RecordRules.StackKeyBytes];
        var key = RecordRules.CheckedKey(record.PartitionKey, utf8, _pipeline.Settings.IsAuto);
        return (record.ExplicitHashKey ?? PartitionKeyHash.Compute(key), _pipeline.Cost.Of(key.Length, record.Data.Length));
    }

    private PendingRecord AppendReserved(in ProducerRecord record, UInt128 hashKey, int cost)
    {
        Span<byte> utf8 = stackalloc byte[RecordRules.StackKeyBytes];
        return Append(record, RecordRules.CheckedKey(record.PartitionKey, utf8, _pipeline.Settings.IsAuto), hashKey, cost);
    }

    private PendingRecord Append(in ProducerRecord record, ReadOnlySpan<byte> key, UInt128 hashKey, int cost)
    {
        try
        {
            return _pipeline.Router.Route(new UserRecord
            {
                PartitionKey = record.PartitionKey,
                KeyUtf8 = key,
                Data = record.Data.Span,
                ExplicitHashKey = record.ExplicitHashKey,
                HashKey = hashKey,
                State = record.State,
                Caller = ProducerMeters.Source.HasListeners() ? Activity.Current : null,
                TraceParent = _options.PropagateTraceContext ? ProducerMeters.CurrentTraceParent : null,
                Cost = cost,
                ArrivedAt = _clock.GetTimestamp(),
            });
        }
        catch (ObjectDisposedException)
        {
            _pipeline.Budget.Release(cost, 1);
            throw;
        }
    }
}
