using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer;

/// <summary>The shard that a processor works on. Immutable. Tests of a processor may create one.</summary>
public sealed class ShardContext
{
    /// <summary>The stream.</summary>
    public required StreamReference Stream { get; init; }

    /// <summary>The shard's id.</summary>
    public required string ShardId { get; init; }

    /// <summary>The application, that is the group of workers that share the stream's shards.</summary>
    /// <value>Empty when nobody set it.</value>
    public string ApplicationName { get; init; } = "";

    /// <summary>This worker's id.</summary>
    /// <value>Empty when nobody set it.</value>
    public string WorkerId { get; init; } = "";

    /// <summary>The hash keys that the shard takes; null when the lease does not say.</summary>
    /// <value>Null when nobody set it.</value>
    public HashKeyRange? HashKeyRange { get; init; }

    /// <summary>Where processing starts: after this position.</summary>
    /// <value>The oldest record when nobody set it.</value>
    public ExtendedSequenceNumber StartPosition { get; init; }

    /// <summary>
    /// The fencing token: it rises with every change of owner. A sink that stores the greatest token it saw, and refuses writes with a smaller
    /// one, is safe from a worker that was paused past its lease and does not know it yet.
    /// </summary>
    /// <value>0 when nobody set it.</value>
    public long Epoch { get; init; }
}
