using System.Buffers;
using System.Runtime.CompilerServices;
using KinesisClientNet.Core;

namespace KinesisClientNet.Producer;

/// <summary>
/// Puts records into one Kinesis stream. Every accepted record ends in exactly one outcome: a <see cref="RecordReceipt"/> or a
/// <see cref="RecordFailedException"/>. All members are thread-safe. An interface so that applications can be tested without a stream.
/// </summary>
public interface IKinesisProducer : IAsyncDisposable
{
    /// <summary>Records that are accepted and have no outcome yet.</summary>
    long PendingRecords { get; }

    /// <summary>Bytes that they hold of the buffer: data, keys and bookkeeping.</summary>
    long PendingBytes { get; }

    /// <summary>
    /// How long the oldest record without outcome has been waiting, up to 0.1 s too much; zero when there is none. It grows while Kinesis, or
    /// one shard, takes nothing: the number to alert on (KPL: <c>getOldestRecordTimeInMillis</c>).
    /// </summary>
    TimeSpan OldestPendingAge { get; }

    /// <summary>Accepts a record; waits only while the buffer is full.</summary>
    /// <param name="record">The record; its data is copied before the task completes and must not change before.</param>
    /// <param name="cancellationToken">Ends the wait for room; a record that was accepted is not affected.</param>
    /// <returns>The record on its way. Nothing is allocated when there is room and nobody asks for the outcome.</returns>
    /// <exception cref="ArgumentException">The partition key or the size of the record breaks a limit of the service.</exception>
    /// <exception cref="RecordFailedException">The buffer is full and <see cref="BufferFullMode.FailFast"/> is set.</exception>
    /// <exception cref="ObjectDisposedException">The producer is stopped.</exception>
    ValueTask<PendingRecord> EnqueueAsync(ProducerRecord record, CancellationToken cancellationToken = default);

    /// <summary>Accepts a record if there is room; never waits.</summary>
    /// <param name="record">The record; its data is copied before the call returns.</param>
    /// <param name="pending">The record on its way.</param>
    /// <returns>False when the buffer is full.</returns>
    /// <exception cref="ArgumentException">The partition key or the size of the record breaks a limit of the service.</exception>
    /// <exception cref="ObjectDisposedException">The producer is stopped.</exception>
    bool TryEnqueue(in ProducerRecord record, out PendingRecord pending);

    /// <summary>Sends everything that was accepted before this call without further waiting for company.</summary>
    /// <param name="cancellationToken">Ends the wait, not the sending.</param>
    /// <returns>Completes when all of it has its outcome.</returns>
    Task FlushAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Stops: accepts nothing more, sends what is there, and fails what has no outcome in time with <see cref="RecordFailureReason.ProducerStopped"/>.
    /// Disposing does the same within <see cref="KinesisProducerOptions.ShutdownTimeout"/>.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting for outcomes.</param>
    /// <returns>How many records were failed.</returns>
    Task<long> StopAsync(CancellationToken cancellationToken = default);

    /// <summary>Accepts a record; see <see cref="EnqueueAsync(ProducerRecord, CancellationToken)"/>.</summary>
    /// <param name="partitionKey">1 to 256 Unicode code points; null only on a stream whose record distribution is AUTO.</param>
    /// <param name="data">The payload.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <returns>The record on its way.</returns>
    ValueTask<PendingRecord> EnqueueAsync(string? partitionKey, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        EnqueueAsync(new ProducerRecord(partitionKey, data), cancellationToken);

    /// <summary>Puts a record and waits until Kinesis has it.</summary>
    /// <param name="partitionKey">1 to 256 Unicode code points; null only on a stream whose record distribution is AUTO.</param>
    /// <param name="data">The payload.</param>
    /// <param name="cancellationToken">Ends the wait; an accepted record is still delivered, and a failure is still reported.</param>
    /// <returns>The receipt.</returns>
    /// <exception cref="RecordFailedException">The record was not delivered.</exception>
    async ValueTask<RecordReceipt> SendAsync(string? partitionKey, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        var pending = await EnqueueAsync(new ProducerRecord(partitionKey, data), cancellationToken).ConfigureAwait(false);
        return await pending.Delivery.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Accepts records in their order; waits only while the buffer is full. Keys are hashed eight at a time.</summary>
    /// <param name="records">The records; their data must not change before the task completes.</param>
    /// <param name="cancellationToken">Ends the wait for room; records that were accepted are not affected.</param>
    /// <returns>Completes when all are accepted.</returns>
    /// <exception cref="RecordFailedException">The buffer is full and <see cref="BufferFullMode.FailFast"/> is set; the records before are accepted.</exception>
    [OverloadResolutionPriority(1)] // an array is both this and a sequence
    async ValueTask EnqueueAsync(ReadOnlyMemory<ProducerRecord> records, CancellationToken cancellationToken = default)
    {
        for (var done = 0; done < records.Length; done++)
        {
            done += TryEnqueue(records.Span[done..]);
            if (done < records.Length)
                await EnqueueAsync(records.Span[done], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Accepts records in their order; waits only while the buffer is full.</summary>
    /// <param name="records">The records; read one after the other.</param>
    /// <param name="cancellationToken">Ends the wait for room; records that were accepted are not affected.</param>
    /// <returns>Completes when all are accepted.</returns>
    /// <exception cref="RecordFailedException">The buffer is full and <see cref="BufferFullMode.FailFast"/> is set; the records before are accepted.</exception>
    async ValueTask EnqueueAsync(IEnumerable<ProducerRecord> records, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(records);
        foreach (var record in records)
            await EnqueueAsync(record, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Accepts records in their order as long as there is room; never waits.</summary>
    /// <param name="records">The records; their data is copied before the call returns.</param>
    /// <returns>How many were accepted, from the first on.</returns>
    int TryEnqueue(ReadOnlySpan<ProducerRecord> records)
    {
        for (var i = 0; i < records.Length; i++)
        {
            if (!TryEnqueue(records[i], out _))
                return i;
        }

        return records.Length;
    }

    /// <summary>Serializes a message into a pooled buffer and accepts it; waits only while the buffer is full.</summary>
    /// <typeparam name="T">The message.</typeparam>
    /// <param name="partitionKey">1 to 256 Unicode code points; null only on a stream whose record distribution is AUTO.</param>
    /// <param name="message">The message.</param>
    /// <param name="serializer">Writes it.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <returns>The record on its way.</returns>
    async ValueTask<PendingRecord> EnqueueAsync<T>(string? partitionKey, T message, ISerializer<T> serializer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        var payload = new ArrayBufferWriter<byte>();
        serializer.Serialize(message, payload);
        return await EnqueueAsync(partitionKey, payload.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets the caller write a payload straight into a pooled buffer and accepts it; waits only while the buffer is full.</summary>
    /// <typeparam name="TState">What the payload is written from; a value keeps the call free of allocations.</typeparam>
    /// <param name="partitionKey">1 to 256 Unicode code points; null only on a stream whose record distribution is AUTO.</param>
    /// <param name="state">What the payload is written from.</param>
    /// <param name="write">Writes it, before the call returns. When it throws, nothing was accepted.</param>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <returns>The record on its way.</returns>
    async ValueTask<PendingRecord> EnqueueAsync<TState>(
        string? partitionKey, TState state, Action<TState, IBufferWriter<byte>> write, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        var payload = new ArrayBufferWriter<byte>();
        write(state, payload);
        return await EnqueueAsync(partitionKey, payload.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }
}
