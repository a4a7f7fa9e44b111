namespace KinesisClientNet.Consumer.Processing;

/// <summary>Which shards the application has paused: one by one, or all. Leases are kept. Thread-safe.</summary>
internal sealed class PauseSwitch
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _shards = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isAllPaused;

    /// <summary>Told after something was paused or resumed.</summary>
    public event Action? Changed;

    /// <summary>Pauses or resumes a shard, or with null all of them.</summary>
    public void Set(string? shardId, bool isPaused)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            if (shardId is not null)
                _ = isPaused ? _shards.Add(shardId) : _shards.Remove(shardId);
            else
                _isAllPaused = isPaused;
            if (shardId is null && !isPaused)
                _shards.Clear();
            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
        Changed?.Invoke();
    }

    /// <summary>Whether a shard is paused, and what to wait for when it is.</summary>
    public bool IsPaused(string shardId, string leaseKey, out Task changed)
    {
        lock (_gate)
        {
            changed = _changed.Task;
            return _isAllPaused || _shards.Contains(shardId) || _shards.Contains(leaseKey);
        }
    }
}

/// <summary>The switch as one shard sees it.</summary>
internal sealed class PauseGate(PauseSwitch pauses, string shardId, string leaseKey)
{
    public bool IsPaused => pauses.IsPaused(shardId, leaseKey, out _);

    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        while (pauses.IsPaused(shardId, leaseKey, out var changed))
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
