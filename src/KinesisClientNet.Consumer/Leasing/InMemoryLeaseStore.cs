using System.Collections.Immutable;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// Leases in this process's memory: for tests, demonstrations and single-process consumers that start anew with every run. Workers share leases by
/// sharing the instance; nothing survives the process, so after a restart reading starts where the consumer is configured to start.
/// </summary>
/// <remarks>Thread-safe. Answers are immediate and always current.</remarks>
public sealed class InMemoryLeaseStore : ILeaseStore
{
    private readonly Lock _gate = new();
    private ImmutableSortedDictionary<string, Lease> _leases = ImmutableSortedDictionary.Create<string, Lease>(StringComparer.Ordinal);
    private ImmutableSortedDictionary<string, WorkerReport> _reports = ImmutableSortedDictionary.Create<string, WorkerReport>(StringComparer.Ordinal);
    private ImmutableSortedDictionary<string, WorkerHeartbeat> _heartbeats = ImmutableSortedDictionary.Create<string, WorkerHeartbeat>(StringComparer.Ordinal);
    private LeaderLock? _leader;

    /// <inheritdoc/>
    public ValueTask PrepareAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<LeaseTable> ReadTableAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
            return new(new LeaseTable([.. _leases.Values], [.. _reports.Values]) { Heartbeats = [.. _heartbeats.Values] });
    }

    /// <inheritdoc/>
    public ValueTask<Lease?> ReadLeaseAsync(string leaseKey, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
            return new(_leases.GetValueOrDefault(leaseKey));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListKeysOwnedByAsync(string owner, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
            return new([.. _leases.Values.Where(lease => lease.Owner == owner).Select(lease => lease.LeaseKey)]);
    }

    /// <inheritdoc/>
    public ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            var current = _leases.GetValueOrDefault(write.LeaseKey);
            if (!write.IsAllowed(current))
                return new(new LeaseWriteResult(false, current));
            var next = write.Apply(current);
            _leases = next is null ? _leases.Remove(write.LeaseKey) : _leases.SetItem(write.LeaseKey, next);
            return new(new LeaseWriteResult(true, next));
        }
    }

    /// <inheritdoc/>
    public ValueTask WriteReportAsync(WorkerReport report, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(report);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
            _reports = _reports.SetItem(report.WorkerId, report);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteReportAsync(WorkerReport report, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(report);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (_reports.GetValueOrDefault(report.WorkerId)?.UpdatedAt != report.UpdatedAt)
                return new(false);
            _reports = _reports.Remove(report.WorkerId);
            return new(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<LeaderLock?> ReadLeaderLockAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
            return new(_leader);
    }

    /// <inheritdoc/>
    public ValueTask<bool> ReplaceLeaderLockAsync(LeaderLock? seen, LeaderLock? next, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (_leader?.Owner != seen?.Owner || _leader?.Version != seen?.Version)
                return new(false);
            _leader = next;
            return new(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<HeartbeatWriteResult> WriteHeartbeatAsync(WorkerHeartbeat? seen, WorkerHeartbeat? next, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var worker = (next ?? seen ?? throw new ArgumentException("Either the seen or the next heartbeat is expected.", nameof(next))).WorkerId;
        lock (_gate)
        {
            var current = _heartbeats.GetValueOrDefault(worker);
            if (current is null ? seen is not null : !current.IsSameAs(seen))
                return new(new HeartbeatWriteResult(false, current));
            if (next is null)
            {
                _heartbeats = _heartbeats.Remove(worker);
                return new(new HeartbeatWriteResult(true, null));
            }

            var written = next with { News = current?.News ?? 0 };
            _heartbeats = _heartbeats.SetItem(worker, written);
            return new(new HeartbeatWriteResult(true, written));
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WorkerHeartbeat>> ReadHeartbeatsAsync(IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workerIds);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
            return new([.. workerIds.Select(worker => _heartbeats.GetValueOrDefault(worker)).OfType<WorkerHeartbeat>()]);
    }

    /// <inheritdoc/>
    public ValueTask TellAsync(string workerId, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (_heartbeats.TryGetValue(workerId, out var current))
                _heartbeats = _heartbeats.SetItem(workerId, current with { News = current.News + 1 });
        }

        return default;
    }
}
