using System.Diagnostics;
using System.Threading.Tasks.Sources;

namespace KinesisClientNet.Producer.Pipeline;

/// <summary>
/// Who waits for which user record of a Kinesis record. Nothing is kept for a record that nobody waits for; one object for each that is waited
/// for before its outcome. Not thread-safe: its owner locks, and calls <see cref="SetResult"/> and <see cref="SetException"/> outside the lock.
/// </summary>
internal struct DeliveryWaiters
{
    /// <summary>A <see cref="TaskCompletionSource{TResult}"/> or a <see cref="ValueWaiter"/> at the index of its record.</summary>
    private object?[]? _slots;

    /// <summary>A task for the outcome; the same one every time.</summary>
    internal Task<RecordReceipt> TaskOf(int index, int count)
    {
        ref var slot = ref SlotOf(index, count);
        switch (slot)
        {
            case ValueWaiter waiter:
                return waiter.Task;
            case TaskCompletionSource<RecordReceipt> source:
                return source.Task;
            default:
                var created = NewSource();
                slot = created;
                return created.Task;
        }
    }

    /// <summary>Registers what is to run with the outcome.</summary>
    internal void OnCompleted(int index, int count, Action<object?> continuation, object? state, ValueTaskSourceOnCompletedFlags flags)
    {
        ref var slot = ref SlotOf(index, count);
        if (slot is null)
        {
            var waiter = new ValueWaiter();
            waiter.OnCompleted(continuation, state, flags);
            slot = waiter;
            return;
        }

        // Somebody waits for the same record already.
        var awaiter = TaskOf(index, count).ConfigureAwait(flags.HasFlag(ValueTaskSourceOnCompletedFlags.UseSchedulingContext)).GetAwaiter();
        if (flags.HasFlag(ValueTaskSourceOnCompletedFlags.FlowExecutionContext))
            awaiter.OnCompleted(() => continuation(state));
        else
            awaiter.UnsafeOnCompleted(() => continuation(state));
    }

    /// <summary>Takes all waiters out, to be told.</summary>
    internal DeliveryWaiters Take()
    {
        var taken = this;
        _slots = null;
        return taken;
    }

    internal readonly void SetResult(DeliveryOutcome outcome)
    {
        for (var i = 0; i < _slots?.Length; i++)
        {
            if (_slots[i] is TaskCompletionSource<RecordReceipt> source)
                source.SetResult(new RecordReceipt(outcome, i));
            else if (_slots[i] is ValueWaiter waiter)
                waiter.SetResult(new RecordReceipt(outcome, i));
        }
    }

    internal readonly void SetException(RecordFailedException error)
    {
        foreach (var slot in _slots ?? [])
        {
            if (slot is TaskCompletionSource<RecordReceipt> source)
                source.SetException(error);
            else if (slot is ValueWaiter waiter)
                waiter.SetException(error);
        }
    }

    /// <summary>Hands each waiter to the place where its record went.</summary>
    internal void MoveTo(PendingRecord[] destinations)
    {
        for (var i = 0; i < _slots?.Length; i++)
        {
            if (_slots[i] is { } waiter)
                destinations[i].Source!.Adopt(destinations[i].Index, waiter);
        }

        _slots = null;
    }

    /// <summary>Takes over a waiter of the record that this one was split from.</summary>
    internal void Adopt(int index, int count, object waiter)
    {
        ref var slot = ref SlotOf(index, count);
        Debug.Assert(slot is null, "Nobody can wait for a record before it is there.");
        slot = waiter;
    }

    private static TaskCompletionSource<RecordReceipt> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ref object? SlotOf(int index, int count)
    {
        if (_slots is null || _slots.Length <= index)
            Array.Resize(ref _slots, Math.Max(Math.Max(index + 1, count), Math.Max(4, (_slots?.Length ?? 0) * 2)));
        return ref _slots[index];
    }

    /// <summary>One continuation, run on the thread pool or where the awaiting code belongs; a task only if one is asked for too.</summary>
    private sealed class ValueWaiter
    {
        private ManualResetValueTaskSourceCore<RecordReceipt> _core = new() { RunContinuationsAsynchronously = true };
        private TaskCompletionSource<RecordReceipt>? _task;

        internal Task<RecordReceipt> Task => (_task ??= NewSource()).Task;

        internal void OnCompleted(Action<object?> continuation, object? state, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, _core.Version, flags);

        internal void SetResult(RecordReceipt receipt)
        {
            _task?.SetResult(receipt);
            _core.SetResult(receipt);
        }

        internal void SetException(RecordFailedException error)
        {
            _task?.SetException(error);
            _core.SetException(error);
        }
    }
}
