using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>A stream as the application lists it, before it is looked up.</summary>
/// <param name="Reference">Its name or ARN.</param>
/// <param name="StartFrom">Where a shard that nobody has read starts.</param>
/// <param name="Epoch">The creation time that its lease keys carry; null for its own.</param>
internal sealed record ListedStream(StreamReference Reference, StartingPosition StartFrom, long? Epoch = null);
