using System.Runtime.CompilerServices;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Limits;
using KinesisClientNet.Local.Metering;
using KinesisClientNet.Local.Sharding;

namespace KinesisClientNet.Local.FanOut;

/// <summary>
/// A live subscription (kinesis-service.md §8.3). Its reader's enumeration is its only thread: the shard, the timers and a takeover only
/// raise its pulse. A slow reader therefore stalls it, as HTTP/2 flow control does.
/// </summary>
internal sealed class LocalSubscription : IShardSubscription
{
    private const int MaxEventRecords = 10_000;
    private const long MaxEventBytes = 2 * ShardBudget.MiB;
    private const double BytesPerSecond = 2 * ShardBudget.MiB;
    private const double LenientBurst = 2;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly LocalStream _stream;
    private readonly LocalShard _shard;
    private readonly TimeProvider _clock;
    private readonly ConsumerMeter _meter;
    private readonly Pulse _pulse = new();
    private readonly TokenBucket? _bytes;
    private readonly TimeSpan _heartbeat;
    private readonly ITimer _wakeUp;
    private readonly long _startedAt;
    private long _lastEventAt;
    private long _counter;
    private int _end;
    private int _enumerated;

    public LocalSubscription(LocalStream stream, LocalShard shard, long counter, ConsumerMeter meter, LocalKinesisOptions options)
    {
        _stream = stream;
        _shard = shard;
        _counter = counter;
        _meter = meter;
        _clock = stream.Clock;
        _heartbeat = options.HeartbeatInterval;
        _bytes = options.Throttling switch
        {
            LocalThrottling.Off => null,
            LocalThrottling.Lenient => new(_clock, BytesPerSecond, BytesPerSecond * LenientBurst),
            _ => new(_clock, BytesPerSecond, BytesPerSecond),
        };
        _startedAt = _lastEventAt = _clock.GetTimestamp();
        _wakeUp = _clock.CreateTimer(static state => ((Pulse)state!).Raise(), _pulse, _heartbeat, Timeout.InfiniteTimeSpan);
        shard.Subscribe(_pulse);
    }

    /// <summary>Ends it; the first reason counts. The reader learns of it when it next asks.</summary>
    public void End(SubscriptionEnd reason)
    {
        if (Interlocked.CompareExchange(ref _end, (int)reason, 0) != 0)
            return;
        _wakeUp.Dispose();
        _shard.Unsubscribe(_pulse);
        _pulse.Raise();
    }

    public IAsyncEnumerator<ShardEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        Interlocked.Exchange(ref _enumerated, 1) == 0
            ? ReadAsync(cancellationToken).GetAsyncEnumerator(CancellationToken.None)
            : throw new InvalidOperationException($"The subscription to shard {_shard.Id} was enumerated already; subscribe again.");

    public ValueTask DisposeAsync()
    {
        End(SubscriptionEnd.Disposed);
        return default;
    }

    private async IAsyncEnumerable<ShardEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var cancelled = cancellationToken.UnsafeRegister(static state => ((Pulse)state!).Raise(), _pulse);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (IsOver())
                    yield break;
                if (TryTakeEvent(out var next) is var isLast && next is not null)
                    yield return next;
                if (isLast)
                    yield break;
                if (next is null)
                    await _pulse.WaitAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            End(SubscriptionEnd.Disposed);
        }
    }

    private bool IsOver() => (SubscriptionEnd)Volatile.Read(ref _end) switch
    {
        SubscriptionEnd.None => _clock.GetElapsedTime(_startedAt) >= Lifetime,
        SubscriptionEnd.Disposed => true,
        SubscriptionEnd.TakenOver => throw ServiceRefusal.InUse(
            $"The subscription to shard {_shard.Id} of stream {_stream.Name} was taken over by a later SubscribeToShard of the same consumer."),
        _ => throw ServiceRefusal.NotFound($"The consumer of shard {_shard.Id} of stream {_stream.Name} was deregistered, or its stream deleted."),
    };

    /// <summary>Takes what is there: records, the shard's end, or a heartbeat that is due. Null arms the timer. True after the shard's end.</summary>
    private bool TryTakeEvent(out ShardEvent? next)
    {
        var now = _clock.GetUtcNow();
        next = null;
        if (_bytes is not null && _bytes.Tokens <= 0)
        {
            Arm(_bytes.TimeUntil(1));
            return false;
        }

        var slice = _shard.Read(_counter, MaxEventRecords, MaxEventBytes, _stream.Horizon(now));
        if (slice.Records.Count == 0 && !slice.IsAtEnd && _heartbeat - _clock.GetElapsedTime(_lastEventAt) is var untilBeat && untilBeat > TimeSpan.Zero)
        {
            Arm(untilBeat);
            return false;
        }

        _bytes?.Draw(slice.Bytes);
        _lastEventAt = _clock.GetTimestamp();
        _counter = slice.NextCounter;
        Arm(_heartbeat);
        var behind = slice.MillisBehindLatest(now);
        _meter.CountEvent(now, slice.Records.Count, slice.Bytes, behind);
        _shard.Meter?.CountEvent(slice.Records.Count, slice.Bytes);
        next = new(
            slice.Records,
            slice.IsAtEnd ? null : ContinuationAfter(slice, now),
            behind,
            slice.IsAtEnd ? _shard.Children : null);
        return slice.IsAtEnd;
    }

    private Core.Sharding.SequenceNumber ContinuationAfter(in ShardSlice slice, DateTimeOffset now) =>
        slice.Records.Count > 0 ? slice.Records[^1].SequenceNumber : _shard.ContinuationBefore(_counter, now);

    /// <summary>Sets the timer to the next thing that time alone brings: the wait, or the end of the five minutes.</summary>
    private void Arm(TimeSpan wait)
    {
        var untilEnd = Lifetime - _clock.GetElapsedTime(_startedAt);
        var due = wait < untilEnd ? wait : untilEnd;
        if (Volatile.Read(ref _end) == 0)
            _wakeUp.Change(due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
