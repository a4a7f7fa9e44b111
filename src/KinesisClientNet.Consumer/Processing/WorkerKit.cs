using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Retrieval;
using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Processing;

/// <summary>What all shard workers of a consumer share.</summary>
internal sealed class WorkerKit
{
    /// <summary>The checked copy of the options.</summary>
    public required KinesisConsumerOptions Options { get; init; }

    public required string WorkerId { get; init; }

    public required IKinesisApi Api { get; init; }

    /// <summary>What stands for the service when read budgets are shared.</summary>
    public required object Service { get; init; }

    /// <summary>The streams that leases belong to.</summary>
    public required StreamDirectory Streams { get; init; }

    public required LeaseKeeper Keeper { get; init; }

    /// <summary>Makes the application's object for a shard.</summary>
    public required Func<ShardContext, IShardProcessor> Processors { get; init; }

    /// <summary>Makes the source of a shard's records: by polling or by enhanced fan-out.</summary>
    public required Func<ShardAddress, StartingPosition, IRecordSource> Sources { get; init; }

    public required PrefetchBudget Budget { get; init; }

    public required IntakeLimits Limits { get; init; }

    public required PauseSwitch Pauses { get; init; }

    public required ShardServices Services { get; init; }

    /// <summary>The meter of a stream.</summary>
    public required Func<string?, ConsumerMeter> Meters { get; init; }

    /// <summary>Set when a shard ends in this process: a child that waits for it looks at once.</summary>
    public Signal ShardEnded { get; } = new();

    /// <summary>Told when a shard's reason changes.</summary>
    public Action<ShardStatus>? StatusChanged { get; init; }
}
