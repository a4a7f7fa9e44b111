using System.Globalization;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Benchmarks;

/// <summary>A service that stores nothing and answers at once: what is left is the producer's own cost. Each entry is answered by the shard of its explicit hash key.</summary>
internal sealed class InstantKinesis : ForwardingKinesis
{
    private readonly Shard[] _shards;
    private readonly ShardMap _map;
    private long _sequence;

    internal InstantKinesis(int shards)
    {
        _shards =
        [
            .. HashKeyRange.SplitEvenly(shards).Select((range, i) => new Shard
            {
                ShardId = string.Create(CultureInfo.InvariantCulture, $"shardId-{i:D12}"), HashKeyRange = range, StartingSequenceNumber = SequenceNumber.FromBits(1, 0),
            }),
        ];
        _map = ShardMap.Create(_shards);
    }

    public override ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default)
    {
        var results = new PutRecordsResultEntry[request.Entries.Length];
        for (var i = 0; i < results.Length; i++)
        {
            var entry = request.Entries.Span[i];
            _map.TryFind(entry.ExplicitHashKey ?? PartitionKeyHash.Compute(entry.PartitionKey!), out var shard);
            results[i] = new(shard!.ShardId, SequenceNumber.FromBits(1, (UInt128)Interlocked.Increment(ref _sequence)));
        }

        return new(new PutRecordsResponse(results, 0));
    }

    public override ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default) => new(new ListShardsPage(_shards, null));
}
