using System.Globalization;

namespace KinesisClientNet.Consumer.Telemetry;

/// <summary>The parts of a shard's life that report for themselves, the most telling first.</summary>
internal enum ShardFacet
{
    /// <summary>Waiting, opening, closing, ended.</summary>
    Life,

    /// <summary>The end was asked for; running work is waited for.</summary>
    Drain,

    /// <summary>Paused by the application.</summary>
    Pause,

    /// <summary>The dead-letter sink.</summary>
    DeadLetter,

    /// <summary>Failures of the handler.</summary>
    Failure,

    /// <summary>Running handler calls.</summary>
    Handler,

    /// <summary>The limit of all handlers of the process.</summary>
    Slot,

    /// <summary>What keeps records from the handler: a rate, a missing checkpoint.</summary>
    Intake,

    /// <summary>The checkpoint writer.</summary>
    Checkpoint,

    /// <summary>The reader.</summary>
    Reader,
}

/// <summary>
/// What one shard is doing: each stage writes its own facet, readers get the one that explains most. Thread-safe; a write is a short lock, and
/// stages write on changes, not for each record.
/// </summary>
internal sealed class ShardActivity(TimeProvider time)
{
    /// <summary>Many short calls that cannot keep up are backpressure, not a handler that somebody waits for.</summary>
    private static readonly TimeSpan ShortCall = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Entry?[] _entries = new Entry?[(int)ShardFacet.Reader + 1];
    private readonly Dictionary<long, long> _handlers = [];
    private long _lastHandler;

    /// <summary>Told after a facet changed, outside the lock.</summary>
    public Action? Changed { get; set; }

    /// <summary>Sets a facet; the time since when is kept while the reason stays.</summary>
    /// <param name="facet">Which.</param>
    /// <param name="reason">Its reason.</param>
    /// <param name="detail">What exactly.</param>
    /// <param name="error">The exception behind it.</param>
    /// <param name="isRoutine">Comes and goes all the time: told only when it lasts until somebody looks.</param>
    public void Set(ShardFacet facet, ShardReason reason, string detail = "", Exception? error = null, bool isRoutine = false)
    {
        bool isNew;
        lock (_gate)
        {
            var old = _entries[(int)facet];
            isNew = old?.Reason != reason;
            if (!isNew && old!.Detail == detail && ReferenceEquals(old.Error, error))
                return;
            _entries[(int)facet] = new Entry(reason, isNew ? time.GetTimestamp() : old!.Since, detail, error);
        }

        if (isNew && !isRoutine)
            Changed?.Invoke();
    }

    /// <summary>Clears a facet.</summary>
    public void Clear(ShardFacet facet)
    {
        lock (_gate)
        {
            if (_entries[(int)facet] is null)
                return;
            _entries[(int)facet] = null;
        }

        Changed?.Invoke();
    }

    /// <summary>A handler call begins.</summary>
    /// <returns>What <see cref="HandlerEnded"/> takes.</returns>
    public long HandlerStarted()
    {
        lock (_gate)
        {
            _handlers.Add(++_lastHandler, time.GetTimestamp());
            return _lastHandler;
        }
    }

    /// <summary>A handler call ended.</summary>
    public void HandlerEnded(long call)
    {
        lock (_gate)
            _handlers.Remove(call);
    }

    /// <summary>How long the oldest running handler call runs; null when none does.</summary>
    public TimeSpan? LongestHandler
    {
        get
        {
            lock (_gate)
            {
                if (_handlers.Count == 0)
                    return null;
                var oldest = long.MaxValue;
                foreach (var start in _handlers.Values)
                    oldest = Math.Min(oldest, start);
                return time.GetElapsedTime(oldest);
            }
        }
    }

    /// <summary>The facet that explains most, as a status without the numbers of other stages.</summary>
    /// <param name="shardId">The shard.</param>
    /// <param name="handlerWarningAfter">From when on a running handler or dead-letter sink is degraded.</param>
    public ShardStatus Read(string shardId, TimeSpan handlerWarningAfter)
    {
        lock (_gate)
        {
            var handler = LongestHandler;
            for (var facet = 0; facet < _entries.Length; facet++)
            {
                if (facet == (int)ShardFacet.Handler && handler is { } running && (running >= ShortCall || _entries[(int)ShardFacet.Reader]?.Reason != ShardReason.Backpressure))
                    return Status(shardId, ShardReason.HandlerRunning, running, running >= handlerWarningAfter);
                if (_entries[facet] is { } entry)
                {
                    var since = time.GetElapsedTime(entry.Since);
                    var isDegraded = IsDegraded(entry.Reason) || (entry.Reason == ShardReason.WritingDeadLetter && since >= handlerWarningAfter);
                    var detail = facet is (int)ShardFacet.Drain or (int)ShardFacet.Pause && handler is { } waitedFor
                        ? string.Create(CultureInfo.InvariantCulture, $"{entry.Detail}{(entry.Detail.Length > 0 ? ", " : "")}the handler runs for {waitedFor.TotalSeconds:0} s")
                        : entry.Detail;
                    return Status(shardId, entry.Reason, since, isDegraded, detail, entry.Error);
                }
            }

            return Status(shardId, ShardReason.CatchingUp, TimeSpan.Zero, false);
        }
    }

    private ShardStatus Status(string shardId, ShardReason reason, TimeSpan duration, bool isDegraded, string detail = "", Exception? error = null) => new()
    {
        ShardId = shardId,
        Reason = reason,
        Since = time.GetUtcNow() - duration,
        Duration = duration,
        IsDegraded = isDegraded,
        Detail = detail,
        Error = error,
    };

    private static bool IsDegraded(ShardReason reason) => reason is
        ShardReason.RetryingRecords or ShardReason.RetryingDeadLetter or ShardReason.KeysParked or ShardReason.OpeningFailed or
        ShardReason.ThrottledByKinesis or ShardReason.ReadFailing or ShardReason.CheckpointFailing or ShardReason.ClosingFailed or
        ShardReason.ThrottledByDynamoDb or ShardReason.WaitingForCheckpoint or ShardReason.StoppedByFailure or ShardReason.Restarting;

    private sealed record Entry(ShardReason Reason, long Since, string Detail, Exception? Error);
}
