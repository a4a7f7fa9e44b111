using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer;

/// <summary>One of the streams of a multi-stream application.</summary>
public sealed class ConsumedStream
{
    /// <summary>The stream's name. Name or <see cref="StreamArn"/> is needed.</summary>
    /// <value>Default null. 1 to 128 characters of <c>[a-zA-Z0-9_.-]</c>.</value>
    public string? StreamName { get; set; }

    /// <summary>The stream's ARN: needed for a stream of another account.</summary>
    /// <value>Default null.</value>
    public string? StreamArn { get; set; }

    /// <summary>Where a shard of this stream starts that the application has never read.</summary>
    /// <value>Default null: <see cref="KinesisConsumerOptions.StartFrom"/>. Otherwise <c>TrimHorizon</c>, <c>Latest</c> or <c>AtTimestamp</c>.</value>
    public StartingPositionType? StartFrom { get; set; }

    /// <summary>The time of <see cref="StartingPositionType.AtTimestamp"/>.</summary>
    /// <value>Default null. Required when this stream's <see cref="StartFrom"/> is <c>AtTimestamp</c>, else not allowed.</value>
    public DateTimeOffset? StartTimestamp { get; set; }

    internal StreamReference Reference => new(StreamName, StreamArn);

    internal ConsumedStream CopyChecked(OptionProblems problems, string path)
    {
        problems.Check(
            !string.IsNullOrWhiteSpace(StreamName) || !string.IsNullOrWhiteSpace(StreamArn), $"{path}.StreamName", StreamName, "a stream's name (or StreamArn set)");
        problems.Check(
            StartFrom is null or StartingPositionType.TrimHorizon or StartingPositionType.Latest or StartingPositionType.AtTimestamp,
            $"{path}.StartFrom", StartFrom, "null, TrimHorizon, Latest or AtTimestamp");
        problems.Check(
            (StartFrom == StartingPositionType.AtTimestamp) == StartTimestamp.HasValue,
            $"{path}.StartTimestamp", StartTimestamp, "a time if the stream's StartFrom is AtTimestamp, and only then");
        return (ConsumedStream)MemberwiseClone();
    }

    internal StartingPosition StartPosition(KinesisConsumerOptions options) => StartFrom is null
        ? Position(options.StartFrom, options.StartTimestamp) : Position(StartFrom.Value, StartTimestamp);

    internal static StartingPosition Position(StartingPositionType type, DateTimeOffset? time) => type switch
    {
        StartingPositionType.Latest => StartingPosition.Latest,
        StartingPositionType.AtTimestamp => StartingPosition.AtTimestamp(time!.Value),
        _ => StartingPosition.TrimHorizon,
    };
}
