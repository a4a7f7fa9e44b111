using System.Globalization;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Limits;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local.Reading;

/// <summary>GetShardIterator and GetRecords.</summary>
internal sealed class RecordReader(StreamRegistry streams, SignedTokens tokens, TimeProvider clock, LocalKinesisOptions options)
{
    private const int MaxRecords = 10_000;
    private const long MaxPageBytes = 10 * ShardBudget.MiB;
    private const int MaxIteratorLength = 512;
    private static readonly TimeSpan IteratorLifetime = TimeSpan.FromMinutes(5);

    public string MakeIterator(StreamReference reference, string shardId, StartingPosition position)
    {
        var stream = streams.Find(reference);
        var now = clock.GetUtcNow();
        var shard = stream.FindShard(Shapes.Name(shardId, "shardId"), now);
        var counter = PositionRules.Resolve(stream, shard, position, now);
        return shard.TryTakeIterator()
            ? MakeIterator(stream, shard.Birth.Index, counter)
            : throw ServiceRefusal.Throttled($"Rate exceeded for shard {shard.Id} in stream {stream.Name}: 5 GetShardIterator calls per second.");
    }

    /// <summary>Reads a page; an empty one although records are there when a fault wants it.</summary>
    public GetRecordsPage Read(in GetRecordsRequest request, bool leaveEmpty, long begunAt)
    {
        var limit = request.Limit ?? MaxRecords;
        if (limit < 1)
            Shapes.Range(limit, "limit", 1, MaxRecords);
        if (limit > MaxRecords)
            throw ServiceRefusal.InvalidArgument($"Limit {limit} is above {MaxRecords}, the most records of one GetRecords call.");
        var position = ReadIterator(request.ShardIterator);
        var stream = streams.FindByKey(position.StreamKey) ?? throw ServiceRefusal.NotFound("The stream of this ShardIterator does not exist any more.");
        if (request.Stream.Arn is { } arn && arn != stream.Arn)
            throw ServiceRefusal.InvalidArgument($"StreamARN {arn} is not the stream of the ShardIterator, {stream.Arn}.");

        var now = clock.GetUtcNow();
        var shard = stream.FindShard(position.ShardIndex, now) ?? throw stream.NoShard(Sharding.ShardIds.Format(position.ShardIndex));
        if (!shard.TryTakeRead())
        {
            shard.Meter?.CountThrottledRead();
            throw ServiceRefusal.Throttled($"Rate exceeded for shard {shard.Id} in stream {stream.Name} under account {options.AccountId}.");
        }

        var slice = shard.Read(position.Position, leaveEmpty ? 0 : limit, MaxPageBytes, stream.Horizon(now));
        shard.CountRead(slice.Bytes);
        var behind = slice.MillisBehindLatest(now);
        stream.Meter.CountRead(begunAt, slice.Records.Count, slice.Bytes, behind);
        shard.Meter?.CountRead(slice.Records.Count, slice.Bytes, behind);
        var isEnd = slice.IsAtEnd && (!options.ShardEndOnEmptyPage || slice.Records.Count == 0);
        return new(
            slice.Records,
            isEnd ? null : MakeIterator(stream, position.ShardIndex, slice.NextCounter),
            behind,
            isEnd ? shard.Children : null);
    }

    /// <summary>What an iterator is of; nothing when it is not one of ours. For faults that are aimed at a shard.</summary>
    public (string? StreamName, string? ShardId) TargetOf(string iterator) =>
        iterator is not null && tokens.TryRead(iterator, TokenKind.ShardIterator, out var position, out _)
            ? (streams.FindByKey(position.StreamKey)?.Name, Sharding.ShardIds.Format(position.ShardIndex))
            : default;

    private string MakeIterator(LocalStream stream, int shardIndex, long counter) =>
        tokens.Make(new(TokenKind.ShardIterator, stream.Birth.Key, shardIndex, counter));

    private TokenContent ReadIterator(string iterator)
    {
        if (iterator is not { Length: > 0 and <= MaxIteratorLength })
            throw ServiceRefusal.Validation(iterator ?? "null", "shardIterator", $"have length between 1 and {MaxIteratorLength}");
        if (!tokens.TryRead(iterator, TokenKind.ShardIterator, out var position, out var madeAt))
            throw ServiceRefusal.InvalidArgument("Invalid ShardIterator: this service did not make it.");
        var now = clock.GetUtcNow();
        if (now - madeAt <= IteratorLifetime)
            return position;
        throw ServiceRefusal.ExpiredIterator(string.Create(
            CultureInfo.InvariantCulture,
            $"Iterator expired. The iterator was created at time {madeAt:R} while right now it is {now:R} which is further in the future than the tolerated delay of {IteratorLifetime.TotalMilliseconds} milliseconds."));
    }
}
