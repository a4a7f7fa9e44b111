using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.Tests.Leasing.Kcl;

/// <summary>
/// The leader's side of a KCL 3.5 worker: the lock (§1.10, §2.8) and the LeaseAssignmentManager with the strategy LEASE_COUNT_BASED (§2.10.3) or WORKER_UTILIZATION_AWARE (§2.10.2).
/// </summary>
internal sealed class KclLeader(string id, ILeaseStore store, TimeProvider time, bool isByThroughput = false)
{
    private readonly Dictionary<string, (long Counter, TimeSpan At)> _increments = [];
    private readonly Dictionary<string, (string? Owner, string? CheckpointOwner, TimeSpan Until)> _timeouts = [];
    private LeaderLock? _mine;
    private TimeSpan _provenAt;
    private LeaderLock? _seen;
    private TimeSpan _seenAt;
    private TimeSpan _lookAgainAt;
    private int _runs;
    private int _versions;
    private bool _isOver;

    public bool IsLeader => _mine is not null && Now - _provenAt < KclTimers.Lock;

    private TimeSpan Now => time.GetElapsedTime(0);

    public void Crash() => (_mine, _isOver) = (null, true);

    public void Resign()
    {
        if (_mine is { } mine)
            Sync.Of(store.ReplaceLeaderLockAsync(mine, null));
        Crash();
    }

    public void Heartbeat()
    {
        if (_mine is { } mine)
            Take(mine);
    }

    /// <summary>One run of the assignment.</summary>
    public void Assign()
    {
        if (!CheckLeadership())
            return;
        var table = Sync.Of(store.ReadTableAsync());
        Observe(table);
        var workers = table.Workers.Where(worker => time.GetUtcNow() - worker.UpdatedAt <= KclTimers.ReportLimit).Select(worker => worker.WorkerId).ToList();
        if (workers.Count == 0)
            return;
        var free = table.Leases.Where(IsExpiredOrUnassigned).OrderBy(lease => lease.ActualOwner is null ? TimeSpan.Zero : _increments[lease.LeaseKey].At).ToList();
        var isBalanceDue = _runs++ % KclTimers.BalanceEvery == 0;
        if (isByThroughput)
            AssignByThroughput(table, workers, free, isBalanceDue);
        else
            AssignByCount(table, workers, free, isBalanceDue);
    }

    private void AssignByThroughput(LeaseTable table, List<string> workers, List<Lease> free, bool isBalanceDue)
    {
        var rules = new KclThroughputRules(table.Leases, workers);
        foreach (var lease in free)
        {
            if (rules.Place(lease) is { } to)
                Note(Sync.Of(store.WriteLeaseAsync(new AssignLease(lease.LeaseKey, lease.Owner, lease.CheckpointOwner, to))));
        }

        if (!isBalanceDue)
            return;
        foreach (var (lease, to) in rules.Balance([.. table.Leases.Except(free)]).Where(move => !IsBlocked(move.Lease)))
            Move(lease, to);
    }

    private void AssignByCount(LeaseTable table, List<string> workers, List<Lease> free, bool isBalanceDue)
    {
        var counts = workers.ToDictionary(worker => worker, worker => table.Leases.Count(lease => lease.ActualOwner == worker));
        var target = (table.Leases.Length + workers.Count - 1) / workers.Count;
        foreach (var lease in free)
        {
            if (lease.ActualOwner is { } dead && counts.TryGetValue(dead, out var had))
                counts[dead] = had - 1;
            var to = counts.MinBy(entry => entry.Value).Key;
            counts[to]++;
            if (lease.ActualOwner != to || lease.IsHandingOver)
                Note(Sync.Of(store.WriteLeaseAsync(new AssignLease(lease.LeaseKey, lease.Owner, lease.CheckpointOwner, to))));
        }

        if (isBalanceDue)
            Balance([.. table.Leases.Except(free)], counts, target);
    }

    private void Balance(List<Lease> held, Dictionary<string, int> counts, int target)
    {
        while (true)
        {
            var (most, count) = counts.MaxBy(entry => entry.Value);
            var (least, few) = counts.MinBy(entry => entry.Value);
            if (few >= target || count - few < 2 || held.FirstOrDefault(lease => lease.ActualOwner == most && !IsBlocked(lease)) is not { } lease)
                return;
            held.Remove(lease);
            (counts[most], counts[least]) = (counts[most] - 1, counts[least] + 1);
            Move(lease, least);
        }
    }

    private void Move(Lease lease, string to)
    {
        LeaseWrite write = lease.IsFinished || lease.IsHandingOver
            ? new AssignLease(lease.LeaseKey, lease.Owner, lease.CheckpointOwner, to)
            : new StartHandover(lease.LeaseKey, lease.Owner!, to);
        Note(Sync.Of(store.WriteLeaseAsync(write)));
    }

    private bool IsExpiredOrUnassigned(Lease lease) => lease.ActualOwner is null || Now - _increments[lease.LeaseKey].At > KclTimers.LeaseDuration;

    private bool IsBlocked(Lease lease) => lease is { IsHandingOver: true, IsFinished: false } && Now < _timeouts[lease.LeaseKey].Until;

    private void Observe(LeaseTable table)
    {
        foreach (var lease in table.Leases)
        {
            if (!_increments.TryGetValue(lease.LeaseKey, out var seen))
                _increments[lease.LeaseKey] = (lease.Counter, lease.ActualOwner is null ? TimeSpan.Zero : Now);
            else if (lease.Counter > seen.Counter)
                _increments[lease.LeaseKey] = (lease.Counter, Now);
            var isKnown = _timeouts.TryGetValue(lease.LeaseKey, out var timeout) && timeout.Owner == lease.Owner && timeout.CheckpointOwner == lease.CheckpointOwner;
            if (!lease.IsHandingOver)
                _timeouts.Remove(lease.LeaseKey);
            else if (!isKnown)
                _timeouts[lease.LeaseKey] = (lease.Owner, lease.CheckpointOwner, Now + KclTimers.LeaderHandoffTimeout);
        }
    }

    private void Note(LeaseWriteResult result)
    {
        if (result is { IsApplied: true, Lease: { } lease })
            _increments[lease.LeaseKey] = (lease.Counter, Now);
    }

    /// <summary>A negative answer is kept for a heartbeat period; a new leader forgets what it knew.</summary>
    private bool CheckLeadership()
    {
        if (_isOver || IsLeader || Now < _lookAgainAt)
            return IsLeader;
        _mine = null;
        var now = Sync.Of(store.ReadLeaderLockAsync());
        if (now != _seen)
            (_seen, _seenAt) = (now, Now);
        var isFree = now is null || now.IsReleased || Now - _seenAt > now.Duration;
        if (!isFree || !Take(now))
        {
            _lookAgainAt = Now + KclTimers.LockHeartbeat;
            return false;
        }

        _increments.Clear();
        _timeouts.Clear();
        _runs = 0;
        return true;
    }

    private bool Take(LeaderLock? seen)
    {
        var next = new LeaderLock(id, KclTimers.Lock, $"{id}-{++_versions}");
        if (!Sync.Of(store.ReplaceLeaderLockAsync(seen, next)))
        {
            _mine = null;
            return false;
        }

        (_mine, _provenAt) = (next, Now);
        return true;
    }
}
