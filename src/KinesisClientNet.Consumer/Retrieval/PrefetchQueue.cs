using System.Threading.Channels;

namespace KinesisClientNet.Consumer.Retrieval;

/// <summary>
/// Pages between the reader and the handler of one shard: the only place where the reader waits. A page counts from its arrival until its last
/// record is let go of, not only while it stands in the queue. One writer, one reader.
/// </summary>
internal sealed class PrefetchQueue : IDisposable
{
    private readonly Channel<ShardPage> _pages = Channel.CreateUnbounded<ShardPage>(new() { SingleReader = true, SingleWriter = true });
    private readonly PrefetchBudget _budget;
    private readonly Lock _gate = new();
    private TaskCompletionSource? _waiting;
    private long _held;
    private bool _isClosed;

    public PrefetchQueue(PrefetchBudget budget)
    {
        _budget = budget;
        budget.Join(this);
    }

    /// <summary>Bytes of this shard's pages that are not let go of.</summary>
    public long HeldBytes => Volatile.Read(ref _held);

    /// <summary>
    /// The room for the next page, or 0 when the reader has to wait. A shard that holds nothing always has some: a part of its share when others still
    /// hold all of the budget, which they took when there were fewer shards.
    /// </summary>
    /// <param name="expected">How large the page is likely to be, where the reader has no say in it.</param>
    public long RoomFor(long expected)
    {
        var (held, share, free) = (HeldBytes, _budget.Share, _budget.FreeBytes);
        if (held == 0)
            return Math.Clamp(free, share * PrefetchBudget.ReservedPercent / 100, share);
        var room = Math.Min(share - held, free);
        // Less than a twentieth of the share is not worth a call: reads are scarcer (5 a second) than bytes.
        return room >= Math.Max(share / 20, expected) ? room : 0;
    }

    /// <summary>Waits until there is room.</summary>
    public async ValueTask<long> WaitForRoomAsync(long expected, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task signal;
            lock (_gate)
            {
                if (RoomFor(expected) is > 0 and var room)
                    return room;
                signal = (_waiting ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await signal.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a page; it is counted until it is released.</summary>
    public void Add(ShardPage page)
    {
        lock (_gate)
            _held += page.Bytes;
        _budget.Add(page.Bytes);
        page.Released = Release;
        _pages.Writer.TryWrite(page);
    }

    /// <summary>Nothing follows.</summary>
    public void Complete() => _pages.Writer.TryComplete();

    /// <summary>The pages, for the shard's handler.</summary>
    public ChannelReader<ShardPage> Pages => _pages.Reader;

    /// <summary>The share may have grown.</summary>
    public void LookAgain()
    {
        TaskCompletionSource? waiting;
        lock (_gate)
            (waiting, _waiting) = (_waiting, null);
        waiting?.TrySetResult();
    }

    /// <summary>Drops what stands in the queue and gives the share back.</summary>
    public void Dispose()
    {
        Complete();
        while (_pages.Reader.TryRead(out var page))
            page.LetGo();
        _budget.Leave(this);
        lock (_gate)
        {
            _isClosed = true;
            _budget.Add(-_held);
        }
    }

    private void Release(ShardPage page)
    {
        lock (_gate)
        {
            _held -= page.Bytes;
            // After the end the shard counts for nothing, though an abandoned handler may still hold pages.
            if (!_isClosed)
                _budget.Add(-page.Bytes);
        }

        LookAgain();
    }
}
