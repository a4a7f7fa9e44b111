using System.Collections;
using KinesisClientNet.Consumer.Checkpointing;
using KinesisClientNet.Consumer.Processing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer;

/// <summary>
/// Records of one shard, in shard order. Valid while its handler runs: afterwards reading it throws, because its memory is used again.
/// Reading is not synchronised; <see cref="Fail(int, Exception?)"/> and the checkpoint methods may be called from several tasks.
/// </summary>
public sealed class RecordBatch : IReadOnlyList<ConsumedRecord>
{
    private readonly Lock _failureGate = new();
    private readonly ICheckpointSink? _checkpoints;
    private readonly int _offset;
    private readonly int _count;
    private ConsumedRecord[]? _records;
    private Dictionary<int, Exception?>? _failures;
    private HashSet<int>? _deferred;
    private HashSet<int>? _unreadable;

    /// <summary>Creates a batch without a lease: for tests of a processor. Its checkpoints only set <see cref="LastCheckpoint"/>.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="records">The records, in rising order of position.</param>
    /// <param name="lag">How far behind the tip; null when unknown.</param>
    public RecordBatch(ShardContext shard, IReadOnlyCollection<ConsumedRecord> records, TimeSpan? lag = null)
        : this(shard, new Segment(new ArraySegment<ConsumedRecord>([.. records]), 0), lag, null)
    {
    }

    internal RecordBatch(ShardContext shard, Segment source, TimeSpan? lag, ICheckpointSink? checkpoints)
    {
        ArgumentNullException.ThrowIfNull(shard);
        (Shard, Source, Lag, Attempt, _checkpoints) = (shard, source, lag, source.Attempts + 1, checkpoints);
        (_records, _offset, _count) = (source.Records.Array, source.Records.Offset, source.Count);
    }

    /// <summary>The shard.</summary>
    public ShardContext Shard { get; }

    /// <summary>How far the page with these records was behind the tip when it was read; null when the service did not say.</summary>
    public TimeSpan? Lag { get; }

    /// <summary>1 at the first delivery of these records by this worker, then rising. A worker that takes the shard over starts at 1 again.</summary>
    public int Attempt { get; }

    /// <summary>How many records.</summary>
    public int Count => _count;

    /// <summary>The position that was last checkpointed through this batch; null when none was.</summary>
    public ExtendedSequenceNumber? LastCheckpoint { get; private set; }

    /// <summary>How many records were reported as failed.</summary>
    public int FailedCount => _failures?.Count ?? 0;

    /// <summary>A record.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <returns>The record.</returns>
    /// <exception cref="ArgumentOutOfRangeException">No such record.</exception>
    /// <exception cref="InvalidOperationException">The handler has returned.</exception>
    public ConsumedRecord this[int index] => Items[index];

    /// <summary>What the records carry together, in bytes, without keys and wire overhead.</summary>
    internal long DataBytes
    {
        get
        {
            long bytes = 0;
            foreach (ref readonly var record in Items)
                bytes += record.Data.Length;
            return bytes;
        }
    }

    private ReadOnlySpan<ConsumedRecord> Items => _records is { } records ? new(records, _offset, _count) : throw Closed();

    /// <summary>Reports a record as failed while the others of the batch are done: only the failed ones are delivered again (or go the way of <see cref="FailureOptions"/>).</summary>
    /// <param name="index">Which record.</param>
    /// <param name="error">Why; shown in logs, status and dead letters. May be null.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such record.</exception>
    public void Fail(int index, Exception? error = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _count);
        lock (_failureGate)
            (_failures ??= [])[index] = error;
    }

    /// <summary>Reports a record as failed; see <see cref="Fail(int, Exception?)"/>. Finds the record by its position.</summary>
    /// <param name="record">A record of this batch.</param>
    /// <param name="error">Why. May be null.</param>
    /// <exception cref="ArgumentException">The record is not of this batch.</exception>
    public void Fail(ConsumedRecord record, Exception? error = null) => Fail(IndexOf(record), error);

    /// <summary>Whether a record was reported as failed.</summary>
    /// <param name="index">Which record.</param>
    /// <param name="error">The reported error, or null.</param>
    /// <returns>True when it was.</returns>
    public bool TryGetFailure(int index, out Exception? error)
    {
        error = null;
        lock (_failureGate)
            return _failures is not null && _failures.TryGetValue(index, out error);
    }

    /// <summary>Declares the whole batch as done and writes the checkpoint now. May be called after the handler returned. Costs one conditional write.</summary>
    /// <param name="cancellationToken">Ends the wait; the write may still have happened.</param>
    /// <returns>A task that ends when the lease store has it.</returns>
    /// <exception cref="LeaseLostException">Another worker has the lease: stop working on this shard.</exception>
    public ValueTask CheckpointAsync(CancellationToken cancellationToken = default) =>
        _count == 0 ? default : CheckpointThroughAsync(_count - 1, cancellationToken);

    /// <summary>
    /// Declares this record and all before it in the batch as done, and writes the checkpoint now: one conditional write. With key lanes the
    /// checkpoint goes only as far as everything before it is done on all lanes.
    /// </summary>
    /// <param name="record">A record of this batch.</param>
    /// <param name="cancellationToken">Ends the wait; the write may still have happened.</param>
    /// <returns>A task that ends when the lease store has it.</returns>
    /// <exception cref="ArgumentException">The record is not of this batch.</exception>
    /// <exception cref="InvalidOperationException">The handler has returned; use the overload without a record.</exception>
    /// <exception cref="LeaseLostException">Another worker has the lease: stop working on this shard.</exception>
    public ValueTask CheckpointAsync(ConsumedRecord record, CancellationToken cancellationToken = default) =>
        CheckpointThroughAsync(IndexOf(record), cancellationToken);

    /// <summary>The records, for <c>foreach</c>, without allocation.</summary>
    /// <returns>The enumerator.</returns>
    public Enumerator GetEnumerator() => new(this);

    /// <inheritdoc/>
    IEnumerator<ConsumedRecord> IEnumerable<ConsumedRecord>.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The records with their ordinals. Its arrays may be used again once the batch is closed and settled.</summary>
    internal Segment Source { get; }

    /// <summary>Which of its records must not overtake each other.</summary>
    internal RecordOrder Order { get; init; }

    /// <summary>Whether some records failed or were not attempted.</summary>
    internal bool HasLeftOvers => _failures is not null || _deferred is not null;

    /// <summary>Where the last record stands; kept after the close, so that the whole batch can be checkpointed later.</summary>
    internal ExtendedSequenceNumber LastPosition { get; private set; }

    /// <summary>How many records from the front were checkpointed by the handler.</summary>
    internal int CheckpointedCount { get; private set; }

    /// <summary>Leaves a record for a later delivery without an attempt, because one that must come before it failed.</summary>
    internal void Defer(int index)
    {
        lock (_failureGate)
            (_deferred ??= []).Add(index);
    }

    /// <summary>Reports a record whose payload cannot be read.</summary>
    internal void FailUnreadable(int index, Exception error)
    {
        lock (_failureGate)
            (_unreadable ??= []).Add(index);
        Fail(index, error);
    }

    internal bool IsUnreadable(int index)
    {
        lock (_failureGate)
            return _unreadable is not null && _unreadable.Contains(index);
    }

    internal bool IsDeferred(int index)
    {
        lock (_failureGate)
            return _deferred is not null && _deferred.Contains(index);
    }

    /// <summary>Lets go of the records: their memory is used again.</summary>
    internal void Close()
    {
        if (_records is not null && _count > 0)
            LastPosition = Items[^1].Position;
        _records = null;
    }

    internal ExtendedSequenceNumber PositionOf(int index) => _records is null && index == _count - 1 ? LastPosition : Items[index].Position;

    private async ValueTask CheckpointThroughAsync(int index, CancellationToken cancellationToken)
    {
        var position = PositionOf(index);
        if (_checkpoints is not null)
            await _checkpoints.CheckpointAsync(this, index, cancellationToken).ConfigureAwait(false);
        CheckpointedCount = Math.Max(CheckpointedCount, index + 1);
        LastCheckpoint = position;
    }

    private int IndexOf(ConsumedRecord record)
    {
        var items = Items;
        var position = record.Position;
        int low = 0, high = items.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = items[middle].Position.CompareTo(position);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }

        throw new ArgumentException($"The record {position} is not in this batch of {Shard.ShardId}.", nameof(record));
    }

    private InvalidOperationException Closed() => new(
        $"The batch of {Shard.ShardId} was read after its handler returned. Its memory is used again: copy what you keep.");

    /// <summary>Enumerates a batch.</summary>
    public struct Enumerator : IEnumerator<ConsumedRecord>
    {
        private readonly RecordBatch _batch;
        private int _index;

        internal Enumerator(RecordBatch batch) => (_batch, _index) = (batch, -1);

        /// <summary>The record.</summary>
        public readonly ConsumedRecord Current => _batch[_index];

        /// <inheritdoc/>
        readonly object IEnumerator.Current => Current;

        /// <summary>Goes to the next record.</summary>
        /// <returns>False at the end.</returns>
        public bool MoveNext() => ++_index < _batch._count;

        /// <summary>Goes back before the first record.</summary>
        public void Reset() => _index = -1;

        /// <summary>Does nothing.</summary>
        public readonly void Dispose()
        {
        }
    }
}
