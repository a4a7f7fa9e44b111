/// <summary>Stands for the application's own storage.</summary>
internal sealed class Ledger
{
    private readonly Lock _gate = new();
    private readonly List<(int Entries, TaskCompletionSource Reached)> _waiting = [];
    private int _entries;

    public int Entries => Volatile.Read(ref _entries);

    public Task AppendAsync(ReadOnlyMemory<byte> entry, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            _entries++;
            foreach (var (_, reached) in _waiting.Where(waiter => waiter.Entries <= _entries))
                reached.TrySetResult();
        }

        return Task.CompletedTask;
    }

    public Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends when so many entries are there.</summary>
    public Task HasAsync(int entries)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Add((entries, reached));
            if (_entries >= entries)
                reached.SetResult();
        }

        return reached.Task;
    }
}
