using System.Collections.Immutable;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>The set of leases that a worker holds, as an immutable snapshot that is replaced as a whole; the latest wins.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class OwnedLeases
{
    private readonly Lock _gate = new();
    private ImmutableSortedDictionary<string, HeldLease> _current = ImmutableSortedDictionary.Create<string, HeldLease>(StringComparer.Ordinal);
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>The leases by key.</summary>
    public ImmutableSortedDictionary<string, HeldLease> Current => Volatile.Read(ref _current);

    /// <summary>Waits until the set differs from the one that the caller knows.</summary>
    /// <param name="known">The set that the caller has worked on.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The newest set.</returns>
    public async ValueTask<ImmutableSortedDictionary<string, HeldLease>> NextAsync(
        ImmutableSortedDictionary<string, HeldLease> known, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (!ReferenceEquals(_current, known))
                    return _current;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Adds a lease; a held one of the same key must have ended before.</summary>
    public void Add(HeldLease lease) => Replace(lease, static (set, lease) => set.SetItem(lease.LeaseKey, lease));

    /// <summary>Removes exactly this lease; one that was claimed again stays.</summary>
    public void Remove(HeldLease lease) => Replace(
        lease,
        static (set, lease) => set.TryGetValue(lease.LeaseKey, out var held) && ReferenceEquals(held, lease) ? set.Remove(lease.LeaseKey) : set);

    private void Replace(HeldLease lease, Func<ImmutableSortedDictionary<string, HeldLease>, HeldLease, ImmutableSortedDictionary<string, HeldLease>> change)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            var next = change(_current, lease);
            if (ReferenceEquals(next, _current))
                return;
            Volatile.Write(ref _current, next);
            (changed, _changed) = (_changed, NewSignal());
        }

        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
