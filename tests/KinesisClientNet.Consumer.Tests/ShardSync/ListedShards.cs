using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Consumer.Tests.ShardSync;

/// <summary>A stream that has shards but no records: the part of Kinesis that shard sync sees, with splits and merges.</summary>
internal sealed class ListedShards : ForwardingKinesis
{
    private readonly List<Shard> _shards = [];
    /// <summary>Positions of records in tests are above those of shards and below this.</summary>
    private const ulong LargestPosition = 1_000_000_000;

    private ulong _sequence;

    public int ListCalls { get; private set; }

    /// <summary>False answers every filter with all shards, as some emulators do.</summary>
    public bool KnowsFilters { get; set; } = true;

    public Exception? Failure { get; set; }

    /// <summary>Listings show only so many of the oldest shards: ListShards is eventually consistent.</summary>
    public int Listed { get; set; } = int.MaxValue;

    public IReadOnlyList<Shard> All => _shards;

    public IEnumerable<string> OpenIds => _shards.Where(shard => shard.IsOpen).Select(shard => shard.ShardId);

    public void Create(int shards)
    {
        var width = UInt128.MaxValue / (UInt128)shards;
        for (var i = 0; i < shards; i++)
        {
            Add(new(i == 0 ? 0 : width * (UInt128)i, i == shards - 1 ? UInt128.MaxValue : (width * (UInt128)(i + 1)) - 1), null, null);
        }
    }

    public IReadOnlyList<string> Split(string shardId)
    {
        var range = Close(shardId).HashKeyRange;
        var middle = range.Start + ((range.End - range.Start) / 2);
        return [Add(new(range.Start, middle), shardId, null), Add(new(middle + 1, range.End), shardId, null)];
    }

    public string Merge(string left, string right) =>
        Add(new(Close(left).HashKeyRange.Start, Close(right).HashKeyRange.End), left, right);

    /// <summary>The stream is deleted and created again under its name: the same shard ids, later sequence numbers.</summary>
    public void CreateAgain(int shards)
    {
        _shards.Clear();
        var before = _sequence + LargestPosition;
        _sequence = 0;
        Create(shards);
        for (var i = 0; i < _shards.Count; i++)
            _shards[i] = _shards[i] with { StartingSequenceNumber = SequenceNumber.FromBits(0, before + (ulong)i) };
        _sequence = before + (ulong)_shards.Count;
    }

    /// <summary>The shard's records and the shard itself are past the retention period.</summary>
    public void Expire(string shardId) => _shards.RemoveAll(shard => shard.ShardId == shardId);

    public IReadOnlyList<ChildShard> ChildrenOf(string shardId) =>
    [
        .. _shards
            .Where(shard => shard.ParentShardId == shardId || shard.AdjacentParentShardId == shardId)
            .Select(shard => new ChildShard(
                shard.ShardId, [.. new[] { shard.ParentShardId, shard.AdjacentParentShardId }.OfType<string>()], shard.HashKeyRange)),
    ];

    public override ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default)
    {
        ListCalls++;
        if (Failure is not null)
            throw Failure;
        var start = request.NextToken is null ? 0 : int.Parse(request.NextToken, System.Globalization.CultureInfo.InvariantCulture);
        var listed = _shards.Take(Listed).Where(shard => request.NextToken is not null || !KnowsFilters || Matches(shard, request.Filter)).ToList();
        var page = listed.Skip(start).Take(1000).ToList();
        return new(new ListShardsPage(page, start + page.Count < listed.Count ? $"{start + page.Count}" : null));
    }

    private bool Matches(Shard shard, ShardFilter? filter) => filter?.Type switch
    {
        ShardFilterType.AtLatest => shard.IsOpen,
        ShardFilterType.AtTrimHorizon or ShardFilterType.AtTimestamp =>
            !_shards.Any(other => other.ShardId == shard.ParentShardId || other.ShardId == shard.AdjacentParentShardId),
        _ => true,
    };

    private Shard Close(string shardId)
    {
        var at = _shards.FindIndex(shard => shard.ShardId == shardId && shard.IsOpen);
        Assert.True(at >= 0, $"{shardId} is not an open shard.");
        return _shards[at] = _shards[at] with { EndingSequenceNumber = SequenceNumber.FromBits(0, ++_sequence) };
    }

    private string Add(HashKeyRange range, string? parent, string? adjacent)
    {
        var id = $"shardId-{_sequence++:D12}";
        _shards.Add(new()
        {
            ShardId = id, HashKeyRange = range, ParentShardId = parent, AdjacentParentShardId = adjacent,
            StartingSequenceNumber = SequenceNumber.FromBits(0, _sequence),
        });
        return id;
    }
}
