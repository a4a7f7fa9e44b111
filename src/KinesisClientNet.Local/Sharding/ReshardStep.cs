using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Local.Sharding;

/// <summary>One step of a reshard: one parent becomes two children, or two neighbours become one.</summary>
/// <param name="Parents">Indexes of one or two open shards, the lower first.</param>
/// <param name="Children">Ranges of the children; they get the next free indexes, in this order.</param>
internal sealed record ReshardStep(IReadOnlyList<int> Parents, IReadOnlyList<HashKeyRange> Children);
