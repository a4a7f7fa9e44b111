using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Testing.Leasing;

/// <summary>
/// A lease store that fails on command, or at random with a seed: before a write is applied, or after it, so that the worker cannot know. Wraps
/// any store; a test of a fleet usually wraps the one in memory.
/// </summary>
/// <remarks>Thread-safe. With parallel callers the order of calls decides which one fails.</remarks>
public sealed class FaultyLeaseStore : ILeaseStore
{
    private readonly ILeaseStore _inner;
    private readonly Random _random;
    private readonly Lock _gate = new();
    private int _failNext;
    private int _loseNext;
    private double _failProbability;
    private double _loseProbability;

    /// <summary>Wraps a store.</summary>
    /// <param name="inner">The store; null for a new one in memory.</param>
    /// <param name="seed">Decides which calls fail at random.</param>
    public FaultyLeaseStore(ILeaseStore? inner = null, int seed = 1) => (_inner, _random) = (inner ?? new InMemoryLeaseStore(), new(seed));

    /// <summary>The store itself, which does not fail.</summary>
    internal ILeaseStore Inner => _inner;

    /// <summary>How many calls have failed, both ways.</summary>
    public long Failures { get; private set; }

    /// <summary>Raised after every write that was applied, with the row after it (null when deleted), whether or not its answer was lost.</summary>
    public event Action<LeaseWrite, Lease?>? Applied;

    /// <summary>Lets the next calls fail without effect.</summary>
    /// <param name="calls">How many, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public void FailNext(int calls = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(calls, 1);
        lock (_gate)
            _failNext += calls;
    }

    /// <summary>Lets the next writes be applied and then fail.</summary>
    /// <param name="writes">How many, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public void LoseNextAnswers(int writes = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(writes, 1);
        lock (_gate)
            _loseNext += writes;
    }

    /// <summary>Lets calls fail at random from now on.</summary>
    /// <param name="failed">Share of calls that fail without effect: 0 to 1.</param>
    /// <param name="lost">Share of writes that are applied and then fail: 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A share is out of range.</exception>
    public void FailRandomly(double failed, double lost = 0)
    {
        if (!(failed is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(failed), failed, "A share is between 0 and 1.");
        if (!(lost is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(lost), lost, "A share is between 0 and 1.");
        lock (_gate)
            (_failProbability, _loseProbability) = (failed, lost);
    }

    /// <inheritdoc/>
    public ValueTask PrepareAsync(CancellationToken cancellationToken = default) => _inner.PrepareAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LeaseTable> ReadTableAsync(CancellationToken cancellationToken = default)
    {
        MayFail();
        return _inner.ReadTableAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Lease?> ReadLeaseAsync(string leaseKey, CancellationToken cancellationToken = default)
    {
        MayFail();
        return _inner.ReadLeaseAsync(leaseKey, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListKeysOwnedByAsync(string owner, CancellationToken cancellationToken = default)
    {
        MayFail();
        return _inner.ListKeysOwnedByAsync(owner, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default)
    {
        MayFail();
        var result = await _inner.WriteLeaseAsync(write, cancellationToken).ConfigureAwait(false);
        if (result.IsApplied)
            Applied?.Invoke(write, result.Lease);
        MayLose();
        return result;
    }

    /// <inheritdoc/>
    public async ValueTask WriteReportAsync(WorkerReport report, CancellationToken cancellationToken = default)
    {
        MayFail();
        await _inner.WriteReportAsync(report, cancellationToken).ConfigureAwait(false);
        MayLose();
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteReportAsync(WorkerReport report, CancellationToken cancellationToken = default)
    {
        MayFail();
        var deleted = await _inner.DeleteReportAsync(report, cancellationToken).ConfigureAwait(false);
        MayLose();
        return deleted;
    }

    /// <inheritdoc/>
    public ValueTask<LeaderLock?> ReadLeaderLockAsync(CancellationToken cancellationToken = default)
    {
        MayFail();
        return _inner.ReadLeaderLockAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ReplaceLeaderLockAsync(LeaderLock? seen, LeaderLock? next, CancellationToken cancellationToken = default)
    {
        MayFail();
        var replaced = await _inner.ReplaceLeaderLockAsync(seen, next, cancellationToken).ConfigureAwait(false);
        MayLose();
        return replaced;
    }

    /// <inheritdoc/>
    public ValueTask<LeaderLock?> PeekLeaderLockAsync(CancellationToken cancellationToken = default)
    {
        MayFail();
        return _inner.PeekLeaderLockAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<HeartbeatWriteResult> WriteHeartbeatAsync(WorkerHeartbeat? seen, WorkerHeartbeat? next, CancellationToken cancellationToken = default)
    {
        MayFail();
        var result = await _inner.WriteHeartbeatAsync(seen, next, cancellationToken).ConfigureAwait(false);
        MayLose();
        return result;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WorkerHeartbeat>> ReadHeartbeatsAsync(IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken = default)
    {
        MayFail();
        return _inner.ReadHeartbeatsAsync(workerIds, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask TellAsync(string workerId, CancellationToken cancellationToken = default)
    {
        MayFail();
        await _inner.TellAsync(workerId, cancellationToken).ConfigureAwait(false);
        MayLose();
    }

    private void MayFail()
    {
        if (IsMet(ref _failNext, _failProbability))
            throw new IOException("The lease store failed before the call was applied (injected fault).");
    }

    private void MayLose()
    {
        if (IsMet(ref _loseNext, _loseProbability))
            throw new IOException("The lease store's answer was lost after the write was applied (injected fault).");
    }

    private bool IsMet(ref int next, double probability)
    {
        lock (_gate)
        {
            if (next > 0)
                next--;
            else if (probability == 0 || _random.NextDouble() >= probability)
                return false;
            Failures++;
            return true;
        }
    }
}
