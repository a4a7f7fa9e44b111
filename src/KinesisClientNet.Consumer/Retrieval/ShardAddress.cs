using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Retrieval;

/// <summary>A shard and how it is reached.</summary>
/// <param name="Api">The client.</param>
/// <param name="Service">What stands for the service when read budgets are shared: the client itself, or its address.</param>
/// <param name="Stream">The stream.</param>
/// <param name="ShardId">The shard.</param>
internal sealed record ShardAddress(IKinesisApi Api, object Service, StreamReference Stream, string ShardId);
