using System.Collections.Immutable;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// What one observer knows about the life of leases and workers: when it last saw a counter or a report move, by its own monotonic clock. No
/// time from another machine is compared, but for one thing: at first sight a report's age is its wall-clock age, because there is nothing else; or how
/// much older it is than the newest report, if that is less, so that an observer whose own clock is wrong does not take a whole fleet for dead.
/// </summary>
/// <remarks>Immutable; every observation makes a new watch.</remarks>
internal sealed class LeaseWatch
{
    private readonly ImmutableDictionary<string, Sight> _leases;
    private readonly ImmutableDictionary<string, ReportSight> _reports;
    private readonly ImmutableDictionary<string, TimeSpan> _silent;
    private readonly ImmutableDictionary<string, BeatSight> _beats;

    private LeaseWatch(
        ImmutableDictionary<string, Sight> leases, ImmutableDictionary<string, ReportSight> reports, ImmutableDictionary<string, TimeSpan> silent,
        ImmutableDictionary<string, BeatSight> beats) =>
        (_leases, _reports, _silent, _beats) = (leases, reports, silent, beats);

    /// <summary>The watch of somebody who has seen nothing: no owned lease can be expired for it.</summary>
    public static LeaseWatch Empty { get; } = new(
        ImmutableDictionary.Create<string, Sight>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, ReportSight>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, TimeSpan>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, BeatSight>(StringComparer.Ordinal));

    /// <summary>Takes a new look at the table in.</summary>
    /// <param name="table">What was read.</param>
    /// <param name="now">Monotonic time after the reading, so that a slow reading never makes a lease look older than it is.</param>
    /// <param name="wallNow">Wall-clock time, for the age of reports seen first.</param>
    /// <returns>The next watch. Rows that are gone are forgotten.</returns>
    public LeaseWatch Observe(LeaseTable table, TimeSpan now, DateTimeOffset wallNow)
    {
        var leases = ImmutableDictionary.CreateBuilder<string, Sight>(StringComparer.Ordinal);
        foreach (var lease in table.Leases)
            leases[lease.LeaseKey] = See(_leases.GetValueOrDefault(lease.LeaseKey), lease, now);
        var reports = ImmutableDictionary.CreateBuilder<string, ReportSight>(StringComparer.Ordinal);
        var newest = table.Workers.IsEmpty ? wallNow : table.Workers.Max(static report => report.UpdatedAt);
        var reference = newest < wallNow ? newest : wallNow;
        foreach (var report in table.Workers)
        {
            reports[report.WorkerId] = _reports.GetValueOrDefault(report.WorkerId) is { } seen
                ? seen.UpdatedAt == report.UpdatedAt ? seen : new(report.UpdatedAt, now)
                : new(report.UpdatedAt, now - Positive(reference - report.UpdatedAt));
        }

        var silent = _silent.RemoveRange(_silent.Where(entry => !reports.TryGetValue(entry.Key, out var seen) || seen.ChangedAt > entry.Value).Select(static entry => entry.Key));
        return new(leases.ToImmutable(), reports.ToImmutable(), silent, See(table.Heartbeats, now));
    }

    /// <summary>Takes heartbeats in that were read without the rest of the table. Workers that had one and have none any more are forgotten.</summary>
    /// <param name="heartbeats">What was read, of all workers that are watched.</param>
    /// <param name="now">Monotonic time after the reading.</param>
    /// <returns>The next watch.</returns>
    public LeaseWatch ObserveHeartbeats(IReadOnlyCollection<WorkerHeartbeat> heartbeats, TimeSpan now) => new(_leases, _reports, _silent, See(heartbeats, now));

    /// <summary>Takes a row in that this observer has just written: its clock starts now, not at the next reading.</summary>
    /// <param name="lease">The row after the write.</param>
    /// <param name="now">Monotonic time after the write.</param>
    /// <returns>The next watch.</returns>
    public LeaseWatch Note(Lease lease, TimeSpan now) =>
        new(_leases.SetItem(lease.LeaseKey, See(_leases.GetValueOrDefault(lease.LeaseKey), lease, now)), _reports, _silent, _beats);

    /// <summary>
    /// Takes in that an expired lease was taken from its owner: the evidence that this worker is dead goes with the lease, so it is kept here until the
    /// worker reports again. Without it the next plan would give the dead worker leases again, for as long as its last report counts as fresh.
    /// </summary>
    /// <param name="lease">The row before it was taken.</param>
    /// <param name="now">Monotonic time. A report that was written before may have been the worker's last.</param>
    /// <returns>The next watch.</returns>
    public LeaseWatch NoteExpired(Lease lease, TimeSpan now) =>
        lease.ActualOwner is { } owner ? new(_leases, _reports, _silent.SetItem(owner, now), _beats) : this;

    /// <summary>When an expired lease was last taken from the worker.</summary>
    /// <param name="workerId">A worker.</param>
    /// <returns>Monotonic time; null when none was, or the worker has reported since.</returns>
    public TimeSpan? SilentSince(string workerId) => _silent.TryGetValue(workerId, out var since) ? since : null;

    /// <summary>Whether an owned lease has shown no life for longer than leases live: neither its row nor its owner's heartbeat has moved.</summary>
    /// <param name="lease">A lease.</param>
    /// <param name="now">Monotonic time.</param>
    /// <param name="duration">How long leases live.</param>
    /// <returns>False for a lease that was never seen, and for one without an owner.</returns>
    public bool IsExpired(Lease lease, TimeSpan now, TimeSpan duration) =>
        lease.ActualOwner is { } owner && _leases.GetValueOrDefault(lease.LeaseKey) is { } sight && now - sight.Pulse.MovedAt > duration
        && !HasHeartbeat(owner, now, duration);

    /// <summary>Whether a worker's heartbeat has moved within the time that leases live.</summary>
    /// <param name="workerId">A worker.</param>
    /// <param name="now">Monotonic time.</param>
    /// <param name="duration">How long leases live.</param>
    public bool HasHeartbeat(string workerId, TimeSpan now, TimeSpan duration) => BeatAt(workerId) is { } beat && now - beat <= duration;

    /// <summary>When the worker's heartbeat was last seen to move; null when it has none.</summary>
    public TimeSpan? BeatAt(string workerId) => _beats.GetValueOrDefault(workerId)?.Pulse.MovedAt;

    /// <summary>When the first lease expires of those that, with their owner's heartbeat, stood still at the last look; the leader looks again then, not a whole interval later.</summary>
    /// <param name="table">What was read.</param>
    /// <param name="now">Monotonic time of the last look.</param>
    /// <param name="duration">How long leases live.</param>
    /// <returns>Monotonic time; null when every lease moved, is free, finished or expired already.</returns>
    public TimeSpan? NextExpiry(LeaseTable table, TimeSpan now, TimeSpan duration)
    {
        TimeSpan? next = null;
        foreach (var lease in table.Leases)
        {
            if (lease.IsFinished || lease.ActualOwner is not { } owner || MovedAt(lease) is not { } moved)
                continue;
            var lived = BeatAt(owner) is { } beat && beat > moved ? beat : moved;
            if (lived >= now || now - lived > duration)
                continue;
            if (next is null || lived + duration < next)
                next = lived + duration;
        }

        return next;
    }

    /// <summary>When the row was last seen to move.</summary>
    /// <param name="lease">A lease.</param>
    /// <returns>Monotonic time; null when it was never seen or never had an owner.</returns>
    public TimeSpan? MovedAt(Lease lease) => _leases.GetValueOrDefault(lease.LeaseKey)?.Pulse.MovedAt;

    /// <summary>
    /// Whether some owner other than this worker may be dead: its heartbeat, or else every one of its leases, stood still or moved seldom since the look before. Then the
    /// next look should come one duration later, when that can be told; a fleet in health needs fewer looks.
    /// </summary>
    /// <param name="leases">The unfinished leases.</param>
    /// <param name="workerId">This worker, which knows that it lives.</param>
    /// <param name="duration">How long leases live.</param>
    public bool HasSuspects(IEnumerable<Lease> leases, string workerId, TimeSpan duration)
    {
        var isSuspect = _beats.ToDictionary(beat => beat.Key, beat => beat.Value.Pulse.IsSlow(duration), StringComparer.Ordinal);
        var hasHeartbeat = isSuspect.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var lease in leases)
        {
            if (lease.ActualOwner is not { } owner || hasHeartbeat.Contains(owner) || _leases.GetValueOrDefault(lease.LeaseKey) is not { } sight)
                continue;
            isSuspect[owner] = sight.Pulse.IsSlow(duration) && isSuspect.GetValueOrDefault(owner, true);
        }

        return isSuspect.Any(entry => entry.Value && entry.Key != workerId);
    }

    /// <summary>Since when a hand-over between these two owners has been pending.</summary>
    /// <param name="lease">A lease.</param>
    /// <returns>Monotonic time of the first sight; null when none is pending.</returns>
    public TimeSpan? HandoverSince(Lease lease) => lease.IsHandingOver ? _leases.GetValueOrDefault(lease.LeaseKey)?.HandoverSince : null;

    /// <summary>When the worker's report was last seen to change.</summary>
    /// <param name="workerId">A worker.</param>
    /// <returns>Monotonic time; null when the worker has no report.</returns>
    public TimeSpan? ReportedAt(string workerId) => _reports.GetValueOrDefault(workerId)?.ChangedAt;

    private ImmutableDictionary<string, BeatSight> See(IEnumerable<WorkerHeartbeat> heartbeats, TimeSpan now)
    {
        var beats = ImmutableDictionary.CreateBuilder<string, BeatSight>(StringComparer.Ordinal);
        foreach (var beat in heartbeats)
        {
            beats[beat.WorkerId] = _beats.GetValueOrDefault(beat.WorkerId) is { } seen
                ? new(beat.Session, seen.Pulse.Next(beat.Counter, seen.Session != beat.Session, now))
                : new(beat.Session, Pulse.First(beat.Counter, now));
        }

        return beats.ToImmutable();
    }

    private static Sight See(Sight? seen, Lease lease, TimeSpan now)
    {
        var sameHandover = seen is { HandoverSince: not null } && seen.Owner == lease.Owner && seen.CheckpointOwner == lease.CheckpointOwner;
        return new(
            seen is null ? Pulse.First(lease.Counter, now) : seen.Pulse.Next(lease.Counter, seen.ActualOwner is null && lease.ActualOwner is not null, now),
            lease.Owner,
            lease.CheckpointOwner,
            !lease.IsHandingOver ? null : sameHandover ? seen!.HandoverSince : now);
    }

    private static TimeSpan Positive(TimeSpan age) => age > TimeSpan.Zero ? age : TimeSpan.Zero;

    private sealed record Sight(Pulse Pulse, string? Owner, string? CheckpointOwner, TimeSpan? HandoverSince)
    {
        public string? ActualOwner => CheckpointOwner ?? Owner;
    }

    private sealed record ReportSight(DateTimeOffset UpdatedAt, TimeSpan ChangedAt);

    private sealed record BeatSight(string Session, Pulse Pulse);
}
