using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Tests.ShardSync;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Leasing.Kcl;

/// <summary>
/// A KCL 3.5 worker as the reference describes it (§2.3 to §2.6, §2.14, §8.2): renewer, discoverer, graceful hand-off, worker metrics, and with
/// <see cref="KclLeader"/> the leader's duty. A model for tests, written from behaviour and not from source. Everything runs on the stepped clock's thread.
/// </summary>
internal sealed class KclWorker : IDisposable
{
    private static readonly TimeSpan CheckpointEvery = TimeSpan.FromSeconds(5);

    private readonly ILeaseStore _store;
    private readonly TimeProvider _time;
    private readonly ShardLog _log;
    private readonly SortedDictionary<string, Owned> _owned = new(StringComparer.Ordinal);
    private readonly List<ITimer> _timers = [];
    private readonly KclLeader _leader;
    private readonly KclShardEnd _ends;
    private bool _isLeaving;

    public KclWorker(string id, ILeaseStore store, TimeProvider time, ShardLog log, ListedShards shards, bool isByThroughput = false)
    {
        (Id, _store, _time, _log) = (id, store, time, log);
        _leader = new(id, store, time, isByThroughput);
        _ends = new(store, shards);
        RegainAtStart();
        Every(KclTimers.Renewer, KclTimers.Renewer, Renew);
        Every(TimeSpan.Zero, KclTimers.Discoverer, Discover);
        Every(KclTimers.Scheduler, KclTimers.Scheduler, Schedule);
        Every(KclTimers.FirstReport, KclTimers.Report, Report);
        Every(TimeSpan.Zero, KclTimers.Assignment, _leader.Assign);
        Every(KclTimers.LockHeartbeat, KclTimers.LockHeartbeat, _leader.Heartbeat);
        Every(KclTimers.CleanUp, KclTimers.CleanUp, CleanUp);
    }

    public string Id { get; }

    public bool IsLeader => _leader.IsLeader;

    /// <summary>True when a graceful stop has dropped everything.</summary>
    public bool IsGone => _isLeaving && _owned.Count == 0;

    private TimeSpan Now => _time.GetElapsedTime(0);

    /// <summary>The leases whose records are being delivered.</summary>
    public IEnumerable<string> Delivering => _owned.Where(entry => entry.Value.IsRunning && IsCurrent(entry.Value)).Select(entry => entry.Key);

    /// <summary>
    /// The leases among them that the worker has found in the index and not renewed yet. KCL starts on such a lease without a proof: when it was its own expired one, the leader may just have given
    /// it to somebody else. The next renewal, at most 3.3 s later, finds out.
    /// </summary>
    public IEnumerable<string> Unproven => _owned.Where(entry => !entry.Value.IsProven).Select(entry => entry.Key);

    /// <summary>Every shard whose consumer runs gives a record.</summary>
    public void Deliver()
    {
        foreach (var owned in _owned.Values.Where(owned => owned.IsRunning && IsCurrent(owned)))
        {
            if (!_log.IsEnd(owned.Lease.ShardId, owned.Delivered))
                _log.Deliver(owned.Lease.ShardId, ++owned.Delivered);
        }
    }

    /// <summary>The process is gone without a word.</summary>
    public void Crash()
    {
        foreach (var timer in _timers)
            timer.Dispose();
        _timers.Clear();
        _owned.Clear();
        _leader.Crash();
    }

    /// <summary>KCL's graceful shutdown: no new leases, the application checkpoints, leases are dropped without a write, the lock is released at the end (§8.4).</summary>
    public void Leave() => _isLeaving = true;

    public void Dispose() => Crash();

    private void Every(TimeSpan first, TimeSpan period, Action act) => _timers.Add(_time.CreateTimer(
        _ =>
        {
            try
            {
                act();
            }
            catch (IOException)
            {
                // The store is cut off. KCL logs and goes on with the next run of the loop.
            }
        },
        null,
        first,
        period));

    private bool IsCurrent(Owned owned) => Now - owned.RenewedAt <= KclTimers.LeaseDuration;

    private void RegainAtStart()
    {
        foreach (var lease in Sync.Of(_store.ReadTableAsync()).Leases.Where(lease => lease.Owner == Id && !lease.IsHandingOver))
        {
            if (Sync.Of(_store.WriteLeaseAsync(new RenewLease(lease.LeaseKey, lease.Counter))) is { IsApplied: true, Lease: { } row })
                Add(row, isProven: true);
        }
    }

    private void Add(Lease lease, bool isProven) => _owned[lease.LeaseKey] = new(lease, Now) { IsProven = isProven };

    private void Discover()
    {
        if (_isLeaving)
            return;
        foreach (var key in Sync.Of(_store.ListKeysOwnedByAsync(Id)).Where(key => !_owned.TryGetValue(key, out var owned) || !IsCurrent(owned)))
        {
            // No write: the first renewal proves the ownership.
            if (Sync.Of(_store.ReadLeaseAsync(key)) is { IsHandingOver: false } row && row.Owner == Id)
                Add(row, isProven: false);
        }
    }

    private void Renew()
    {
        foreach (var (key, owned) in _owned.Reverse().ToList())
        {
            var isForeign = owned.Lease.IsHandingOver && (owned.Lease.CheckpointOwner != Id || owned.Lease.Owner == Id);
            if (isForeign || !IsCurrent(owned) || !TryRenew(owned))
                _owned.Remove(key);
        }
    }

    /// <summary>Renewal with KCL's conflict resolution (§1.6).</summary>
    private bool TryRenew(Owned owned)
    {
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var mine = owned.Lease;
            LeaseWriteResult result;
            try
            {
                result = Sync.Of(_store.WriteLeaseAsync(new RenewLease(mine.LeaseKey, mine.Counter, _log.KiBpsOf(mine.ShardId), mine.IsHandingOver)));
            }
            catch (IOException)
            {
                return true; // not renewed, but kept: it expires locally
            }

            if (result.IsApplied)
            {
                (owned.Lease, owned.RenewedAt, owned.IsProven) = (result.Lease!, Now, true);
                return true;
            }

            if (!mine.IsHandingOver && result.Lease is { IsHandingOver: true } row)
            {
                if (row.ActualOwner != mine.ActualOwner || row.CheckpointOwner == row.Owner)
                    return false;
                owned.Lease = mine with { Owner = row.Owner, CheckpointOwner = row.CheckpointOwner };
                continue;
            }

            if (result.Lease is not { } now || now.Owner != mine.ActualOwner || now.Counter != mine.Counter + 1)
                return false;
            (owned.Lease, owned.RenewedAt) = (now, Now); // taken for a spurious retry of the SDK
            return true;
        }

        return false;
    }

    /// <summary>The main loop: starts consumers, lets them checkpoint, ends those whose lease is to be handed over.</summary>
    private void Schedule()
    {
        foreach (var (key, owned) in _owned.ToList())
        {
            if (!IsCurrent(owned))
                continue;
            if (owned.IsRunning && (_isLeaving || owned.Lease.IsHandingOver))
                End(key, owned);
            else if (owned.Lease.IsFinished && !_isLeaving)
                continue; // kept and renewed until its row is cleaned up
            else if (!owned.IsRunning && !owned.Lease.IsHandingOver && !_isLeaving)
                StartIfParentsAreDone(owned);
            else if (owned.IsRunning && _log.IsEnd(owned.Lease.ShardId, owned.Delivered))
                Complete(key, owned);
            else if (owned.IsRunning && Now - owned.CheckpointedAt >= CheckpointEvery && !Checkpoint(owned))
                _owned.Remove(key);
            else if (!owned.IsRunning)
                End(key, owned);
        }

        if (_isLeaving && _owned.Count == 0)
            _leader.Resign();
    }

    /// <summary>A child waits until its parents' leases are gone or finished (§3.10).</summary>
    private void StartIfParentsAreDone(Owned owned)
    {
        if (owned.Lease.ParentShardIds.All(parent => Sync.Of(_store.ReadLeaseAsync(parent)) is null or { IsFinished: true }))
            owned.Start();
    }

    /// <summary>The shard end: first the children's leases, then the checkpoint (§3.6).</summary>
    private void Complete(string key, Owned owned)
    {
        if (!_ends.CreateChildren(owned.Lease))
            return; // blocked on the other parent of a merge; tried again
        if (!Checkpoint(owned, ExtendedSequenceNumber.ShardEnd))
            _owned.Remove(key);
        else
            owned.Stop();
    }

    /// <summary>Finished leases whose children have begun are deleted by their owner, oldest first (§3.7).</summary>
    private void CleanUp()
    {
        foreach (var (key, _) in _owned.Where(entry => entry.Value.Lease.IsFinished).ToList())
        {
            if (_ends.TryDelete(key))
                _owned.Remove(key);
        }
    }

    private bool Checkpoint(Owned owned) => Checkpoint(owned, new(SequenceNumber.FromBits(0, ShardLog.First + owned.Delivered)));

    private bool Checkpoint(Owned owned, ExtendedSequenceNumber position)
    {
        var result = Sync.Of(_store.WriteLeaseAsync(new CheckpointLease(owned.Lease.LeaseKey, owned.Lease.Counter, position)));
        if (!result.IsApplied)
            return false;
        owned.Lease = result.Lease! with { Owner = owned.Lease.Owner, CheckpointOwner = owned.Lease.CheckpointOwner };
        (owned.RenewedAt, owned.CheckpointedAt, owned.IsProven) = (Now, Now, true);
        return true;
    }

    /// <summary><c>shutdownRequested</c>: the application checkpoints; then the lease goes to its new owner, or is just dropped when the worker stops.</summary>
    private void End(string key, Owned owned)
    {
        if (owned.IsRunning && owned.Delivered > 0)
            Checkpoint(owned);
        _owned.Remove(key);
        if (owned.Lease.IsHandingOver)
            Sync.Of(_store.WriteLeaseAsync(new AssignLease(key, owned.Lease.Owner, owned.Lease.CheckpointOwner, owned.Lease.Owner!)));
    }

    private void Report()
    {
        if (!_isLeaving)
            Sync.Do(_store.WriteReportAsync(new(Id, _time.GetUtcNow())));
    }

    private sealed class Owned(Lease lease, TimeSpan renewedAt)
    {
        public Lease Lease { get; set; } = lease;

        public TimeSpan RenewedAt { get; set; } = renewedAt;

        public TimeSpan CheckpointedAt { get; set; } = renewedAt;

        public bool IsRunning { get; private set; }

        public bool IsProven { get; set; }

        public ulong Delivered { get; set; }

        public void Stop() => IsRunning = false;

        public void Start()
        {
            IsRunning = true;
            Delivered = Lease.Checkpoint.IsNumber ? ulong.Parse(Lease.Checkpoint.CheckpointText, System.Globalization.CultureInfo.InvariantCulture) - ShardLog.First : 0;
        }
    }
}
