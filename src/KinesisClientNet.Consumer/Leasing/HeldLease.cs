using System.Collections.Immutable;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// A lease that this worker holds. Renewals and checkpoints pass one gate, because both write the same counter. The lease ends once, for one
/// reason: <see cref="Lost"/> is cancelled, and from then on nothing is written.
/// </summary>
/// <remarks>Thread-safe. Before anything with an effect outside (a call of the handler) ask <see cref="IsHeld"/>: after a long pause of the process the
/// timer behind <see cref="Lost"/> may fire late, the clock does not lie.</remarks>
internal sealed class HeldLease : IDisposable
{
    /// <summary>A lost answer and a hand-over can each cost one more try; what still conflicts then is written by somebody else under our id.</summary>
    private const int MostTries = 3;

    private readonly LeaseHolder _holder;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _lost = new();
    private readonly TaskCompletionSource<string> _handover = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _expiry;
    private readonly ITimer _notice;
    private readonly LeaseThroughput _throughput;
    private Lease _row;
    private LeaseLoss? _loss;
    private long _provenAt;
    private long _rowProvenAt;

    /// <summary>When the first write with the current counter was sent: the oldest moment at which a write with a lost answer may have been applied.</summary>
    private long? _firstSentAt;
    private int _isNoticed;

    /// <param name="holder">What all held leases of a worker share.</param>
    /// <param name="row">The row after the claim.</param>
    /// <param name="provenAt">The timestamp before the claim was sent.</param>
    public HeldLease(LeaseHolder holder, Lease row, long provenAt)
    {
        _holder = holder;
        _row = row;
        _provenAt = _rowProvenAt = provenAt;
        Epoch = row.Counter;
        _throughput = new(holder.Timing, holder.Time, row.ThroughputKBps);
        _notice = holder.Time.CreateTimer(static state => ((HeldLease)state!).GiveNotice(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _expiry = holder.Time.CreateTimer(static state => ((HeldLease)state!).CheckExpiry(), this, Remaining, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The row's key.</summary>
    public string LeaseKey => _row.LeaseKey;

    /// <summary>The shard.</summary>
    public string ShardId => _row.ShardId;

    /// <summary>The stream as <c>account:stream:epoch</c>; null in a single-stream application.</summary>
    public string? StreamId => _row.StreamId;

    /// <summary>The shards that must be finished before this one starts.</summary>
    public ImmutableArray<string> ParentShardIds => _row.ParentShardIds;

    /// <summary>The shard's hash keys, when known.</summary>
    public HashKeyRange? HashKeyRange => Row.HashKeyRange;

    /// <summary>The last checkpoint that was accepted, by this worker or by an earlier owner.</summary>
    public ExtendedSequenceNumber Checkpoint => Row.Checkpoint;

    /// <summary>The row as this worker last wrote or read it.</summary>
    public Lease Row => Volatile.Read(ref _row);

    /// <summary>The fencing token: strictly greater for every later holder of the row. It is the row's counter at the claim; every change of owner raises the counter.</summary>
    public long Epoch { get; }

    /// <summary>Cancelled when the lease ends for any reason: taken, expired by this worker's clock, deleted, released, handed over.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>How it ended; null while it is held.</summary>
    public LeaseLoss? Loss => Volatile.Read(ref _loss);

    /// <summary>True while this worker may deliver records and write checkpoints. Judged by the clock, not only by the timer.</summary>
    public bool IsHeld => Loss is null && Remaining > TimeSpan.Zero;

    /// <summary>
    /// Completes, with the new owner's id, when it is time to hand the lease over: stop reading, finish, checkpoint, release. That is not at once when the
    /// leader asks for it, but when the new owner has had time to find out and stands ready. Never completes otherwise.
    /// </summary>
    public Task<string> HandoverRequested => _handover.Task;

    /// <summary>How long ago the last accepted proof of life was sent.</summary>
    public TimeSpan SinceProof => _holder.Time.GetElapsedTime(Volatile.Read(ref _provenAt));

    /// <summary>How long ago the last accepted write to the row itself was sent; with per-worker renewal more than <see cref="SinceProof"/>.</summary>
    public TimeSpan SinceRowProof => _holder.Time.GetElapsedTime(Volatile.Read(ref _rowProvenAt));

    private TimeSpan Remaining => _holder.Timing.Usable - SinceProof;

    /// <summary>Writes a checkpoint, which also counts as a renewal. Positions may go backwards here; the tracker forbids it, not the row.</summary>
    /// <param name="checkpoint">How far the shard is done.</param>
    /// <param name="cancellationToken">Ends the wait; the checkpoint may still have been written.</param>
    /// <returns>Refused = the lease is lost; the row says who has it.</returns>
    /// <remarks>Any exception of the store passes through: the outcome is unknown then, calling again is right.</remarks>
    public ValueTask<LeaseWriteResult> WriteCheckpointAsync(ExtendedSequenceNumber checkpoint, CancellationToken cancellationToken = default) =>
        WriteAsync(
            row => new CheckpointLease(row.LeaseKey, row.Counter, checkpoint) { ThroughputKBps = _throughput.Sample() },
            row => row.Checkpoint == checkpoint,
            cancellationToken);

    /// <summary>Renews the lease.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Refused = the lease is lost.</returns>
    public ValueTask<LeaseWriteResult> RenewAsync(CancellationToken cancellationToken = default) =>
        WriteAsync(
            row => new RenewLease(row.LeaseKey, row.Counter, _throughput.Sample(), row.IsHandingOver),
            static _ => true,
            cancellationToken);

    /// <summary>Counts bytes that were given to the handler: the leader balances by them. Thread-safe, allocates nothing.</summary>
    public void CountBytes(long bytes) => _throughput.Add(bytes);

    /// <summary>
    /// Takes an accepted heartbeat of the worker in. A lease whose time is over by the clock stays over, whatever the heartbeat says: proofs only count as an unbroken chain,
    /// so that no lease comes back after its records may have been given to somebody else.
    /// </summary>
    /// <param name="sentAt">The timestamp before the heartbeat was sent.</param>
    public void ProveByHeartbeat(long sentAt)
    {
        if (!IsHeld)
        {
            CheckExpiry();
            return;
        }

        Advance(ref _provenAt, sentAt);
        if (Loss is null)
            _expiry.Change(Remaining > TimeSpan.Zero ? Remaining : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Names the worker that the lease will be released to. This worker goes on with it until then.</summary>
    /// <param name="successor">The worker.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>True when the successor is named, by this call or by the leader before.</returns>
    public async ValueTask<bool> NameSuccessorAsync(string successor, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!IsHeld || _row.IsHandingOver)
                return IsHeld;
            var result = await _holder.Store.WriteLeaseAsync(new StartHandover(LeaseKey, _holder.WorkerId, successor), cancellationToken).ConfigureAwait(false);
            if (result.Lease is { IsHandingOver: true } row && row.CheckpointOwner == _holder.WorkerId && row.Counter == _row.Counter)
                Adopt(row, Volatile.Read(ref _rowProvenAt));
            return result.IsApplied;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Calls a hand-over off, because the successor is stopping too. This worker keeps the lease.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>True when the lease is this worker's alone.</returns>
    public async ValueTask<bool> CallOffAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!IsHeld || !_row.IsHandingOver)
                return IsHeld;
            var sentAt = _holder.Time.GetTimestamp();
            var result = await _holder.Store.WriteLeaseAsync(
                new AssignLease(LeaseKey, _row.Owner, _row.CheckpointOwner, _holder.WorkerId), cancellationToken).ConfigureAwait(false);
            if (result.IsApplied)
                Adopt(result.Lease!, sentAt);
            return result.IsApplied;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Gives the lease up: to the new owner when a hand-over was asked for, else to nobody. Nothing is written any more afterwards.</summary>
    /// <param name="cancellationToken">Ends the wait; the lease then simply expires.</param>
    /// <returns>A task that ends when the row is written.</returns>
    public async ValueTask ReleaseAsync(CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!IsHeld)
            {
                CheckExpiry();
                return;
            }

            await GiveUpAsync(_row, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Also when the store failed: nobody works on the shard any more, so the lease must not be renewed. It expires then.
            End(Row.IsHandingOver ? new(LeaseLossReason.HandedOver, Row.Owner) : new(LeaseLossReason.Released));
            _gate.Release();
        }
    }

    private async ValueTask GiveUpAsync(Lease row, CancellationToken cancellationToken)
    {
        var result = await _holder.Store.WriteLeaseAsync(Giving(row), cancellationToken).ConfigureAwait(false);
        if (result.IsApplied || result.Lease is not { IsHandingOver: true } now || now.CheckpointOwner != _holder.WorkerId || row.IsHandingOver)
            return;

        // A hand-over began since the last renewal: the lease goes to the worker that it was meant for.
        Volatile.Write(ref _row, now);
        await _holder.Store.WriteLeaseAsync(Giving(now), cancellationToken).ConfigureAwait(false);

        static LeaseWrite Giving(Lease seen) => seen.IsHandingOver
            ? new AssignLease(seen.LeaseKey, seen.Owner, seen.CheckpointOwner, seen.Owner!)
            : new EvictLease(seen.LeaseKey, seen.Owner);
    }

    /// <summary>Ends the lease for this worker, without a write.</summary>
    /// <param name="loss">Why.</param>
    public void End(LeaseLoss loss)
    {
        if (Interlocked.CompareExchange(ref _loss, loss, null) is not null)
            return;
        _expiry.Dispose();
        _notice.Dispose();
        _holder.Ended(this, loss);
        // Callbacks of the token may be user code: they run on the pool, so that no renewal waits for them.
        _ = _lost.CancelAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        End(new(LeaseLossReason.Stopped));
        _gate.Dispose();
    }

    private async ValueTask<LeaseWriteResult> WriteAsync(
        Func<Lease, LeaseWrite> write, Func<Lease, bool> isDone, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                if (!IsHeld)
                {
                    CheckExpiry();
                    return new(false, null);
                }

                var row = _row;
                var sentAt = _holder.Time.GetTimestamp();
                _firstSentAt ??= sentAt;
                var result = await _holder.Store.WriteLeaseAsync(write(row), cancellationToken).ConfigureAwait(false);
                if (result.IsApplied)
                {
                    Adopt(result.Lease!, sentAt);
                    return result;
                }

                var verdict = attempt == MostTries ? new(new(LeaseLossReason.Conflict), false) : RenewalConflict.Judge(row, result.Lease, _holder.WorkerId);
                if (verdict.Loss is { } loss)
                {
                    End(loss);
                    return result;
                }

                // The row is still ours: a hand-over began, or an earlier write went through although its answer was lost.
                Adopt(result.Lease!, verdict.IsEarlierWriteApplied ? _firstSentAt.Value : Volatile.Read(ref _rowProvenAt));
                if (verdict.IsEarlierWriteApplied && isDone(result.Lease!))
                    return new(true, result.Lease);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Adopt(Lease row, long provenAt)
    {
        Volatile.Write(ref _row, row);
        Advance(ref _provenAt, provenAt);
        Advance(ref _rowProvenAt, provenAt);
        _firstSentAt = null;
        if (row.IsHandingOver && Interlocked.Exchange(ref _isNoticed, 1) == 0)
            _notice.Change(_holder.Timing.Notice, Timeout.InfiniteTimeSpan);
        else if (!row.IsHandingOver && Interlocked.Exchange(ref _isNoticed, 0) == 1)
            _notice.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (Loss is null)
            _expiry.Change(Remaining > TimeSpan.Zero ? Remaining : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A proof never takes back a later one: heartbeats and writes to the row are answered in any order.</summary>
    private static void Advance(ref long proof, long to)
    {
        for (var seen = Volatile.Read(ref proof); seen < to; seen = Volatile.Read(ref proof))
        {
            if (Interlocked.CompareExchange(ref proof, to, seen) == seen)
                return;
        }
    }

    private void GiveNotice()
    {
        if (Row.IsHandingOver)
            _handover.TrySetResult(Row.Owner!);
    }

    /// <summary>Ends the lease if its time is over by the clock, also when the timer is late after a long pause of the process.</summary>
    internal void CheckExpiry()
    {
        if (Loss is not null)
            return;
        var remaining = Remaining;
        if (remaining <= TimeSpan.Zero)
            End(new(LeaseLossReason.Expired));
        else
            _expiry.Change(remaining, Timeout.InfiniteTimeSpan);
    }
}
