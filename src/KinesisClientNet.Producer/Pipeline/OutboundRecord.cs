using System.Diagnostics;
using KinesisClientNet.Producer.Routing;

namespace KinesisClientNet.Producer.Pipeline;

/// <summary>
/// A Kinesis record on its way: 1 to n user records that share one outcome. It is the only object the pipeline allocates; a
/// <see cref="PendingRecord"/> is this object and an index. Owned by one stage at a time; only the outcome side is read by callers, under a lock.
/// </summary>
internal sealed class OutboundRecord(ShardLane lane, FlushEpoch epoch, long openedAt)
{
    /// <summary>The conventions' limit of a span is 128 links; a Kinesis record brings its share.</summary>
    internal const int MaxCallers = 32;

    private TaskCompletionSource<RecordReceipt>?[]? _waiters;
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

    internal bool IsSealed => _buffer is not null;

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
            FirstHashKey = record.HashKey;
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
            if (_waiters is null || _waiters.Length <= index)
                Array.Resize(ref _waiters, Math.Max(index + 1, Math.Max(4, (_waiters?.Length ?? 0) * 2)));
            return (_waiters[index] ??= new TaskCompletionSource<RecordReceipt>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    internal void Deliver(DeliveryOutcome outcome)
    {
        TaskCompletionSource<RecordReceipt>?[]? waiters;
        lock (this)
        {
            Outcome = outcome;
            (waiters, _waiters) = (_waiters, null);
        }

        for (var i = 0; i < waiters?.Length; i++)
            waiters[i]?.SetResult(new RecordReceipt(outcome, i));
    }

    /// <summary>Ends the record without delivery.</summary>
    /// <returns>How many of its user records somebody waits for.</returns>
    internal int Fail(RecordFailedException error)
    {
        TaskCompletionSource<RecordReceipt>?[]? waiters;
        lock (this)
        {
            Error = error;
            (waiters, _waiters) = (_waiters, null);
        }

        var waited = 0;
        foreach (var waiter in waiters ?? [])
        {
            if (waiter is null)
                continue;
            waited++;
            waiter.SetException(error);
        }

        return waited;
    }

    /// <summary>Sends each user record's outcome to where the record went. Its waiters and states move along.</summary>
    internal void MoveTo(PendingRecord[] destinations)
    {
        lock (this)
        {
            _movedTo = destinations;
            for (var i = 0; i < _waiters?.Length; i++)
            {
                if (_waiters[i] is { } waiter)
                    destinations[i].Source!.Adopt(destinations[i].Index, waiter);
            }

            _waiters = null;
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

    private void Adopt(int index, TaskCompletionSource<RecordReceipt> waiter)
    {
        lock (this)
        {
            if (_waiters is null || _waiters.Length <= index)
                Array.Resize(ref _waiters, Math.Max(index + 1, Count));
            _waiters[index] = waiter;
        }
    }

    private void KeepCaller(in ActivityContext caller)
    {
        Callers ??= [];
        if (Callers.Count < MaxCallers && (Callers.Count == 0 || Callers[^1] != caller))
            Callers.Add(caller);
    }

    private void KeepState(int index, object state)
    {
        if (_states is null || _states.Length <= index)
            Array.Resize(ref _states, Math.Max(index + 1, Math.Max(4, (_states?.Length ?? 0) * 2)));
        _states[index] = state;
    }
}
