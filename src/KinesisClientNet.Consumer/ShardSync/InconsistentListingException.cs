using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.ShardSync;

/// <summary>A listing of shards that shows children of an open shard: it was taken while the stream was resharded. Never leaves the syncer.</summary>
internal sealed class InconsistentListingException(LeasedStream stream, Shard shard) : KinesisClientException(
    $"The shards of stream '{stream.Reference}' were listed in the middle of a reshard: '{shard.ShardId}' is open and has children. They are listed again.",
    isTransient: true);
