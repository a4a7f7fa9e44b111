using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Retrieval;

/// <summary>Where the reading of a shard goes on, whatever reads it. Used by one loop at a time.</summary>
internal sealed class ResumePoint(StartingPosition start, TimeProvider time)
{
    /// <summary>
    /// A LATEST start that is broken off before the first record is renewed by time, or records of the gap would be skipped. Our clock may be
    /// ahead of the service's by this much (SigV4 tolerates five minutes; what is read twice here was never delivered before).
    /// </summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(30);

    private StartingPosition _position = start;
    private DateTimeOffset? _latestSince;

    /// <summary>The position of a new iterator or subscription. From the first time on, LATEST stands for that moment.</summary>
    public StartingPosition Take()
    {
        if (_position.Type != StartingPositionType.Latest)
            return _position;
        if (_latestSince is { } since)
            return StartingPosition.AtTimestamp(since - ClockTolerance);
        _latestSince = time.GetUtcNow();
        return _position;
    }

    /// <summary>Everything up to this number was accepted.</summary>
    public void Advance(SequenceNumber accepted) => _position = StartingPosition.After(accepted);

    /// <summary>There was nothing up to now.</summary>
    public void CaughtUp() => _latestSince = time.GetUtcNow();
}
