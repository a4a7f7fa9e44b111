using System.Diagnostics;
using System.Threading.Tasks.Sources;
using KinesisClientNet.Producer.Routing;

namespace KinesisClientNet.Producer.Pipeline;

/// <summary>
/// A Kinesis record on its way: 1 to n user records that share one outcome. It is the only object the pipeline allocates; a
/// <see cref="PendingRecord"/> is this object and an index. Owned by one stage at a time; only the outcome side is read by callers, under a lock.
/// </summary>
internal sealed class OutboundRecord(ShardLane lane, FlushEpoch epoch, long openedAt) : IValueTaskSource<RecordReceipt>
{
    /// <summary>The conventions' limit of a span is 128 links; a Kinesis record brings its share.</summary>
    internal const int MaxCallers = 32;

    private DeliveryWaiters _waiters;
    private object?[]? _states;
    private PendingRecord[]? _movedTo;
    private byte[]? _buffer;
    private AttemptHistory _history;

    /// <summary>The lane that it waits in, and whose limits it pays.</summary>
    internal ShardLane Lane { get; set; } = lane;

    internal FlushEpoch Epoch { get; } = epoch;

    /// <summary>When its first record arrived. Its deadline follows from it.</summary>
    internal long OpenedAt { get; init; } = openedAt;

    /// <summary>When its last record arrived. Its expiry follows from it, so no record expires early.</summary>
    internal long LastArrivalAt { get; private set; } = openedAt;

    internal int Count { get; private set; }

    /// <summary>What the budget holds for its records.</summary>
    internal long Cost { get; private set; }

    /// <summary>Payload bytes of its user records.</summary>
    internal long UserBytes { get; private set; }

    internal UInt128 FirstHashKey { get; private set; }

    internal UInt128 MinHashKey { get; private set; } = UInt128.MaxValue;

    internal UInt128 MaxHashKey { get; private set; } = UInt128.MinValue;

    /// <summary>True from then on when its content no longer changes.</summary>
    internal bool IsSealed { get; private set; }

    /// <summary>True for 2 or more user records in KPL format; false for one record sent as it is.</summary>
    internal bool IsAggregate { get; private set; }

    /// <summary>What goes on the wire.</summary>
    internal ReadOnlyMemory<byte> Data { get; private set; }

    /// <summary>The partition key on the wire: the user's for a single record, the configured outer key for an aggregate.</summary>
    internal string? PartitionKey { get; private set; }

    /// <summary>The explicit hash key on the wire: the user's for a single record, the first record's hash key for an aggregate (kpl.md 1.4).</summary>
    internal UInt128? ExplicitHashKey { get; private set; }

    /// <summary>Data and key bytes, as the service counts them.</summary>
    internal int EntryBytes { get; private set; }

    /// <summary>True until the MD5 trailer is written; the sender does it for eight aggregates at once.</summary>
    internal bool NeedsDigest { get; set; }

    internal int Attempts => _history.Count;

    internal ref readonly AttemptHistory History => ref _history;

    /// <summary>The traceparent of its first record: one that waits alone for the shard map is packed later.</summary>
    internal string? TraceParent { get; private set; }

    /// <summary>The traced operations that its records come from, the first <see cref="MaxCallers"/>; null when nobody traces.</summary>
    internal List<ActivityContext>? Callers { get; private set; }

    /// <summary>When the last try ended, or the record was begun.</summary>
    internal long WaitingSince { get; private set; } = openedAt;

    internal DeliveryOutcome? Outcome { get; private set; }

    internal RecordFailedException? Error { get; private set; }

    /// <summary>Takes note of a user record. Under the lane's lock.</summary>
    /// <returns>The record's index.</returns>
    internal int Note(in UserRecord record)
    {
        var index = Count++;
        if (index == 0)
            (FirstHashKey, TraceParent) = (record.HashKey, record.TraceParent);
        if (record.HashKey < MinHashKey)
            MinHashKey = record.HashKey;
        if (record.HashKey > MaxHashKey)
            MaxHashKey = record.HashKey;
        Cost += record.Cost;
        UserBytes += record.Data.Length;
        LastArrivalAt = record.ArrivedAt;
        if (record.State is not null)
            KeepState(index, record.State);
        if (record.Caller is { } caller)
            KeepCaller(caller.Context);
        return index;
    }

    /// <summary>Gives the record its wire form. Afterwards its content no longer changes.</summary>
    internal void Seal(byte[] buffer, int length, bool isAggregate, string? partitionKey, UInt128? explicitHashKey, int keyBytes)
    {
        _buffer = buffer;
        Data = new ReadOnlyMemory<byte>(buffer, 0, length);
        IsAggregate = NeedsDigest = isAggregate;
        IsSealed = true;
        PartitionKey = partitionKey;
        ExplicitHashKey = explicitHashKey;
        EntryBytes = length + keyBytes;
    }

    /// <summary>The bytes of <see cref="Data"/> for the one who writes the trailer.</summary>
    internal Memory<byte> WritableData => _buffer.AsMemory(0, Data.Length);

    internal void AddAttempt(TimeProvider clock, long startedAt, long endedAt, string? errorCode, string? errorMessage)
    {
        _history.Add(clock.GetElapsedTime(WaitingSince, startedAt), clock.GetElapsedTime(startedAt, endedAt), errorCode, errorMessage);
        WaitingSince = endedAt;
    }

    /// <summary>Takes over the tries of the record that this one was split from.</summary>
    internal void Inherit(OutboundRecord origin)
    {
        _history = origin._history.Fork();
        WaitingSince = origin.WaitingSince;
    }

    /// <summary>Takes over the links of a record whose content it carries now.</summary>
    internal void LinkCallersOf(OutboundRecord origin)
    {
        foreach (var caller in origin.Callers ?? [])
        {
            if (Callers?.Contains(caller) != true)
                KeepCaller(caller);
        }
    }

    internal object? StateOf(int index) => _states is { } states && index < states.Length ? states[index] : null;

    /// <summary>The outcome of one user record, now or later. Called by users, on any thread.</summary>
    internal Task<RecordReceipt> DeliveryOf(int index)
    {
        lock (this)
        {
            if (_movedTo is { } moved)
                return moved[index].Delivery;
            if (Outcome is { } outcome)
                return Task.FromResult(new RecordReceipt(outcome, index));
            if (Error is { } error)
                return Task.FromException<RecordReceipt>(error);
            return _waiters.TaskOf(index, Count);
        }
    }

    /// <summary>The outcome of one user record as a value; the index travels in the token, so nothing is allocated.</summary>
    internal ValueTask<RecordReceipt> ValueOf(int index) => index <= ushort.MaxValue ? new(this, unchecked((short)index)) : new(DeliveryOf(index));

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<RecordReceipt>.GetStatus(short token)
    {
        if (Volatile.Read(ref _movedTo) is { } moved)
            return StatusOf(moved[(ushort)token].Delivery);
        return Outcome is not null ? ValueTaskSourceStatus.Succeeded
            : Error is not null ? ValueTaskSourceStatus.Faulted
            : ValueTaskSourceStatus.Pending;
    }

    /// <inheritdoc/>
    RecordReceipt IValueTaskSource<RecordReceipt>.GetResult(short token)
    {
        if (Volatile.Read(ref _movedTo) is null && Outcome is { } outcome)
            return new RecordReceipt(outcome, (ushort)token);
        return DeliveryOf((ushort)token).GetAwaiter().GetResult(); // a failure, or a record that moved
    }

    /// <inheritdoc/>
    void IValueTaskSource<RecordReceipt>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        var index = (int)(ushort)token;
        Task<RecordReceipt> settled;
        lock (this)
        {
            if (_movedTo is null && Outcome is null && Error is null)
            {
                _waiters.OnCompleted(index, Count, continuation, state, flags);
                return;
            }

            settled = DeliveryOf(index);
        }

        // Settled, or split, between the look at the status and now.
        var awaiter = settled.ConfigureAwait(flags.HasFlag(ValueTaskSourceOnCompletedFlags.UseSchedulingContext)).GetAwaiter();
        if (flags.HasFlag(ValueTaskSourceOnCompletedFlags.FlowExecutionContext))
            awaiter.OnCompleted(() => continuation(state));
        else
            awaiter.UnsafeOnCompleted(() => continuation(state));
    }

    internal void Deliver(DeliveryOutcome outcome)
    {
        DeliveryWaiters waiters;
        lock (this)
        {
            Outcome = outcome;
            waiters = _waiters.Take();
        }

        waiters.SetResult(outcome);
    }

    /// <summary>Ends the record without delivery.</summary>
    internal void Fail(RecordFailedException error)
    {
        DeliveryWaiters waiters;
        lock (this)
        {
            Error = error;
            waiters = _waiters.Take();
        }

        waiters.SetException(error);
    }

    /// <summary>Sends each user record's outcome to where the record went. Its waiters and states move along.</summary>
    internal void MoveTo(PendingRecord[] destinations)
    {
        lock (this)
        {
            _waiters.MoveTo(destinations);
            Volatile.Write(ref _movedTo, destinations); // last: who reads it without the lock may ask the destinations at once
        }
    }

    /// <summary>Lets go of everything but the outcome, which receipts may keep alive.</summary>
    internal byte[]? ReleaseContent()
    {
        var buffer = _buffer;
        _buffer = null;
        Data = default;
        _states = null;
        return buffer;
    }

    /// <summary>Takes over who waits for a user record that moved here.</summary>
    internal void Adopt(int index, object waiter)
    {
        lock (this)
            _waiters.Adopt(index, Count, waiter);
    }

    private void KeepCaller(in ActivityContext caller)
    {
        Callers ??= [];
        if (Callers.Count < MaxCallers && (Callers.Count == 0 || Callers[^1] != caller))
            Callers.Add(caller);
    }

    private static ValueTaskSourceStatus StatusOf(Task task) => task.Status switch
    {
        TaskStatus.RanToCompletion => ValueTaskSourceStatus.Succeeded,
        TaskStatus.Faulted => ValueTaskSourceStatus.Faulted,
        _ => ValueTaskSourceStatus.Pending,
    };

    private void KeepState(int index, object state)
    {
        if (_states is null || _states.Length <= index)
            Array.Resize(ref _states, Math.Max(index + 1, Math.Max(4, (_states?.Length ?? 0) * 2)));
        _states[index] = state;
    }
}
