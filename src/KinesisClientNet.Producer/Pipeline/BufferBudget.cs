using KinesisClientNet.Producer.Routing;

namespace KinesisClientNet.Producer.Pipeline;

/// <summary>
/// The only place that makes callers wait: counts bytes and records from acceptance to outcome. A lane may hold at most four times what is
/// still free, so one blocked shard can take four fifths of the room and never all of it (dynamic thresholds of shared switch buffers,
/// Choudhury and Hahne 1998). Thread-safe; the fast path is one interlocked addition.
/// </summary>
internal sealed class BufferBudget(long maxBytes, int maxRecords)
{
    /// <summary>Bytes are counted in the low 40 bits, records above them, so that both change at once.</summary>
    private const int RecordShift = 40;
    private const long BytesMask = (1L << RecordShift) - 1;
    private const int LaneShare = 4;

    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiters = new();
    private long _used;
    private int _waiting;
    private bool _closed;

    internal long UsedBytes => Volatile.Read(ref _used) & BytesMask;

    internal long UsedRecords => Volatile.Read(ref _used) >>> RecordShift;

    /// <summary>True while a caller waits for room.</summary>
    internal bool HasWaiters => Volatile.Read(ref _waiting) > 0;

    /// <summary>Takes room if there is some and nobody waits for the same.</summary>
    internal bool TryReserve(int cost, ShardLane lane)
    {
        if (Volatile.Read(ref _waiting) == 0)
            return TryTake(cost, lane);
        lock (_gate)
            return !_waiters.Any(waiter => waiter.Lane == lane || !Fits(waiter.Cost)) && TryTake(cost, lane);
    }

    /// <summary>Waits for room, first come first served; a caller whose lane is over its share lets those of other lanes pass.</summary>
    /// <exception cref="ObjectDisposedException">The producer stopped meanwhile.</exception>
    internal async ValueTask ReserveAsync(int cost, ShardLane lane, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(cost, lane);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(KinesisProducer));
            waiter.Node = _waiters.AddLast(waiter);
            Volatile.Write(ref _waiting, _waiters.Count);
            Grant();
        }

        await using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((Action<CancellationToken>)state!)(token), (Action<CancellationToken>)Cancel).ConfigureAwait(false);
        await waiter.Task.ConfigureAwait(false);

        void Cancel(CancellationToken token)
        {
            lock (_gate)
            {
                if (waiter.Node is null)
                    return;
                Forget(waiter);
                Grant();
            }

            waiter.TrySetCanceled(token);
        }
    }

    /// <summary>Gives room back.</summary>
    internal void Release(long cost, int records)
    {
        Interlocked.Add(ref _used, -(((long)records << RecordShift) + cost));
        if (Volatile.Read(ref _waiting) == 0)
            return;
        lock (_gate)
            Grant();
    }

    /// <summary>Ends every wait, now and later.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            _closed = true;
            while (_waiters.First is { Value: var waiter })
            {
                Forget(waiter);
                waiter.TrySetException(new ObjectDisposedException(typeof(KinesisProducer).FullName));
            }
        }
    }

    private void Grant()
    {
        var isFull = false;
        for (var node = _waiters.First; node is not null && !isFull;)
        {
            var (waiter, next) = (node.Value, node.Next);
            if (TryTake(waiter.Cost, waiter.Lane))
            {
                Forget(waiter);
                waiter.TrySetResult();
            }
            else
            {
                isFull = !Fits(waiter.Cost);
            }

            node = next;
        }
    }

    private void Forget(Waiter waiter)
    {
        _waiters.Remove(waiter.Node!);
        waiter.Node = null;
        Volatile.Write(ref _waiting, _waiters.Count);
    }

    private bool TryTake(int cost, ShardLane lane)
    {
        var delta = (1L << RecordShift) + cost;
        var used = Interlocked.Add(ref _used, delta);
        if (Fits(used - delta, cost) && (lane.HasWholeBuffer || lane.BufferedBytes + cost <= LaneShare * (maxBytes - (used & BytesMask) + cost)))
            return true;
        Interlocked.Add(ref _used, -delta);
        return false;
    }

    private bool Fits(int cost) => Fits(Volatile.Read(ref _used), cost);

    /// <summary>A record that is larger than the whole buffer is let in alone: it could otherwise never pass.</summary>
    private bool Fits(long used, int cost) =>
        used == 0 || ((used & BytesMask) + cost <= maxBytes && (used >>> RecordShift) < maxRecords);

    private sealed class Waiter(int cost, ShardLane lane) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        internal int Cost { get; } = cost;

        internal ShardLane Lane { get; } = lane;

        internal LinkedListNode<Waiter>? Node { get; set; }
    }
}
