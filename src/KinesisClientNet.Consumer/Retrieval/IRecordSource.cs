namespace KinesisClientNet.Consumer.Retrieval;

/// <summary>
/// Reads one shard from a position to its end, page by page, by polling or by enhanced fan-out. A page that was returned is accepted: the source
/// goes on after it whatever happens, also after an error. Routine events (an expired iterator, the five-minute end of a subscription) are its own
/// affair. Used by one loop at a time.
/// </summary>
internal interface IRecordSource : IAsyncDisposable
{
    /// <summary>How large the next page is likely to be whatever the room; 0 for a source that makes its pages fit.</summary>
    long ExpectedPageBytes { get; }

    /// <summary>Waits for the next page; it may be empty, which says nothing about the end.</summary>
    /// <param name="room">How many bytes the page should not exceed, asked for when the call goes out: other shards may have come meanwhile. One record is always allowed.</param>
    /// <param name="cancellationToken">Ends the wait; nothing is skipped by it.</param>
    /// <returns>The page; the caller lets go of it.</returns>
    /// <exception cref="Core.Service.KinesisApiException">The service refused or was not reached. The next call tries again from the same position.</exception>
    ValueTask<ShardPage> ReadAsync(Func<long> room, CancellationToken cancellationToken);
}
