using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Processing.Failure;

/// <summary>
/// Tells the log about one shard's failures without flooding it: the first one at once, all further ones together once a minute (each is a debug entry).
/// A thousand parked keys are one line a minute. Metrics and the shard's status count every one. Thread-safe.
/// </summary>
internal sealed class FailureReport(string shardId, ShardServices services)
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private long? _failureToldAt;
    private long? _givenUpToldAt;
    private long? _sinkToldAt;
    private long _pendingSince;
    private int _failures;
    private int _attempts;
    private int _givenUp;
    private string _position = "";
    private Exception? _error;

    /// <summary>A delivery failed.</summary>
    public void Failed(int records, string position, int attempt, FailurePlan plan, Exception? error)
    {
        bool isFirst;
        lock (_gate)
        {
            isFirst = IsFirst(ref _failureToldAt);
            if (!isFirst)
            {
                Keep(position, error);
                _failures++;
                _attempts = Math.Max(_attempts, attempt);
            }
        }

        if (isFirst)
            ConsumerLog.HandlerFailed(services.Logger, shardId, records, position, attempt, plan, error);
        else
            ConsumerLog.HandlerFailedAgain(services.Logger, shardId, records, position, attempt, plan, error);
    }

    /// <summary>A record went to the dead letters or was skipped.</summary>
    public void GivenUp(string position, FailureAction action, DeadLetterReason reason, int attempts, Exception? error)
    {
        bool isFirst;
        lock (_gate)
        {
            isFirst = IsFirst(ref _givenUpToldAt);
            if (!isFirst)
            {
                Keep(position, error);
                _givenUp++;
            }
        }

        if (isFirst)
            ConsumerLog.RecordGivenUp(services.Logger, shardId, position, action, reason, attempts, error);
        else
            ConsumerLog.RecordGivenUpAgain(services.Logger, shardId, position, action, reason, attempts, error);
    }

    /// <summary>The dead-letter sink failed. What is skipped all the same is lost: each such record is told; a letter that is tried again once a minute.</summary>
    public void SinkFailed(string position, FailureAction action, Exception error)
    {
        lock (_gate)
        {
            if (action != FailureAction.Skip && _sinkToldAt is { } at && services.Time.GetElapsedTime(at) < Period)
                return;
            _sinkToldAt = services.Time.GetTimestamp();
        }

        ConsumerLog.DeadLetterFailed(services.Logger, shardId, position, action, error);
    }

    /// <summary>Called every second: tells what has come together when its minute is over.</summary>
    public void Look() => Tell(isLast: false);

    /// <summary>The shard ends here: tells what is left.</summary>
    public void Close() => Tell(isLast: true);

    private void Tell(bool isLast)
    {
        (int Failures, int Attempts, int GivenUp, string Position, Exception? Error, TimeSpan Period) pending;
        lock (_gate)
        {
            if (_failures + _givenUp == 0)
                return;
            var period = services.Time.GetElapsedTime(_pendingSince);
            if (!isLast && period < Period)
                return;
            pending = (_failures, _attempts, _givenUp, _position, _error, period);
            (_failures, _attempts, _givenUp, _position, _error) = (0, 0, 0, "", null);
            _failureToldAt = _givenUpToldAt = services.Time.GetTimestamp();
        }

        ConsumerLog.FailuresContinue(
            services.Logger, pending.Period.TotalSeconds, shardId, pending.Failures, pending.Attempts, pending.Position, pending.GivenUp, pending.Error);
    }

    private bool IsFirst(ref long? toldAt)
    {
        if (toldAt is { } at && (_failures + _givenUp > 0 || services.Time.GetElapsedTime(at) < Period))
            return false;
        toldAt = services.Time.GetTimestamp();
        return true;
    }

    private void Keep(string position, Exception? error)
    {
        if (_failures + _givenUp == 0)
            _pendingSince = services.Time.GetTimestamp();
        (_position, _error) = (position, error ?? _error);
    }
}
