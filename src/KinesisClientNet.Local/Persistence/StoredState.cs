using System.Text.Json.Serialization;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local.Persistence;

/// <summary>What belongs to the account: the last key that a stream got, and the billing commitment.</summary>
internal sealed record StoredAccount(long LastKey, DateTimeOffset? CommitmentStartedAt, DateTimeOffset? CommitmentEndsAt);

/// <summary>A stream without its shards. Each entry holds all of it; the last one counts.</summary>
internal sealed record StoredStream(
    long Key, string Name, DateTimeOffset CreatedAt, int FirstShards, StreamSettings Settings, DateTimeOffset TrimmedBefore,
    IReadOnlyDictionary<string, string> Tags, string? Policy, long LastConsumerEpoch, IReadOnlyList<StoredConsumer> Consumers);

/// <summary>A registered consumer.</summary>
internal sealed record StoredConsumer(
    string Name, long Epoch, DateTimeOffset CreatedAt, IReadOnlyDictionary<string, string> Tags, string? Policy);

/// <summary>Shards that changed together: those of a new stream, or parents that closed with the children that took their place.</summary>
internal sealed record StoredShards(long StreamKey, IReadOnlyList<StoredShard> Shards);

/// <summary>A shard without its records. NextCounter and LastArrival are at least those of the records before the entry.</summary>
internal sealed record StoredShard(
    int Index, UInt128 FirstHashKey, UInt128 LastHashKey, string? ParentId, string? AdjacentParentId, long CreateSeconds, DateTimeOffset OpenedAt,
    DateTimeOffset? ClosedAt, long NextCounter, DateTimeOffset LastArrival);

/// <summary>A stream that is gone.</summary>
internal sealed record StoredDeletion(long Key);

[JsonSerializable(typeof(StoredAccount))]
[JsonSerializable(typeof(StoredStream))]
[JsonSerializable(typeof(StoredShards))]
[JsonSerializable(typeof(StoredDeletion))]
internal sealed partial class StoredStateJson : JsonSerializerContext;
