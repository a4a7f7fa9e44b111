using KinesisClientNet.Consumer;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Testing.Fleet;

/// <summary>How far the handlers of all workers together have come in each shard. Thread-safe.</summary>
internal sealed class HandledPositions
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ExtendedSequenceNumber> _farthest = new(StringComparer.Ordinal);

    public void Note(RecordBatch batch)
    {
        lock (_gate)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                var position = batch[i].Position;
                if (!batch.TryGetFailure(i, out _) && (!_farthest.TryGetValue(batch.Shard.ShardId, out var known) || position > known))
                    _farthest[batch.Shard.ShardId] = position;
            }
        }
    }

    public ExtendedSequenceNumber? Farthest(string shardId)
    {
        lock (_gate)
            return _farthest.TryGetValue(shardId, out var position) ? position : null;
    }
}
