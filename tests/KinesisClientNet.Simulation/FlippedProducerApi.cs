using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Simulation;

/// <summary>Kinesis as a broken producer sees it.</summary>
internal sealed class FlippedProducerApi(IKinesisApi inner) : ForwardingKinesis(inner)
{
    /// <summary>Entries that failed are taken for stored: the answer has status 200, after all.</summary>
    public bool DropsFailedEntries { get; init; }

    /// <summary>The shard map has one shard for all keys, so that aggregates hold keys of any shard.</summary>
    public bool HidesRanges { get; init; }

    public override async ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default)
    {
        var response = await base.PutRecordsAsync(request, cancellationToken);
        if (!DropsFailedEntries || response.FailedRecordCount == 0)
            return response;
        return response with
        {
            FailedRecordCount = 0,
            Records = [.. response.Records.Select(static entry => entry.Succeeded ? entry : new("shardId-000000000000", SequenceNumber.Parse("1")))],
        };
    }

    public override async ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default)
    {
        var page = await base.ListShardsAsync(request, cancellationToken);
        return HidesRanges && page.Shards.Count > 0
            ? new([page.Shards[0] with { HashKeyRange = new(UInt128.MinValue, UInt128.MaxValue) }], null)
            : page;
    }
}
