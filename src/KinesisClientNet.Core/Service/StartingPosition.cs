using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service;

/// <summary>Where reading a shard starts (Kinesis <c>ShardIteratorType</c>).</summary>
public enum StartingPositionType
{
    /// <summary>The oldest record that is still retained.</summary>
    TrimHorizon = 0,

    /// <summary>After the newest record at the moment of the call.</summary>
    Latest,

    /// <summary>At the given sequence number.</summary>
    AtSequenceNumber,

    /// <summary>After the given sequence number.</summary>
    AfterSequenceNumber,

    /// <summary>At the first record that arrived at or after the given time.</summary>
    AtTimestamp,
}

/// <summary>A place in a shard where reading starts.</summary>
public readonly record struct StartingPosition
{
    private StartingPosition(StartingPositionType type, SequenceNumber sequenceNumber, DateTimeOffset timestamp) =>
        (Type, SequenceNumber, Timestamp) = (type, sequenceNumber, timestamp);

    /// <summary>The kind of place.</summary>
    public StartingPositionType Type { get; }

    /// <summary>The sequence number of the two sequence types; else the default value.</summary>
    public SequenceNumber SequenceNumber { get; }

    /// <summary>The time of <see cref="StartingPositionType.AtTimestamp"/>; else the default value.</summary>
    public DateTimeOffset Timestamp { get; }

    /// <summary>The oldest retained record.</summary>
    public static StartingPosition TrimHorizon => default;

    /// <summary>After the newest record.</summary>
    public static StartingPosition Latest => new(StartingPositionType.Latest, default, default);

    /// <summary>The record with this number.</summary>
    /// <param name="sequenceNumber">A number of the shard.</param>
    /// <returns>The position.</returns>
    public static StartingPosition At(SequenceNumber sequenceNumber) => new(StartingPositionType.AtSequenceNumber, sequenceNumber, default);

    /// <summary>The first record after this number.</summary>
    /// <param name="sequenceNumber">A number of the shard.</param>
    /// <returns>The position.</returns>
    public static StartingPosition After(SequenceNumber sequenceNumber) => new(StartingPositionType.AfterSequenceNumber, sequenceNumber, default);

    /// <summary>The first record that arrived at or after this time.</summary>
    /// <param name="timestamp">A time, not in the future (the service refuses it).</param>
    /// <returns>The position.</returns>
    public static StartingPosition AtTimestamp(DateTimeOffset timestamp) => new(StartingPositionType.AtTimestamp, default, timestamp);
}
