using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local.Sharding;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local.Reading;

/// <summary>ListShards and the shard pages of DescribeStream.</summary>
internal sealed class ShardListing(StreamRegistry streams, SignedTokens tokens, TimeProvider clock)
{
    private const int MaxPage = 1000;
    private const int MaxDescribePage = 100;
    private const int MaxAsked = 10_000;
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromSeconds(300);

    /// <summary>A filter whose time is fixed when the listing starts, so that all its pages agree.</summary>
    private readonly record struct ResolvedFilter(ShardFilterType Type, DateTimeOffset Time)
    {
        public bool Takes(LocalShard shard, DateTimeOffset asOf) => Type switch
        {
            ShardFilterType.AtLatest => shard.Description.IsOpen || shard.ClosedAt > asOf,
            ShardFilterType.AtTrimHorizon or ShardFilterType.AtTimestamp => shard.Birth.OpenedAt <= Time && Time <= shard.ClosedAt,
            ShardFilterType.FromTimestamp => shard.ClosedAt >= Time,
            _ => true,
        };
    }

    /// <summary>Lists a page; as it was so much earlier when a fault wants it.</summary>
    public ListShardsPage List(in ListShardsRequest request, TimeSpan? staleness = null)
    {
        var pageSize = Math.Min(MaxPage, request.MaxResults is { } asked ? Shapes.Range(asked, "maxResults", 1, MaxAsked) : MaxPage);
        var (stream, after, filter) = request.NextToken is { } token ? Resume(token) : Start(request);
        lock (stream.Gate)
        {
            var now = clock.GetUtcNow();
            stream.Shards.DropExpired(stream.Horizon(now));
            var asOf = staleness is { } age ? now - age : DateTimeOffset.MaxValue;
            var newest = NewestKnownAt(stream.Shards.Table.Shards, asOf);
            var found = stream.Shards.Table.Shards
                .Where(shard => shard.Birth.Index > after && shard.Birth.Index <= newest && filter.Takes(shard, asOf)).Take(pageSize + 1).ToArray();
            var next = found.Length <= pageSize ? null : tokens.Make(new(
                TokenKind.ShardListing, stream.Birth.Key, found[pageSize - 1].Birth.Index, (long)filter.Type, filter.Time.UtcTicks));
            return new([.. found.Take(pageSize).Select(shard => SeenAt(shard, asOf))], next);
        }
    }

    /// <summary>
    /// How far an older listing goes. It holds all shards up to one, in the order of their making: a wall clock that was set back must not show a
    /// young shard without its elders. The stream's first shards are known from the start.
    /// </summary>
    private static int NewestKnownAt(IEnumerable<LocalShard> shards, DateTimeOffset asOf) =>
        shards.Where(shard => shard.Birth.ParentId is null || shard.Birth.OpenedAt <= asOf).Select(static shard => shard.Birth.Index).DefaultIfEmpty(-1).Max();

    private static Shard SeenAt(LocalShard shard, DateTimeOffset asOf) =>
        shard.ClosedAt > asOf ? shard.Description with { EndingSequenceNumber = null } : shard.Description;

    public StreamDescription Describe(StreamReference reference, string? exclusiveStartShardId, int? limit)
    {
        var pageSize = Math.Min(MaxDescribePage, limit is { } asked ? Shapes.Range(asked, "limit", 1, MaxAsked) : MaxDescribePage);
        var stream = streams.Find(reference);
        var after = exclusiveStartShardId is null ? -1 : IndexOf(exclusiveStartShardId, "exclusiveStartShardId");
        _ = stream.Status;
        lock (stream.Gate)
        {
            stream.Shards.DropExpired(stream.Horizon(clock.GetUtcNow()));
            var found = stream.Shards.Table.Shards.Where(shard => shard.Birth.Index > after).Take(pageSize + 1).ToArray();
            return new(stream.Summarize(), [.. found.Take(pageSize).Select(static shard => shard.Description)], found.Length > pageSize);
        }
    }

    /// <summary>A page of a stream's consumers, oldest first; the token holds the last one's epoch.</summary>
    public StreamConsumersPage ListConsumers(string streamArn, string? nextToken, int pageSize)
    {
        var stream = streams.FindByArn(streamArn);
        var after = 0L;
        if (nextToken is not null)
        {
            var content = ReadToken(nextToken, TokenKind.ConsumerListing);
            if (content.StreamKey != stream.Birth.Key)
                throw ServiceRefusal.InvalidArgument($"NextToken was made for another stream than {streamArn}.");
            after = content.Position;
        }

        var found = stream.Consumers.List(after);
        var next = found.Count <= pageSize ? null : tokens.Make(new(TokenKind.ConsumerListing, stream.Birth.Key, 0, found[pageSize - 1].Epoch));
        return new([.. found.Take(pageSize).Select(static consumer => consumer.Describe(withStream: false))], next);
    }

    private (LocalStream Stream, int After, ResolvedFilter Filter) Start(in ListShardsRequest request)
    {
        var stream = streams.Find(request.Stream);
        if (stream.Status == Lifecycle.Creating)
            throw ServiceRefusal.InUse($"Stream {stream.Name} is CREATING; its shards are listed when it is ACTIVE.");
        var filter = request.Filter ?? new(ShardFilterType.FromTrimHorizon);
        var after = request.ExclusiveStartShardId is { } start ? IndexOf(start, "exclusiveStartShardId") : -1;
        if (filter.Type == ShardFilterType.AfterShardId)
            after = Math.Max(after, IndexOf(filter.ShardId ?? throw MissingPart("ShardId", filter.Type), "shardFilter.shardId"));
        else if (filter.ShardId is not null)
            throw ServiceRefusal.InvalidArgument($"ShardFilter.ShardId is not allowed with the type {filter.Type}.");

        var now = clock.GetUtcNow();
        var firstOpened = FirstOpened(stream);
        var oldest = stream.Horizon(now) > firstOpened ? stream.Horizon(now) : firstOpened;
        switch (filter.Type)
        {
            case ShardFilterType.AtTrimHorizon:
                return (stream, after, new(filter.Type, oldest));
            case ShardFilterType.AtTimestamp or ShardFilterType.FromTimestamp:
                var time = filter.Timestamp ?? throw MissingPart("Timestamp", filter.Type);
                if (time > now)
                    throw ServiceRefusal.InvalidArgument($"ShardFilter.Timestamp {time:O} is in the future; it is {now:O}.");
                return (stream, after, new(filter.Type, time < oldest ? oldest : time));
            case ShardFilterType.AfterShardId or ShardFilterType.FromTrimHorizon or ShardFilterType.AtLatest:
                return (stream, after, new(filter.Type, default));
            default:
                throw ServiceRefusal.Validation(filter.Type.ToString(), "shardFilter.type", "be one of the six filter types");
        }
    }

    /// <summary>The horizon of a young stream: not its creation, because its shards open when it becomes ACTIVE, a little later.</summary>
    private static DateTimeOffset FirstOpened(LocalStream stream)
    {
        lock (stream.Gate)
            return stream.Shards.Table.Shards.Min(static shard => shard.Birth.OpenedAt);
    }

    private (LocalStream Stream, int After, ResolvedFilter Filter) Resume(string token)
    {
        var content = ReadToken(token, TokenKind.ShardListing);
        var stream = streams.FindByKey(content.StreamKey) ?? throw ServiceRefusal.NotFound("The stream of this NextToken does not exist any more.");
        return (stream, content.ShardIndex, new((ShardFilterType)content.Position, new(content.Extra, TimeSpan.Zero)));
    }

    private TokenContent ReadToken(string token, TokenKind kind)
    {
        if (!tokens.TryRead(token, kind, out var content, out var madeAt))
            throw ServiceRefusal.InvalidArgument("Invalid NextToken: this service did not make it.");
        return clock.GetUtcNow() - madeAt <= TokenLifetime
            ? content
            : throw ServiceRefusal.ExpiredToken($"NextToken was made at {madeAt:O} and lives {TokenLifetime.TotalSeconds} seconds; start the listing again.");
    }

    private static int IndexOf(string shardId, string path) =>
        ShardIds.Parse(Shapes.Name(shardId, path)) is >= 0 and var index
            ? index
            : throw ServiceRefusal.InvalidArgument($"'{shardId}' at '{path}' is not a shard id: 'shardId-' and digits are expected.");

    private static KinesisApiException MissingPart(string part, ShardFilterType type) =>
        ServiceRefusal.InvalidArgument($"ShardFilter.{part} is required with the type {type}.");
}
