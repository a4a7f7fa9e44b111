namespace KinesisClientNet.Consumer.Processing;

/// <summary>So many holders at once, first come, first served. The number can change at any time: who holds a slot keeps it. Thread-safe.</summary>
internal sealed class HandlerSlots(int? limit)
{
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly Lock _gate = new();
    private int? _limit = limit;
    private int _taken;

    /// <summary>How many; null for no limit.</summary>
    public int? Limit
    {
        get
        {
            lock (_gate)
                return _limit;
        }

        set
        {
            lock (_gate)
            {
                _limit = value;
                Admit();
            }
        }
    }

    /// <summary>Takes a slot if one is free and nobody waits for it.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_waiting.Count > 0 || _taken >= _limit)
                return false;
            _taken++;
            return true;
        }
    }

    /// <summary>Waits for a slot.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled; no slot is taken.</exception>
    public async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Enqueue(turn);
            Admit();
        }

        var registration = cancellationToken.UnsafeRegister(static (turn, token) => ((TaskCompletionSource)turn!).TrySetCanceled(token), turn);
        await using (registration.ConfigureAwait(false))
            await turn.Task.ConfigureAwait(false);
    }

    /// <summary>Gives a slot back.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _taken--;
            Admit();
        }
    }

    /// <summary>Whoever was cancelled while waiting is passed over.</summary>
    private void Admit()
    {
        while ((_limit is null || _taken < _limit) && _waiting.TryDequeue(out var turn))
            _taken += turn.TrySetResult() ? 1 : 0;
    }
}
