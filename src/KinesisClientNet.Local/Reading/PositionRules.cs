using System.Globalization;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Sequencing;
using KinesisClientNet.Local.Sharding;

namespace KinesisClientNet.Local.Reading;

/// <summary>Turns a starting position into the counter at which reading starts; refuses positions that are not of this shard (kinesis-service.md §8.1).</summary>
internal static class PositionRules
{
    public static long Resolve(LocalStream stream, LocalShard shard, StartingPosition position, DateTimeOffset now)
    {
        var counter = position.Type switch
        {
            StartingPositionType.AtSequenceNumber or StartingPositionType.AfterSequenceNumber => Decode(stream, shard, position),
            StartingPositionType.AtTimestamp when position.Timestamp > now => throw ServiceRefusal.InvalidArgument(string.Create(
                CultureInfo.InvariantCulture,
                $"The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: {position.Timestamp.ToUnixTimeMilliseconds()}, currentTimestampInMillis: {now.ToUnixTimeMilliseconds()}")),
            StartingPositionType.TrimHorizon or StartingPositionType.Latest or StartingPositionType.AtTimestamp => 0,
            _ => throw ServiceRefusal.Validation(
                position.Type.ToString(), "shardIteratorType",
                "satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]"),
        };
        return shard.Resolve(position, counter);
    }

    private static long Decode(LocalStream stream, LocalShard shard, StartingPosition position)
    {
        var number = position.SequenceNumber;
        if (!LocalSequence.TryDecode(number, out var parts))
        {
            throw ServiceRefusal.InvalidArgument(
                $"StartingSequenceNumber {number} used in GetShardIterator on shard {shard.Id} in stream {stream.Name} is invalid: " +
                "it is not a number that this service issued.");
        }

        if (parts.ShardIndex != shard.Birth.Index)
        {
            throw ServiceRefusal.InvalidArgument(
                $"Invalid StartingSequenceNumber. It encodes {ShardIds.Format(parts.ShardIndex)}, while it was used in a call to a shard with {shard.Id}");
        }

        if (parts.CreateSeconds != shard.Birth.CreateSeconds)
        {
            throw ServiceRefusal.InvalidArgument(
                $"StartingSequenceNumber {number} used in GetShardIterator on shard {shard.Id} in stream {stream.Name} is invalid " +
                "because it did not come from this stream.");
        }

        return parts.Counter;
    }
}
