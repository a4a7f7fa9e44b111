using KinesisClientNet.Consumer.Leasing;
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

    /// <summary>
    /// The creation time in the stream's lease keys, for an application that was begun by KCL with another one (<c>StreamIdentifier.multiStreamInstance</c> takes any number). Then the keys
    /// stay and the progress with them; that the stream was deleted and created again is found by its shards, as in a single-stream application.
    /// </summary>
    /// <value>Default null: the stream's own creation time, looked up. Seconds since 1970, 1 to 253402300799.</value>
    public long? CreationEpoch { get; set; }

    internal StreamReference Reference => new(StreamName, StreamArn);

    internal ConsumedStream CopyChecked(OptionProblems problems, string path)
    {
        problems.Check(
            !string.IsNullOrWhiteSpace(StreamName) || !string.IsNullOrWhiteSpace(StreamArn), $"{path}.StreamName", StreamName, "a stream's name (or StreamArn set)");
        problems.Check(StreamName is null || FanOutOptions.IsConsumerName(StreamName), $"{path}.StreamName", StreamName, "1 to 128 characters of [a-zA-Z0-9_.-]; an ARN belongs in StreamArn");
        problems.Check(StreamArn is null || IsStreamArn(StreamArn), $"{path}.StreamArn", StreamArn, "arn:aws:kinesis:region:account:stream/name");
        problems.CheckRange($"{path}.CreationEpoch", CreationEpoch, 1, DateTimeOffset.MaxValue.ToUnixTimeSeconds());
        problems.Check(
            StartFrom is null or StartingPositionType.TrimHorizon or StartingPositionType.Latest or StartingPositionType.AtTimestamp,
            $"{path}.StartFrom", StartFrom, "null, TrimHorizon, Latest or AtTimestamp");
        problems.Check(
            (StartFrom == StartingPositionType.AtTimestamp) == StartTimestamp.HasValue,
            $"{path}.StartTimestamp", StartTimestamp, "a time if the stream's StartFrom is AtTimestamp, and only then");
        return (ConsumedStream)MemberwiseClone();
    }

    /// <summary>A stream's ARN, of any partition.</summary>
    internal static bool IsStreamArn(string arn) =>
        arn.Split(':', 6) is ["arn", ['a', 'w', 's', ..], "kinesis", { Length: > 0 }, { Length: > 0 }, var resource] && resource.StartsWith("stream/", StringComparison.Ordinal) && resource.Length > "stream/".Length;

    internal ListedStream Listed(KinesisConsumerOptions options) => new(
        Reference, StartFrom is null ? Position(options.StartFrom, options.StartTimestamp) : Position(StartFrom.Value, StartTimestamp), CreationEpoch);

    internal static StartingPosition Position(StartingPositionType type, DateTimeOffset? time) => type switch
    {
        StartingPositionType.Latest => StartingPosition.Latest,
        StartingPositionType.AtTimestamp => StartingPosition.AtTimestamp(time!.Value),
        _ => StartingPosition.TrimHorizon,
    };
}
