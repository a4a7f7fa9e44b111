namespace KinesisClientNet.Consumer.Retrieval.Polling;

/// <summary>
/// The read budget of one shard, in the one place where it is kept: so many reads a second, evenly spaced, and so many bytes a second, paid after
/// the fact (a 10 MiB page closes the shard for 5 s; Kinesis developer guide, quotas: 5 GetRecords a second and 2 MB a second for each shard).
/// Shared by all consumers of the process that read the shard. Thread-safe.
/// </summary>
internal sealed class ReadPacer(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly long _epoch = time.GetTimestamp();
    private TimeSpan _nextRead;
    private TimeSpan _bytesPaid;

    /// <summary>Waits for the next read's turn. Those who wait are served in order, one interval apart.</summary>
    public async ValueTask WaitTurnAsync(PollingOptions limits, CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan wait;
            lock (_gate)
            {
                var now = time.GetElapsedTime(_epoch);
                var turn = _nextRead > _bytesPaid ? _nextRead : _bytesPaid;
                wait = turn - now;
                if (wait <= TimeSpan.Zero)
                {
                    _nextRead = now + TimeSpan.FromSeconds(1 / limits.MaxReadsPerSecond);
                    return;
                }
            }

            // Timers have a resolution of a millisecond: a shorter wait would spin.
            await Task.Delay(wait < OneTick ? OneTick : wait, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Books the bytes of a page.</summary>
    public void Book(long bytes, PollingOptions limits)
    {
        lock (_gate)
        {
            var now = time.GetElapsedTime(_epoch);
            _bytesPaid = (_bytesPaid > now ? _bytesPaid : now) + TimeSpan.FromSeconds((double)bytes / limits.MaxBytesPerSecond);
        }
    }

    private static TimeSpan OneTick => TimeSpan.FromMilliseconds(1);
}
