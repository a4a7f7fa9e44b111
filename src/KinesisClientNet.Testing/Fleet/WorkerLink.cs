using KinesisClientNet.Core.Service;
using KinesisClientNet.Testing.Clocks;

namespace KinesisClientNet.Testing.Fleet;

/// <summary>What stands between a worker and the rest of the world. Every call of the worker passes it on its way out and on its way back.</summary>
internal sealed class WorkerLink(WorkerClock clock)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _frozen;
    private long _passes;
    private int _inside;

    /// <summary>The worker's process is dead: nothing it does reaches anybody any more.</summary>
    public bool IsDead { get; private set; }

    /// <summary>The worker runs but reaches nobody.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The worker's process stands still.</summary>
    public bool IsFrozen => Volatile.Read(ref _frozen) is not null;

    /// <summary>Rises with every call: a sign that the worker is at work.</summary>
    public long Passes => Interlocked.Read(ref _passes);

    /// <summary>Calls under way.</summary>
    public int Inside => Volatile.Read(ref _inside);

    public void Kill()
    {
        IsDead = true;
        Thaw();
    }

    public void Cut() => IsCut = true;

    public void Heal() => IsCut = false;

    public void Freeze()
    {
        lock (_gate)
            _frozen ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        clock.Freeze();
    }

    public void Thaw()
    {
        TaskCompletionSource? frozen;
        lock (_gate)
            (frozen, _frozen) = (_frozen, null);
        if (frozen is null)
            return;
        clock.Thaw();
        frozen.TrySetResult();
    }

    /// <summary>A call through the link: out, the call itself, and back. Cut or dead on the way back, the call was applied and its answer is lost.</summary>
    public async ValueTask<T> CallAsync<T>(Func<ValueTask<T>> call, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _passes);
        Interlocked.Increment(ref _inside);
        try
        {
            await PassAsync(cancellationToken).ConfigureAwait(false);
            var result = await call().ConfigureAwait(false);
            await PassAsync(cancellationToken).ConfigureAwait(false);
            return result;
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
            Interlocked.Increment(ref _passes);
        }
    }

    /// <summary>Waits while frozen; fails while cut or dead.</summary>
    public ValueTask PassAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _frozen) is { } frozen)
            return WaitAsync(frozen.Task, cancellationToken);
        return IsDead || IsCut ? ValueTask.FromException(Unreachable()) : default;
    }

    private async ValueTask WaitAsync(Task frozen, CancellationToken cancellationToken)
    {
        Interlocked.Decrement(ref _inside);
        try
        {
            await frozen.ConfigureAwait(false); // a frozen process does not even see its own cancellation
        }
        finally
        {
            Interlocked.Increment(ref _inside);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (IsDead || IsCut)
            throw Unreachable();
    }

    private KinesisApiException Unreachable() => new(
        KinesisErrorKind.Connection, "ConnectionFailed", IsDead ? "The worker was crashed by the test." : "The worker is partitioned by the test.");
}
